/** How long the steps of a post may take. The order of these matters; a test checks it. */

import { CHUNK_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from "../tiktok/index.ts";
import { BUSY_PATIENCE_MS } from "../token/timing.ts";

/**
 * A holder renews his lease before each init and after each chunk. Between two renewals lie at most
 * a token that somebody else refreshes and a few requests, or one chunk.
 */
export const JOB_LEASE_SECONDS = 240;

/** The longest stretch between two renewals. */
export const LONGEST_STRETCH_MS = Math.max(
  BUSY_PATIENCE_MS + 6 * REQUEST_TIMEOUT_MS,
  CHUNK_TIMEOUT_MS + 2 * REQUEST_TIMEOUT_MS,
);

/**
 * What one invocation may spend: the platform ends it after 150 s of wall time and 2 s of CPU. One
 * more chunk may be on its way when the time is up; a gigabyte takes about half the CPU.
 */
export const INVOCATION_BUDGET_MS = 50_000;
export const INVOCATION_BUDGET_BYTES = 1_000_000_000;

/**
 * How long a step waits for a token that somebody else refreshes, before it makes room for the jobs of
 * other connections.
 */
export const TOKEN_PATIENCE_MS = 5_000;

/**
 * Failed tries in a row, with nothing achieved in between, after which a job fails: about twelve
 * hours, since the pauses grow to an hour.
 */
export const MAX_FAILURES = 30;

/**
 * Accepted inits of one job, after which it is not begun anew: each that TikTok takes costs one of the day's
 * posts, and one that came to nothing three times is not helped by a fourth.
 */
export const MAX_INITS = 3;

/**
 * A file that is not there, or comes whole where a part was asked for: a server that is in trouble says
 * so too, so it is tried again, but not for hours.
 */
export const MAX_SOURCE_FAILURES = 3;

/** A limit that TikTok counts by the day is asked about again after this. */
export const DAILY_LIMIT_RETRY_SECONDS = 3_600;

/** After `rate_limit_exceeded`, at least TikTok's own window. */
export const MINUTE_LIMIT_RETRY_SECONDS = 60;

/** A whole upload is not tried again before TikTok's day is over. */
export const DAY_SECONDS = 86_400;

/** TikTok is asked for a status this long; processing takes minutes, and moderation hours. */
export const STATUS_DEADLINE_SECONDS = 7 * DAY_SECONDS;

/** Growing pauses with full jitter: from ten seconds to an hour. */
export function jobBackoffSeconds(failures: number, random: number): number {
  const ceiling = Math.min(3_600, 10 * 2 ** failures);
  return 5 + Math.floor(random * ceiling);
}

/**
 * When to try again what was refused for now or not answered: not before TikTok's `Retry-After`, and
 * with jitter on top of that, so that those who were told the same do not come back together.
 */
export function retryPauseSeconds(
  { failures, retry_after_seconds, is_rate_limit, random }: {
    failures: number;
    retry_after_seconds: number | null;
    is_rate_limit: boolean;
    random: number;
  },
): number {
  const told_seconds = Math.min(retry_after_seconds ?? 0, DAY_SECONDS);
  const least_seconds = is_rate_limit ? MINUTE_LIMIT_RETRY_SECONDS : 0;
  return Math.max(told_seconds, least_seconds) + jobBackoffSeconds(failures, random);
}

/**
 * Until a token can be lent again, and a little more: room for one call is no room for all who wait.
 */
export function tokenPauseSeconds(retry_after_seconds: number, random: number): number {
  return retry_after_seconds + Math.floor(random * 15);
}

/**
 * When to ask for the status again: soon at first, ever more rarely with age, at least once an hour.
 */
export function pollPauseSeconds(submitted_seconds_ago: number): number {
  return Math.min(3_600, Math.max(5, Math.floor(submitted_seconds_ago / 2)));
}

/** A settled post is asked about for this long after the last news of it. */
export const FOLLOW_UP_SECONDS = 28 * DAY_SECONDS;

/** Most settled posts that one tick asks about: what is on its way comes first. */
export const FOLLOW_UPS_A_TICK = 25;

/** When one that could not be asked about comes again. */
export const FOLLOW_UP_AGAIN_SECONDS = 600;

/**
 * When to ask about a settled post again: as long as nothing was heard of it, from a minute to two
 * days. Null: never.
 */
export function followUpPauseSeconds(quiet_seconds: number): number | null {
  const pause_seconds = Math.min(2 * DAY_SECONDS, Math.max(60, Math.floor(quiet_seconds)));
  return quiet_seconds + pause_seconds > FOLLOW_UP_SECONDS ? null : pause_seconds;
}

/** What is left of an invocation. Shared by the jobs that it drives. */
export type Budget = { until_ms: number; bytes: number };

export function createBudget(now_ms: number): Budget {
  return { until_ms: now_ms + INVOCATION_BUDGET_MS, bytes: INVOCATION_BUDGET_BYTES };
}
