/**
 * What the functions take and answer. Generated from their schemas by `deno task openapi`: do not edit.
 *
 * @module
 */

export type InitiateRequest = {
  /** All of them if left out; `user.info.basic` is always added. */
  scopes?: string[];
  /** The page the browser comes back to: one of NEXUS_REDIRECT_URLS; the first if left out. */
  redirect_to?: string;
  /** The same answer, but the state is not live. false if left out. */
  dry_run?: boolean;
};

export type Authorization = {
  /** Where the browser goes next: the consent page. */
  authorization_url: string;
  /** Comes back with the redirect; good for one connection. */
  state: string;
  /** When the state does. */
  expires_at: string;
  /** What is asked for. */
  scopes: string[];
  dry_run?: true;
};

export type Capability = {
  available: boolean;
  /** Why it is not available, in words. */
  reason: string | null;
  /** What the user did not grant. */
  missing_scopes: string[];
};

export type ConnectionStatus = "active" | "reconnect_required" | "disconnected";

export type Connection = {
  /** Stays the same when the account is connected again. */
  id: string;
  platform: string;
  platform_user_id: string;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
  /** What the user granted. */
  scopes: string[];
  status: ConnectionStatus;
  /** What the connection may do, by name. */
  capabilities: {
    direct_post: Capability;
    draft: Capability;
    profile_stats: Capability;
    video_stats: Capability;
  };
  connected_at: string;
  last_refreshed_at: string | null;
  /** What went wrong last, if it still matters. */
  last_error: {
    code: string;
    detail: string;
    at: string;
  } | null;
};

export type Creator = {
  /** To be shown where one posts: TikTok demands it. */
  nickname: string | null;
  username: string | null;
  avatar_url: string | null;
  /** What `post.privacy_level` may be; the user chooses, there is no default. */
  privacy_level_options: string[];
  /** `allow_comment` cannot be set. */
  comment_disabled: boolean;
  /** `allow_duet` cannot be set. */
  duet_disabled: boolean;
  /** `allow_stitch` cannot be set. */
  stitch_disabled: boolean;
  max_video_duration_seconds: number | null;
  /** Whether the account may post right now. */
  can_post: boolean;
  /** Why it may not. */
  reason: string | null;
};

/** Says who may see it, and all the rest. */
export type DirectPost = {
  mode: "direct";
  post: PostInfo;
  connection_id: string;
  media: VideoMedia | PhotosMedia;
  /** At once if left out or past. */
  scheduled_at?: string;
  /** The same key with the same post gives the first job again. */
  idempotency_key?: string;
  /** Makes the checks and nothing else. false if left out. */
  dry_run?: boolean;
};

/** Is finished by the user in TikTok. */
export type DraftPost = {
  mode: "draft";
  connection_id: string;
  media: VideoMedia | PhotosMedia;
  /** At once if left out or past. */
  scheduled_at?: string;
  /** The same key with the same post gives the first job again. */
  idempotency_key?: string;
  /** Makes the checks and nothing else. false if left out. */
  dry_run?: boolean;
};

export type VideoMedia = {
  type: "video";
  source: StorageSource | UrlSource;
};

export type PhotosMedia = {
  type: "photos";
  urls: string[];
  /** Which of them is the cover. 0 if left out. */
  cover_index?: number;
};

export type StorageSource = {
  kind: "storage";
  bucket: string;
  /** Of an object that the caller may read. */
  path: string;
};

export type UrlSource = {
  kind: "url";
  url: string;
  /** `pull`: TikTok fetches it; `relay`: it is fetched and uploaded here. */
  transfer: "pull" | "relay";
};

export type PostInfo = {
  /** At most 2200 UTF-16 units; 4000 with photos, whose description it is. */
  caption?: string;
  /** Of photos; at most 90 UTF-16 units. */
  title?: string;
  /** One of the creator's `privacy_level_options`, chosen by the user. */
  privacy_level: string;
  /** false if left out. */
  allow_comment?: boolean;
  /** false if left out. */
  allow_duet?: boolean;
  /** false if left out. */
  allow_stitch?: boolean;
  /** The video's frame that is the cover. */
  cover_timestamp_ms?: number;
  /** Promotes the creator's own business. false if left out. */
  brand_organic?: boolean;
  /** A paid partnership; cannot be posted as SELF_ONLY. false if left out. */
  brand_content?: boolean;
  /** false if left out. */
  ai_generated?: boolean;
};

export type Check = {
  name: string;
  ok: boolean;
  /** A failed `error` keeps it from being posted. */
  severity: "error" | "advice";
  /** The field of the request that it is about. */
  path: string;
  message: string;
};

export type JobStatus =
  | "queued"
  | "uploading"
  | "processing"
  | "published"
  | "sent_to_inbox"
  | "failed"
  | "cancelled"
  | "unconfirmed";

export type Job = {
  id: string;
  connection_id: string;
  status: JobStatus;
  /** TikTok's name for the post. */
  publish_id: string | null;
  /** What it became on TikTok; of public posts alone. */
  post_ids: string[];
  bytes_total: number | null;
  bytes_sent: number;
  attempts: number;
  scheduled_at: string | null;
  /** When something is done about it next. */
  next_attempt_at: string | null;
  /** Why it failed, or what the last attempt met. */
  error: Problem | null;
  created_at: string;
  updated_at: string;
};

export type Analytics = {
  profile: ProfileFigures;
  /** Every video, newest first. */
  videos: VideoFigures[];
  /** What the user would have to grant for all figures, by connecting again. */
  missing_scopes: string[];
};

export type ProfileFigures = {
  follower_count: number | null;
  following_count: number | null;
  likes_count: number | null;
  video_count: number | null;
  /** When these were read; null before they ever were. */
  taken_at: string | null;
  /** The last of the series less the first; null where it is empty. */
  change:
    | {
      follower_count: number | null;
      following_count: number | null;
      likes_count: number | null;
      video_count: number | null;
    }
    | null;
  /** One a UTC day, oldest first. A day on which nothing was read is not there. */
  series: Array<{
    taken_at: string;
    follower_count: number | null;
    following_count: number | null;
    likes_count: number | null;
    video_count: number | null;
  }>;
};

export type VideoFigures = {
  /** TikTok's, exact. */
  id: string;
  /** The post that it came from, if it was posted here. */
  job_id: string | null;
  title: string | null;
  create_time: string | null;
  /** Null once the video is gone. */
  share_url: string | null;
  /** A link that is good for half an hour at least; null where there is none. */
  cover_image_url: string | null;
  view_count: number | null;
  like_count: number | null;
  comment_count: number | null;
  share_count: number | null;
  taken_at: string;
  /** One a reading, oldest first; after five weeks one a UTC day. */
  series: Array<{
    taken_at: string;
    view_count: number | null;
    like_count: number | null;
    comment_count: number | null;
    share_count: number | null;
  }>;
};

export type Problem = {
  type: "about:blank";
  /** The code in words. */
  title: string;
  /** The HTTP status. */
  status: number;
  /** What happened and what to do, in plain words. */
  detail: string;
  code: ProblemCode;
  /** Name it to whoever runs the functions. */
  request_id: string | null;
  /** What is wrong with the input, all of it. */
  errors?: FieldError[];
  /** Seconds, where waiting helps. */
  retry_after?: number;
  /** TikTok's own code, where TikTok refused. */
  tiktok_code?: string;
  /** TikTok's name for the call, for its support. */
  log_id?: string;
};

export type ProblemCode =
  | "invalid_request"
  | "state_invalid"
  | "unauthorized"
  | "forbidden"
  | "access_denied"
  | "scope_missing"
  | "account_not_eligible"
  | "not_found"
  | "method_not_allowed"
  | "reconnect_required"
  | "not_cancellable"
  | "media_rejected"
  | "idempotency_conflict"
  | "rate_limited"
  | "internal"
  | "misconfigured"
  | "tiktok_rejected"
  | "tiktok_unavailable";

export type FieldError = {
  /** Where, as in `post.privacy_level`; empty for the whole. */
  path: string;
  /** What is wrong with it. */
  message: string;
};
