/**
 * What TikTok's API says, in our words. Everything here is what callers see after validation:
 * units are in the names, ids are text, and `null` means "TikTok did not say".
 */

import type { ChunkPlan } from "./chunks.ts";
import type { TikTokError } from "./tiktok_error.ts";

/** The part of `fetch` that the client needs; `timeout_ms` is for fetches that know it. */
export type FetchLike = (
  input: string | URL,
  init?: RequestInit & { timeout_ms?: number },
) => Promise<Response>;

export type ClientOptions = {
  /** Origin of the API, `https://open.tiktokapis.com` in production. */
  api_url: string;
  client_key: string;
  client_secret: string;
  /**
   * Must send each request at most once: an init that is repeated behind our back is a second post.
   * It must also keep the `Content-Length` of a stream, and give up when its signal aborts.
   * Deno's own `fetch` repeats a POST when a pooled connection dies, and drops that header.
   */
  fetch: FetchLike;
  /** Total time for one call, answer included; `REQUEST_TIMEOUT_MS` if left out. */
  timeout_ms?: number;
};

/** The answer to a code exchange. Lifetimes count from the moment of the answer. */
export type Tokens = {
  open_id: string;
  /** What the user granted, which may be less than was asked. */
  scopes: string[];
  access_token: string;
  expires_in_seconds: number;
  refresh_token: string;
  refresh_expires_in_seconds: number;
};

/**
 * The answer to a refresh; `null` means "as before". Only the new access token and its life are
 * insisted on: refusing the rest would throw away a refresh token that replaced the old one.
 */
export type RefreshedTokens = {
  open_id: string | null;
  scopes: string[] | null;
  access_token: string;
  expires_in_seconds: number;
  refresh_token: string | null;
  refresh_expires_in_seconds: number | null;
};

export type TikTokUser = {
  /** Identifies the user within one app. */
  open_id: string;
  /** The same person across the apps of one developer. */
  union_id: string | null;
  display_name: string | null;
  /** A signed address that expires. */
  avatar_url: string | null;
  username: string | null;
  bio_description: string | null;
  profile_deep_link: string | null;
  is_verified: boolean | null;
  follower_count: number | null;
  following_count: number | null;
  likes_count: number | null;
  video_count: number | null;
};

/** What the creator may do right now; must be asked anew each time a post is composed. */
export type Creator = {
  nickname: string;
  username: string;
  /** A signed address that expires after two hours. */
  avatar_url: string | null;
  privacy_level_options: string[];
  comment_disabled: boolean;
  duet_disabled: boolean;
  stitch_disabled: boolean;
  max_video_duration_seconds: number;
};

/** How a directly published video shall appear. Switches are positive: what is not allowed is off. */
export type VideoPost = {
  caption?: string;
  /** One of the creator's current `privacy_level_options`. */
  privacy_level: string;
  allow_comment?: boolean;
  allow_duet?: boolean;
  allow_stitch?: boolean;
  cover_timestamp_ms?: number;
  /** Promotes the creator's own business. */
  brand_organic?: boolean;
  /** Paid partnership with a third party. */
  brand_content?: boolean;
  ai_generated?: boolean;
};

export type VideoSource =
  | ({ kind: "file"; size_bytes: number } & ChunkPlan)
  | { kind: "pull"; url: string };

export type VideoInit =
  | { mode: "direct"; post: VideoPost; source: VideoSource }
  | { mode: "draft"; source: VideoSource };

/** `upload_url` is a secret that lives for an hour; `null` where TikTok pulls the file itself. */
export type VideoInitAnswer = { publish_id: string; upload_url: string | null };

export type PhotoPost = {
  title?: string;
  description?: string;
  privacy_level: string;
  allow_comment?: boolean;
  auto_add_music?: boolean;
  brand_organic?: boolean;
  brand_content?: boolean;
};

export type PhotoInit =
  & { urls: string[]; cover_index: number }
  & (
    | { mode: "direct"; post: PhotoPost }
    | { mode: "draft"; post?: Pick<PhotoPost, "title" | "description"> }
  );

export type PhotoInitAnswer = { publish_id: string };

export type ChunkUpload = {
  upload_url: string;
  /** `video/mp4`, `video/quicktime` or `video/webm`. */
  content_type: string;
  /** Offset of the first and the last byte, both inclusive, of a file of `total` bytes. */
  first: number;
  last: number;
  total: number;
  /** Exactly `last - first + 1` bytes; cancelled if the answer comes early. */
  body: ReadableStream<Uint8Array>;
  /** `CHUNK_TIMEOUT_MS` if left out. */
  timeout_ms?: number;
};

/**
 * How far TikTok says it is. Its header reads `bytes 0-N/TOTAL` and the page leaves open whether N
 * counts bytes or is the last index; `resolveProgress` decides by which of the two is a chunk's edge.
 */
export type ServerProgress = { if_count_bytes: number; if_last_index_bytes: number };

/**
 * - `stored`: send the chunk at `uploaded_bytes` next; `complete`: ask for the status.
 * - `out_of_step`: TikTok is elsewhere; go on where `progress` says, else where its status says.
 * - `retry`: nobody knows whether the chunk arrived; send the same one again.
 * - `expired`, `gone`: only a new init can help.
 * - `refused`: our request was wrong, or the address is not TikTok's.
 * - `source_failed`: `body` failed or had the wrong length; `cause` is what it threw, if it did.
 */
export type ChunkOutcome =
  | { kind: "stored" | "complete"; uploaded_bytes: number }
  | { kind: "out_of_step"; progress: ServerProgress | null; error: TikTokError }
  | { kind: "retry" | "expired" | "gone" | "refused"; error: TikTokError }
  | { kind: "source_failed"; cause: unknown; error: TikTokError };

export type PublishStatusName =
  | "PROCESSING_UPLOAD"
  | "PROCESSING_DOWNLOAD"
  | "SEND_TO_USER_INBOX"
  | "PUBLISH_COMPLETE"
  | "FAILED"
  | "unknown";

export type PublishStatus = {
  /** A status that TikTok does not document is `unknown`: still processing, up to the caller's deadline. */
  status: PublishStatusName;
  /** The word as it came, for the log. */
  raw_status: string;
  /** Look it up with `ruleOf`. */
  fail_reason: string | null;
  /** 19 digits each; only of public posts, and a draft may become several. */
  post_ids: string[];
  uploaded_bytes: number | null;
  downloaded_bytes: number | null;
};

export type TikTokVideo = {
  id: string;
  /** Seconds since 1970 in UTC, unlike the page cursor, which is in milliseconds. */
  create_time_seconds: number | null;
  title: string | null;
  video_description: string | null;
  duration_seconds: number | null;
  width: number | null;
  height: number | null;
  share_url: string | null;
  embed_link: string | null;
  /** A signed address that expires after six hours. */
  cover_image_url: string | null;
  like_count: number | null;
  comment_count: number | null;
  share_count: number | null;
  view_count: number | null;
};

export type VideoPage = {
  videos: TikTokVideo[];
  cursor_ms: number | null;
  /** Go on by this, never by the length of the page. */
  has_more: boolean;
};

/** One method a call. Each sends one request, never repeats it, and throws only `TikTokError`. */
export interface TikTokClient {
  exchangeCode(
    grant: { code: string; redirect_uri: string; code_verifier?: string },
  ): Promise<Tokens>;
  refreshTokens(refresh_token: string): Promise<RefreshedTokens>;
  revokeToken(access_token: string): Promise<void>;
  readUser(access_token: string, granted_scopes: readonly string[]): Promise<TikTokUser>;
  readCreator(access_token: string): Promise<Creator>;
  initVideoPost(access_token: string, init: VideoInit): Promise<VideoInitAnswer>;
  initPhotoPost(access_token: string, init: PhotoInit): Promise<PhotoInitAnswer>;
  /** Never throws: what went wrong is one of the outcomes. */
  uploadChunk(chunk: ChunkUpload): Promise<ChunkOutcome>;
  readPublishStatus(access_token: string, publish_id: string): Promise<PublishStatus>;
  cancelPost(access_token: string, publish_id: string): Promise<void>;
  /** Newest first, public ones only; `max_count` 1 to 20, 10 if left out. */
  listVideos(
    access_token: string,
    page?: { fields?: readonly string[]; cursor_ms?: number; max_count?: number },
  ): Promise<VideoPage>;
  /** At most 20 ids; those missing from the answer are deleted, private or another user's. */
  queryVideos(
    access_token: string,
    ids: readonly string[],
    fields?: readonly string[],
  ): Promise<TikTokVideo[]>;
}

/** Field by field as TikTok signed it; `content` was JSON inside JSON. */
export type WebhookEvent = {
  client_key: string;
  /** With TikTok's misspelling `publicaly` put right. */
  event: string;
  /** ISO 8601 in UTC. */
  created_at: string;
  user_open_id: string | null;
  content: WebhookContent;
};

export type WebhookContent = {
  publish_id?: string;
  post_id?: string;
  publish_type?: string;
  /** A number for `authorization.removed`, a fail reason for `post.publish.failed`. */
  reason?: string | number;
  [field: string]: unknown;
};

/** `unsigned`: no usable header. `forged`: the signature is not ours. `stale`: too old, or from the future. */
export type WebhookRefusal = "unsigned" | "forged" | "stale" | "unreadable";

export type WebhookVerdict =
  | { ok: true; event: WebhookEvent }
  | { ok: false; refusal: WebhookRefusal };
