import type { FailReason } from "./options.ts";

/** What the stand-in keeps, one interface a table. Times ending in `_at` are milliseconds. */
export interface Account {
  open_id: string;
  union_id: string;
  username: string;
  nickname: string;
  bio_description: string;
  is_verified: boolean;
  visibility: "public" | "private";
  /** Anything but `allowed` is the code that creator_info and init answer with. */
  posting:
    | "allowed"
    | "spam_risk_user_banned_from_posting"
    | "spam_risk_too_many_posts"
    | "reached_active_user_cap";
  comment_disabled: boolean;
  duet_disabled: boolean;
  stitch_disabled: boolean;
  max_video_duration_seconds: number;
  follower_count: number;
  following_count: number;
  likes_count: number;
  /** Newest first or not: the list endpoint sorts. */
  videos: Video[];
}

/** https://developers.tiktok.com/doc/tiktok-api-v2-video-object */
export interface Video {
  id: string;
  /** Seconds, while the list's cursor is milliseconds. */
  create_time: number;
  title: string;
  /** Seconds. */
  duration: number;
  width: number;
  height: number;
  view_count: number;
  like_count: number;
  comment_count: number;
  share_count: number;
}

export interface Code {
  code: string;
  open_id: string;
  scopes: string[];
  redirect_uri: string;
  code_challenge: string | null;
  expires_at: number;
  used: boolean;
}

export interface Token {
  token: string;
  kind: "access" | "refresh" | "client";
  open_id: string;
  scopes: string[];
  expires_at: number;
  dead: boolean;
}

export type PublishStatus =
  | "uploading"
  | "downloading"
  | "in_inbox"
  | "published"
  | "failed";

/** One accepted init and what became of it. */
export interface Publish {
  publish_id: string;
  open_id: string;
  media: "video" | "photos";
  mode: "direct" | "draft";
  source: "FILE_UPLOAD" | "PULL_FROM_URL";
  urls: string[];
  title: string;
  description: string;
  privacy_level: string | null;
  /** As sent, except for the switches that the account itself forces off. */
  post_info: Record<string, unknown>;
  status: PublishStatus;
  /** How many more status fetches say PROCESSING_*. */
  polls_left: number;
  fail_reason: FailReason | null;
  bytes: number;
  /** Numbers on the wire. */
  post_ids: string[];
  files: StoredFile[];
  created_at: number;
}

export interface StoredFile {
  file_path: string;
  size_bytes: number;
  sha256: string;
}

/** What is on somebody's profile. */
export interface Post {
  post_id: string;
  publish_id: string;
  open_id: string;
  username: string;
  media: "video" | "photos";
  caption: string;
  description: string;
  privacy_level: string;
  post_info: Record<string, unknown>;
  /** Of the first file; a photo post has the others in `files`. */
  sha256: string;
  size_bytes: number;
  file_path: string;
  files: StoredFile[];
  published_at: number;
}

export interface Upload {
  upload_id: string;
  upload_token: string;
  upload_url: string;
  publish_id: string;
  total_bytes: number;
  chunk_size: number;
  chunk_count: number;
  uploaded_bytes: number;
  expires_at: number;
  file_path: string;
}

/** A PUT that reached an upload task, refused ones included. */
export interface Put {
  upload_id: string;
  first: number | null;
  last: number | null;
  total: number | null;
  content_length: string | null;
  transfer_encoding: string | null;
  content_type: string | null;
  status: number;
  at: number;
}

/** https://developers.tiktok.com/doc/webhooks-events; `content` is JSON in a string. */
export interface WebhookEvent {
  key: string;
  event: string;
  user_openid: string;
  content: string;
  /** Seconds. */
  create_time: number;
  publish_id: string | null;
  attempts: number;
  delivered_at: number | null;
}

export interface Tables {
  accounts: Account;
  codes: Code;
  tokens: Token;
  publishes: Publish;
  posts: Post;
  uploads: Upload;
  puts: Put;
  events: WebhookEvent;
}
