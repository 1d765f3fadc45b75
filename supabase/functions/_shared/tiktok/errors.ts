/**
 * Every code that TikTok documents, and what it means for us. Sources, all below
 * https://developers.tiktok.com/doc/: `tiktok-api-v2-error-handling`, `oauth-error-handling`,
 * `content-posting-api-reference-get-video-status` (fail reasons), and each endpoint's own page.
 */

export type TikTokErrorKind =
  | "token_invalid"
  | "scope_missing"
  | "grant_invalid"
  | "access_denied"
  | "rate_limited"
  | "try_later"
  | "account_banned"
  | "content_refused"
  | "not_audited"
  | "media"
  | "url_ownership"
  | "privacy"
  | "app_outdated"
  | "cancelled"
  | "not_found"
  | "not_cancellable"
  | "upload_lost"
  | "config"
  | "invalid_request"
  | "unavailable"
  | "unknown";

/**
 * What may help, apart from a change on somebody's side (`never`): a new access token and one more
 * try, waiting for a minute's window or a day's, trying again with growing pauses, or a new init.
 * `backoff` is for what may be repeated at all; a call whose outcome is unknown may not be.
 */
export type Retry =
  | "never"
  | "after_refresh"
  | "after_minute"
  | "after_day"
  | "backoff"
  | "new_init";

/** `hint` says to the user, in plain words, what happened and what he can do. */
export type ErrorRule = { kind: TikTokErrorKind; retry: Retry; hint: string };

const OUR_FAULT = "This is a mistake on our side; please contact support.";
const RECONNECT = "Please connect your TikTok account again.";
const TRY_AGAIN = "TikTok could not be reached properly. Please try again in a while.";

/** Answers of the JSON endpoints. */
const API_CODES: Record<string, ErrorRule> = {
  access_token_invalid: rule("token_invalid", "after_refresh", RECONNECT),
  scope_not_authorized: rule(
    "scope_missing",
    "never",
    "TikTok was not given this permission. Please connect your account again and allow it.",
  ),
  scope_permission_missed: rule(
    "scope_missing",
    "never",
    "TikTok was not given this permission. Please connect your account again and allow it.",
  ),
  invalid_params: rule("invalid_request", "never", OUR_FAULT),
  invalid_file_upload: rule("media", "never", "TikTok could not take this file."),
  rate_limit_exceeded: rule(
    "rate_limited",
    "after_minute",
    "TikTok is asked too often at the moment. A minute later it answers again.",
  ),
  internal_error: rule("unavailable", "backoff", TRY_AGAIN),
  spam_risk_too_many_posts: rule(
    "try_later",
    "after_day",
    "This account has reached TikTok's number of posts for one day. Please try again tomorrow.",
  ),
  spam_risk_user_banned_from_posting: rule(
    "account_banned",
    "never",
    "TikTok does not let this account post. The TikTok app says why.",
  ),
  reached_active_user_cap: rule(
    "try_later",
    "after_day",
    "Too many accounts have posted through this app today. Please try again tomorrow.",
  ),
  spam_risk_too_many_pending_share: rule(
    "try_later",
    "after_day",
    "Too many drafts wait in your TikTok inbox. Please publish or delete some, or try tomorrow.",
  ),
  unaudited_client_can_only_post_to_private_accounts: rule(
    "not_audited",
    "never",
    "Until TikTok has approved this app, it can only post to accounts that are set to private.",
  ),
  url_ownership_unverified: rule(
    "url_ownership",
    "never",
    "TikTok fetches files only from addresses that this app has proved to own.",
  ),
  privacy_level_option_mismatch: rule(
    "privacy",
    "never",
    "Your account does not offer this audience any more. Please choose again.",
  ),
  app_version_check_failed: rule(
    "app_outdated",
    "never",
    "Please update the TikTok app on your phone, then try again.",
  ),
  invalid_publish_id: rule("not_found", "never", "TikTok does not know this post."),
  token_not_authorized_for_specified_publish_id: rule(
    "not_found",
    "never",
    "This post belongs to another TikTok account.",
  ),
  publish_not_cancellable: rule(
    "not_cancellable",
    "never",
    "It is too late to cancel this post.",
  ),
};

/** Answers of the token and revoke endpoints, and of the redirect back from consent. */
const OAUTH_CODES: Record<string, ErrorRule> = {
  invalid_request: rule("invalid_request", "never", OUR_FAULT),
  invalid_client: rule("config", "never", OUR_FAULT),
  invalid_grant: rule("grant_invalid", "never", RECONNECT),
  unauthorized_client: rule("config", "never", OUR_FAULT),
  unsupported_grant_type: rule("config", "never", OUR_FAULT),
  unsupported_response_type: rule("config", "never", OUR_FAULT),
  invalid_scope: rule("config", "never", OUR_FAULT),
  access_denied: rule("access_denied", "never", "The connection was not allowed at TikTok."),
  server_error: rule("unavailable", "backoff", TRY_AGAIN),
  temporarily_unavailable: rule("unavailable", "backoff", TRY_AGAIN),
};

/** `fail_reason` of a publish status and `reason` of `post.publish.failed`. */
const FAIL_REASONS: Record<string, ErrorRule> = {
  file_format_check_failed: rule("media", "never", "TikTok does not take this file format."),
  duration_check_failed: rule("media", "never", "The video is too short or too long for TikTok."),
  frame_rate_check_failed: rule("media", "never", "TikTok does not take this frame rate."),
  picture_size_check_failed: rule("media", "never", "TikTok does not take this picture size."),
  internal: rule("unavailable", "new_init", "TikTok failed to process the post."),
  video_pull_failed: rule("media", "new_init", "TikTok could not fetch the video."),
  photo_pull_failed: rule("media", "new_init", "TikTok could not fetch a photo."),
  publish_cancelled: rule("cancelled", "never", "The post was cancelled."),
  auth_removed: rule("grant_invalid", "never", RECONNECT),
  spam_risk_text: rule("content_refused", "never", "TikTok considers the text to be spam."),
  spam_risk: rule("content_refused", "never", "TikTok considers the post to be spam."),
};

/** What the wire itself says, without a code of TikTok's. */
const LOCAL_CODES: Record<string, ErrorRule> = {
  network: rule("unavailable", "backoff", TRY_AGAIN),
  timeout: rule("unavailable", "backoff", TRY_AGAIN),
  unreadable: rule("unavailable", "backoff", TRY_AGAIN),
  http_5xx: rule("unavailable", "backoff", TRY_AGAIN),
  upload_url_expired: rule("upload_lost", "new_init", "The upload took too long and starts anew."),
  upload_not_found: rule("upload_lost", "new_init", "TikTok lost the upload. It starts anew."),
  upload_out_of_step: rule("unavailable", "backoff", "The upload goes on where TikTok is."),
  upload_refused: rule("invalid_request", "never", OUR_FAULT),
  upload_url_not_allowed: rule("config", "never", OUR_FAULT),
  upload_source_failed: rule("media", "backoff", "The file could not be read while uploading."),
};

/** One table for all; no code means two things in two places. */
export const TIKTOK_CODES: Readonly<Record<string, ErrorRule>> = {
  ...API_CODES,
  ...OAUTH_CODES,
  ...FAIL_REASONS,
  ...LOCAL_CODES,
};

const UNKNOWN: ErrorRule = rule(
  "unknown",
  "never",
  "TikTok refused for a reason that we do not know yet.",
);

/** Codes that TikTok's pages spell in two ways. */
const ALIASES: Readonly<Record<string, string>> = { invalid_param: "invalid_params" };

export function normalizeCode(code: string): string {
  return Object.hasOwn(ALIASES, code) ? ALIASES[code] ?? code : code;
}

/** The rule for a code or fail reason; one that nobody documented is of kind `unknown`. */
export function ruleOf(code: string): ErrorRule {
  const normal = normalizeCode(code);
  return Object.hasOwn(TIKTOK_CODES, normal) ? TIKTOK_CODES[normal] ?? UNKNOWN : UNKNOWN;
}

function rule(kind: TikTokErrorKind, retry: Retry, hint: string): ErrorRule {
  return { kind, retry, hint };
}
