/**
 * Failures as problem documents (RFC 9457) with the stable codes of the contract. One table gives
 * each kind its status and title; nothing else decides a status. A kind is a code, but for those of
 * a platform: `platform_rejected` is told as `tiktok_rejected`, after the platform's name.
 */

export const PROBLEMS = {
  invalid_request: [400, "The request is not valid"],
  state_invalid: [400, "The state is unknown, used or expired"],
  unauthorized: [401, "Sign in first"],
  forbidden: [403, "Not allowed"],
  access_denied: [403, "The user refused the connection"],
  scope_missing: [403, "A permission is missing"],
  account_not_eligible: [403, "This account is not eligible"],
  not_found: [404, "Not found"],
  method_not_allowed: [405, "Method not allowed"],
  reconnect_required: [409, "The account must be connected again"],
  not_cancellable: [409, "The post can no longer be cancelled"],
  media_rejected: [422, "The media cannot be posted"],
  idempotency_conflict: [422, "The idempotency key belongs to another request"],
  rate_limited: [429, "Too many requests"],
  internal: [500, "Something went wrong on our side"],
  misconfigured: [500, "The function is not configured"],
  platform_rejected: [502, "The platform refused"],
  platform_unavailable: [503, "The platform cannot be reached"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemKind = keyof typeof PROBLEMS;

/** These name the platform, so their options must. */
type PlatformKind = "platform_rejected" | "platform_unavailable";

/** One thing wrong with the input: where, and what to do. */
export type FieldError = { path: string; message: string };

export type ProblemOptions = {
  /** Another status than the code's own: 413 and 415 are `invalid_request` too. */
  status?: 413 | 415;
  errors?: FieldError[];
  retry_after_seconds?: number;
  /** The platform that this is about, as in `platform_connections.platform`. */
  platform?: string;
  /** The platform's own code and log id. */
  platform_code?: string;
  log_id?: string | null;
  /** `Allow` of a 405. */
  allow?: string;
  /** Kept from the answer; for the log. */
  cause?: unknown;
};

/** The document as it is sent, and as it is kept in `publish_jobs.error`. */
export type ProblemDocument = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string | null;
  errors?: FieldError[];
  retry_after?: number;
  log_id?: string;
  /** `tiktok_code` and the like: the platform's own code. */
  [platform_code: `${string}_code`]: string;
};

/** A failure that the caller is told of. `detail` says what happened and what to do, in plain words. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(kind: Exclude<ProblemKind, PlatformKind>, detail: string, options?: ProblemOptions);
  constructor(kind: ProblemKind, detail: string, options: ProblemOptions & { platform: string });
  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly options: ProblemOptions = {},
  ) {
    super(`${kind}: ${detail}`, { cause: options.cause });
  }

  /** The stable code that callers are told. */
  get code(): string {
    return this.kind.replace(/^platform_/, `${this.options.platform}_`);
  }

  get status(): number {
    return this.options.status ?? PROBLEMS[this.kind][0];
  }

  toDocument(request_id: string | null): ProblemDocument {
    const { errors, retry_after_seconds, platform, platform_code, log_id } = this.options;
    return {
      type: "about:blank",
      title: PROBLEMS[this.kind][1],
      status: this.status,
      detail: this.detail,
      code: this.code,
      request_id,
      ...(errors ? { errors } : {}),
      ...(retry_after_seconds === undefined ? {} : { retry_after: retry_after_seconds }),
      ...(platform_code === undefined ? {} : { [`${platform}_code`]: platform_code }),
      ...(log_id ? { log_id } : {}),
    };
  }

  toResponse(request_id: string): Response {
    const headers = new Headers({
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
    });
    const { retry_after_seconds, allow } = this.options;
    if (retry_after_seconds !== undefined) headers.set("Retry-After", String(retry_after_seconds));
    if (allow !== undefined) headers.set("Allow", allow);
    return new Response(JSON.stringify(this.toDocument(request_id)), {
      status: this.status,
      headers,
    });
  }
}
