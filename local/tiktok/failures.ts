/** HTTP status of each documented code: https://developers.tiktok.com/doc/tiktok-api-v2-error-handling */
export const API_ERROR_STATUS: Record<string, number> = {
  access_token_invalid: 401,
  scope_not_authorized: 401,
  scope_permission_missed: 400,
  invalid_param: 400,
  invalid_params: 400,
  invalid_file_upload: 400,
  rate_limit_exceeded: 429,
  internal_error: 500,
  spam_risk_too_many_posts: 403,
  spam_risk_user_banned_from_posting: 403,
  reached_active_user_cap: 403,
  spam_risk_too_many_pending_share: 403,
  unaudited_client_can_only_post_to_private_accounts: 403,
  url_ownership_unverified: 403,
  privacy_level_option_mismatch: 403,
  app_version_check_failed: 400,
  invalid_publish_id: 400,
  token_not_authorized_for_specified_publish_id: 400,
  publish_not_cancellable: 400,
};

/** A refusal in the envelope of every endpoint but OAuth's. */
export class ApiFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number = API_ERROR_STATUS[code] ?? 500,
  ) {
    super(message);
  }
}

/** A refusal in the flat OAuth shape: https://developers.tiktok.com/doc/oauth-error-handling */
export class OAuthFailure extends Error {
  constructor(readonly error: string, description: string) {
    super(description);
  }
}

/** A refusal of an upload's PUT; there is no documented body, only status and headers. */
export class UploadFailure extends Error {
  constructor(
    readonly status: 400 | 403 | 404 | 416,
    message: string,
    readonly content_range: string | null = null,
  ) {
    super(message);
  }
}

/** The socket is to die in the middle of the body. */
export class CutOff extends Error {}

export function invalid(message: string): ApiFailure {
  return new ApiFailure("invalid_params", message);
}
