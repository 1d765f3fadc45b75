/** https://developers.tiktok.com/doc/tiktok-api-scopes */
export const SCOPES = [
  "user.info.basic",
  "user.info.profile",
  "user.info.stats",
  "video.list",
  "video.upload",
  "video.publish",
] as const;

/** What the consent page says about a scope. */
export const SCOPE_LABELS: Record<string, string> = {
  "user.info.basic": "Read your profile: name and avatar (always shared)",
  "user.info.profile": "Read your profile link, bio and verification",
  "user.info.stats": "Read your follower, like and video counts",
  "video.list": "Read your public videos and their counters",
  "video.upload": "Upload drafts for you to finish in the app",
  "video.publish": "Publish videos to your profile",
};

/** https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info */
export const USER_FIELD_SCOPES: Record<string, string> = {
  open_id: "user.info.basic",
  union_id: "user.info.basic",
  avatar_url: "user.info.basic",
  avatar_url_100: "user.info.basic",
  avatar_large_url: "user.info.basic",
  display_name: "user.info.basic",
  bio_description: "user.info.profile",
  profile_deep_link: "user.info.profile",
  is_verified: "user.info.profile",
  username: "user.info.profile",
  follower_count: "user.info.stats",
  following_count: "user.info.stats",
  likes_count: "user.info.stats",
  video_count: "user.info.stats",
};

/** https://developers.tiktok.com/doc/tiktok-api-v2-video-object */
export const VIDEO_FIELDS = [
  "id",
  "create_time",
  "cover_image_url",
  "share_url",
  "video_description",
  "title",
  "duration",
  "height",
  "width",
  "embed_html",
  "embed_link",
  "like_count",
  "comment_count",
  "share_count",
  "view_count",
];
