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

/** TikTok's inits per minute and token (https://developers.tiktok.com/doc/content-posting-api-reference-direct-post). */
export const INITS_PER_MINUTE = 6;

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

/** A limit that TikTok counts by the day is asked about again after this. */
export const DAILY_LIMIT_RETRY_SECONDS = 3_600;

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
 * When to ask for the status again: soon at first, ever more rarely with age, at least once an hour.
 */
export function pollPauseSeconds(submitted_seconds_ago: number): number {
  return Math.min(3_600, Math.max(5, Math.floor(submitted_seconds_ago / 2)));
}

/** What is left of an invocation. Shared by the jobs that it drives. */
export type Budget = { until_ms: number; bytes: number };

export function createBudget(now_ms: number): Budget {
  return { until_ms: now_ms + INVOCATION_BUDGET_MS, bytes: INVOCATION_BUDGET_BYTES };
}
