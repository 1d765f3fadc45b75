/** How long things may take while tokens are refreshed. The order of these matters; a test checks it. */

import { REQUEST_TIMEOUT_MS } from "../tiktok/index.ts";

/**
 * A holder may send two requests (the refresh, and the check of the old token after a refusal) and
 * must still have the lease when he writes.
 */
export const REFRESH_LEASE_SECONDS = 60;

/** What a holder's requests can take at most. */
export const REFRESH_REQUESTS_MS = 2 * REQUEST_TIMEOUT_MS;

/** An access token with less life than this could die during the call that it is lent for. */
export const MIN_REMAINING_SECONDS = 60;

/** Those who find the lease taken ask again at this pace ... */
export const BUSY_POLL_MS = 250;

/** ... for as long as a holder may take, and a little more. */
export const BUSY_PATIENCE_MS = REFRESH_REQUESTS_MS + 5_000;

/** Growing pauses between failed refreshes, with full jitter: half a minute to half an hour. */
export function refreshBackoffSeconds(failures: number, random: number): number {
  const ceiling = Math.min(30 * 60, 30 * 2 ** failures);
  return 30 + Math.floor(random * ceiling);
}

/** A number in [0, 1) from random bytes. */
export function randomFraction(randomBytes: (length: number) => Uint8Array<ArrayBuffer>): number {
  return new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32;
}
