/** How long reading figures may take. The order of these matters; a test checks it. */

/** An invocation claims nothing more after this, since the host ends it after 150 s. */
export const TICK_BUDGET_MS = 60_000;

/** Reading does nothing but wait; this many accounts wait at once in one invocation. */
export const TICK_CONCURRENCY = 5;

/** Histories that one tick thins out at most. */
export const TIDY_LIMIT = 10;

/** How long the schedule waits for somebody else's refresh of a token. */
export const TICK_TOKEN_PATIENCE_MS = 15_000;

/**
 * Renewed with each query. Between two of them the schedule may wait for a token, refresh it, have it
 * refused, refresh it again, and ask, each for as long as a request may take.
 */
export const SNAPSHOT_LEASE_SECONDS = 180;

/** Somebody is waiting for his page: after this his look asks nothing more ... */
export const LOOK_BUDGET_MS = 8_000;
/** ... and each of its queries ends after this. */
export const LOOK_REQUEST_MS = 5_000;
export const LOOK_TOKEN_PATIENCE_MS = 5_000;

/** Who finds another one reading waits for it at this pace. */
export const LOOK_POLL_MS = 250;

/** Growing pauses between failures, with full jitter: five minutes to six hours. */
export function snapshotBackoffSeconds(failures: number, random: number): number {
  return 300 + Math.floor(random * Math.min(6 * 3600, 300 * 2 ** failures));
}

/** After TikTok's own limit: what it says, a minute at least, and not all at once. */
export function limitPauseSeconds(retry_after_seconds: number | undefined, random: number): number {
  return Math.max(60, retry_after_seconds ?? 0) + Math.floor(random * 60);
}
