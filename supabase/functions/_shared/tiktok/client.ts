import type { Wire } from "./call.ts";
import { exchangeCode, refreshTokens, revokeToken } from "./oauth.ts";
import { initPhotoPost, initVideoPost } from "./post_init.ts";
import { cancelPost, readPublishStatus } from "./publish_status.ts";
import type { ClientOptions, TikTokClient } from "./types.ts";
import { uploadChunk } from "./upload_chunk.ts";
import { readCreator, readUser } from "./users.ts";
import { listVideos, queryVideos } from "./videos.ts";

/**
 * For one JSON or OAuth call. They answer within a second or two; several in a row still fit into the
 * 150 s of an edge function.
 */
export const REQUEST_TIMEOUT_MS = 20_000;

/** For one chunk: the largest, just below 50 MB, passes at 5 Mbit/s, well within a function's 150 s. */
export const CHUNK_TIMEOUT_MS = 90_000;

/** Throws a `TypeError` if `api_url` is not a URL; nothing is sent before the first call. */
export function createTikTokClient(options: ClientOptions): TikTokClient {
  const wire: Wire = {
    api_origin: new URL(options.api_url).origin,
    client_key: options.client_key,
    client_secret: options.client_secret,
    fetch: options.fetch,
    timeout_ms: options.timeout_ms ?? REQUEST_TIMEOUT_MS,
  };
  return {
    exchangeCode: (grant) => exchangeCode(wire, grant),
    refreshTokens: (refresh_token) => refreshTokens(wire, refresh_token),
    revokeToken: (access_token) => revokeToken(wire, access_token),
    readUser: (access_token, granted_scopes) => readUser(wire, access_token, granted_scopes),
    readCreator: (access_token) => readCreator(wire, access_token),
    initVideoPost: (access_token, init) => initVideoPost(wire, access_token, init),
    initPhotoPost: (access_token, init) => initPhotoPost(wire, access_token, init),
    uploadChunk: (chunk) =>
      uploadChunk(wire, { ...chunk, timeout_ms: chunk.timeout_ms ?? CHUNK_TIMEOUT_MS }),
    readPublishStatus: (access_token, publish_id) =>
      readPublishStatus(wire, access_token, publish_id),
    cancelPost: (access_token, publish_id) => cancelPost(wire, access_token, publish_id),
    listVideos: (access_token, page = {}) => listVideos(wire, access_token, page),
    queryVideos: (access_token, ids, fields) => queryVideos(wire, access_token, ids, fields),
  };
}
