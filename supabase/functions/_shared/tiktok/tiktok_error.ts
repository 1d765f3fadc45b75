import { normalizeCode, ruleOf } from "./errors.ts";
import type { Retry, TikTokErrorKind } from "./errors.ts";

/**
 * `rejected`: TikTok surely did not act. `unknown`: it may have acted, because no readable answer
 * came back (lost, cut off, 5xx, unparsable, or a success without what it promised).
 */
export type Outcome = "rejected" | "unknown";

/**
 * The windows that TikTok documents for its limits: one sliding minute, and 24 hours
 * (https://developers.tiktok.com/doc/tiktok-api-v2-rate-limit).
 */
const WAIT_SECONDS: Partial<Record<Retry, number>> = { after_minute: 60, after_day: 86_400 };

type Details = {
  code: string;
  outcome: Outcome;
  /** What was being done, such as `initVideoPost`. */
  operation: string;
  /** Safe to log: secrets are taken out before it gets here. */
  message?: string;
  http_status?: number | null;
  log_id?: string | null;
  retry_after_seconds?: number | null;
};

/** The one error of the client. It never holds a token, a code, a secret or an upload address. */
export class TikTokError extends Error {
  override readonly name = "TikTokError";
  /** TikTok's own code, or `network`, `timeout`, `unreadable`, `http_5xx` or an `upload_…` of ours. */
  readonly code: string;
  readonly kind: TikTokErrorKind;
  readonly retry: Retry;
  /** For the user, in plain words. */
  readonly hint: string;
  readonly outcome: Outcome;
  readonly operation: string;
  /** Null if no answer came. */
  readonly http_status: number | null;
  /** What TikTok's support asks for. */
  readonly log_id: string | null;
  /** How long to wait at least, where waiting helps. */
  readonly retry_after_seconds: number | null;

  constructor(details: Details) {
    const code = normalizeCode(details.code);
    super(`${details.operation}: ${code}${details.message ? `: ${details.message}` : ""}`);
    const rule = ruleOf(code);
    this.code = code;
    this.kind = rule.kind;
    this.retry = rule.retry;
    this.hint = rule.hint;
    this.outcome = details.outcome;
    this.operation = details.operation;
    this.http_status = details.http_status ?? null;
    this.log_id = details.log_id ?? null;
    this.retry_after_seconds = details.retry_after_seconds ?? WAIT_SECONDS[rule.retry] ?? null;
  }
}
