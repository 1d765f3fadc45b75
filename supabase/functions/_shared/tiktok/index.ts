/**
 * A client for TikTok's API v2 (https://developers.tiktok.com/doc/overview): Login Kit, Display API
 * and Content Posting API. It knows TikTok's wire and nothing else; its only needs are zod and a `fetch`.
 */

export { authorizeUrl } from "./authorize_url.ts";
export { CALL_LIMITS, QUERIES_A_MINUTE } from "./call_limits.ts";
export { chunkAt, chunkRange, MAX_VIDEO_BYTES, planChunks, resolveProgress } from "./chunks.ts";
export type { ChunkPlan, ChunkRange } from "./chunks.ts";
export { CHUNK_TIMEOUT_MS, createTikTokClient, REQUEST_TIMEOUT_MS } from "./client.ts";
export { normalizeCode, ruleOf, TIKTOK_CODES } from "./errors.ts";
export type { ErrorRule, Retry, TikTokErrorKind } from "./errors.ts";
export { parseExactJson } from "./exact_json.ts";
export { createCodeVerifier, hexCodeChallenge } from "./pkce.ts";
export { missingScopes, normalizeScopes, parseScopes, SCOPES } from "./scopes.ts";
export type { Scope } from "./scopes.ts";
export { TikTokError } from "./tiktok_error.ts";
export type { Outcome } from "./tiktok_error.ts";
export { allowUploadUrl } from "./upload_url.ts";
export { MAX_VIDEOS_PER_CALL } from "./videos.ts";
export { verifyWebhook, WEBHOOK_TOLERANCE_SECONDS } from "./webhooks.ts";
export type * from "./types.ts";
