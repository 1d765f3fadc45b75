/** How long things may take while tokens are tended. The order of these matters; a test checks it. */

/** What one call to a platform may take at most. Its client ends the call by itself then. */
export const PLATFORM_CALL_MS = 20_000;

/**
 * A holder may send two requests (the refresh, and the check of the old token after a refusal) and
 * must still have the lease when he writes.
 */
export const REFRESH_LEASE_SECONDS = 60;

/** What a holder's requests can take at most. */
export const REFRESH_REQUESTS_MS = 2 * PLATFORM_CALL_MS;

/** An access token with less life than this could die during the call that it is lent for. */
export const MIN_REMAINING_SECONDS = 60;

/** Those who find the lease taken ask again at this pace ... */
export const BUSY_POLL_MS = 250;

/** ... for as long as a holder may take, and a little more. */
export const BUSY_PATIENCE_MS = REFRESH_REQUESTS_MS + 5_000;

/** A refresh does nothing but wait; this many wait at once in one invocation. */
export const REFRESH_CONCURRENCY = 25;

/** What the schedule has claimed may wait for as long as a refresh takes before its own begins. */
export const SCHEDULED_LEASE_SECONDS = 2 * REFRESH_LEASE_SECONDS;

/** A tick claims no more to refresh after this, since the host ends an invocation after 150 s ... */
export const REFRESH_BUDGET_MS = 60_000;

/** ... and nothing more to revoke after this. */
export const REVOCATION_BUDGET_MS = 80_000;

/** Rare, and nobody waits for them. */
export const REVOCATION_CONCURRENCY = 10;

/** A revocation sends three requests at most: one with the old token, a refresh, one with the new. */
export const REVOCATION_REQUESTS_MS = 3 * PLATFORM_CALL_MS;

/** Outlives them, so that whoever connects the account meanwhile knows that one is under way ... */
export const REVOCATION_LEASE_SECONDS = 75;

/** ... and waits for as long. */
export const REVOCATION_PATIENCE_MS = 80_000;
export const REVOCATION_POLL_MS = 500;

/** Growing pauses between failed refreshes, with full jitter: half a minute to half an hour. */
export function refreshBackoffSeconds(failures: number, random: number): number {
  const ceiling = Math.min(30 * 60, 30 * 2 ** failures);
  return 30 + Math.floor(random * ceiling);
}

/** A number in [0, 1) from random bytes. */
export function randomFraction(randomBytes: (length: number) => Uint8Array<ArrayBuffer>): number {
  return new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32;
}
