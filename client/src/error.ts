import type { FieldError, Problem, ProblemCode } from "./types.ts";

/**
 * Stable; decide by this alone. What the functions answer, and three of the client's own: `network`
 * (no answer came), `upload_failed` (Storage did not take the file), `unexpected_answer` (something
 * between here and the functions answered in their place).
 */
export type ErrorCode = ProblemCode | "network" | "upload_failed" | "unexpected_answer";

/** What is known of a failure. */
export type Failure = Partial<Omit<Problem, "code">> & { code: ErrorCode; detail: string };

/** Every failure of this package, but for an aborted `signal`. `message` is meant for people. */
export class TikTokIntegrationError extends Error {
  override readonly name = "TikTokIntegrationError";
  readonly code: ErrorCode;
  /** The HTTP status; 0 if no answer came. */
  readonly status: number;
  /** What is wrong with the input, all of it; empty where the input is not to blame. */
  readonly errors: FieldError[];
  /** Seconds, where waiting helps. */
  readonly retry_after: number | undefined;
  /** Name it to whoever runs the functions. */
  readonly request_id: string | undefined;
  /** TikTok's own code, where TikTok refused. */
  readonly tiktok_code: string | undefined;
  /** TikTok's name for the call that it refused, for its support. */
  readonly log_id: string | undefined;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.detail, options);
    this.code = failure.code;
    this.status = failure.status ?? 0;
    this.errors = failure.errors ?? [];
    this.retry_after = failure.retry_after;
    this.request_id = failure.request_id ?? undefined;
    this.tiktok_code = failure.tiktok_code;
    this.log_id = failure.log_id;
  }
}

/** Nothing, or nothing readable, came back: what was asked may or may not have happened. */
export function isLost(error: unknown): boolean {
  return error instanceof TikTokIntegrationError &&
    (error.code === "network" || error.code === "unexpected_answer" && error.status >= 500);
}

/**
 * What was given can't be right; found out before anything is sent. `path` as in `errors`: empty for
 * the post as a whole.
 */
export function invalid(path: string, message: string): TikTokIntegrationError {
  const detail = `${path || "The post"}: ${message}.`;
  const errors = [{ path, message }];
  return new TikTokIntegrationError({ code: "invalid_request", status: 400, detail, errors });
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** For ids that go to the Data API, which answers a bad one in Postgres's own words. */
export function mustBeUuid(path: string, value: string): void {
  if (!UUID.test(value)) throw invalid(path, "must be a UUID");
}

export const SIGN_IN = "Sign in first.";

export function networkError(cause: unknown): TikTokIntegrationError {
  const detail = "No answer came. Check the connection to the internet, then try again.";
  return new TikTokIntegrationError({ code: "network", detail }, { cause });
}

export function unexpectedAnswer(status: number, said: string): TikTokIntegrationError {
  const code = status === 401 ? "unauthorized" : "unexpected_answer";
  return new TikTokIntegrationError({ code, status, detail: said || `HTTP status ${status}` });
}
