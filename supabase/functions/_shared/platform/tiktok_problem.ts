/** TikTok's refusals in the words and codes that Nexus's callers rely on. */

import { Problem, type ProblemCode } from "../http/problem.ts";
import type { TikTokError, TikTokErrorKind } from "../tiktok/index.ts";

/** A per-minute limit of TikTok's is over after a minute at the latest. */
const RATE_LIMIT_SECONDS = 60;
/** When to ask an unreachable TikTok again. */
const UNAVAILABLE_SECONDS = 30;

/** Kinds that have a code of their own; every other is `tiktok_rejected`. */
const CODE_OF_KIND: Partial<Record<TikTokErrorKind, ProblemCode>> = {
  scope_missing: "scope_missing",
  rate_limited: "rate_limited",
  access_denied: "access_denied",
  unavailable: "tiktok_unavailable",
};

export function tiktokProblem(error: TikTokError): Problem {
  const code = CODE_OF_KIND[error.kind] ?? "tiktok_rejected";
  const retry_after_seconds = code === "rate_limited"
    ? error.retry_after_seconds ?? RATE_LIMIT_SECONDS
    : code === "tiktok_unavailable"
    ? error.retry_after_seconds ?? UNAVAILABLE_SECONDS
    : undefined;
  return new Problem(code, error.hint, {
    tiktok_code: error.code,
    log_id: error.log_id,
    ...(retry_after_seconds === undefined ? {} : { retry_after_seconds }),
    cause: error,
  });
}
