/** TikTok's refusals in the words and codes that Nexus's callers rely on. */

import { Problem, type ProblemKind, type ProblemOptions } from "../http/problem.ts";
import type { TikTokError, TikTokErrorKind } from "../tiktok/index.ts";

/** A per-minute limit of TikTok's is over after a minute at the latest. */
const RATE_LIMIT_SECONDS = 60;
/** When to ask an unreachable TikTok again. */
const UNAVAILABLE_SECONDS = 30;

/** Kinds that have one of their own; every other is `tiktok_rejected`. */
const PROBLEM_OF_KIND: Partial<Record<TikTokErrorKind, ProblemKind>> = {
  scope_missing: "scope_missing",
  rate_limited: "rate_limited",
  access_denied: "access_denied",
  unavailable: "platform_unavailable",
};

/** A problem that TikTok is the cause of. */
export function tiktokProblem(
  kind: ProblemKind,
  detail: string,
  options: Omit<ProblemOptions, "platform"> = {},
): Problem {
  return new Problem(kind, detail, { ...options, platform: "tiktok" });
}

/** What TikTok's client threw, as a problem. */
export function problemOf(error: TikTokError): Problem {
  const kind = PROBLEM_OF_KIND[error.kind] ?? "platform_rejected";
  const retry_after_seconds = kind === "rate_limited"
    ? error.retry_after_seconds ?? RATE_LIMIT_SECONDS
    : kind === "platform_unavailable"
    ? error.retry_after_seconds ?? UNAVAILABLE_SECONDS
    : undefined;
  return tiktokProblem(kind, error.hint, {
    platform_code: error.code,
    log_id: error.log_id,
    ...(retry_after_seconds === undefined ? {} : { retry_after_seconds }),
    cause: error,
  });
}
