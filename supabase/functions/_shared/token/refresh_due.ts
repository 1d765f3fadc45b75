/** The schedule's part: refreshes what is due, many at a time, within one invocation's time. */

import type { Platform } from "../connection/platform.ts";
import type { RefreshAnswer } from "../contract/connection.ts";
import type { Context } from "../http/context.ts";
import { toProblem } from "../http/failure.ts";
import { inParallel } from "../schedule/in_parallel.ts";
import { type LeasedTokens, refreshTokens } from "./refresh.ts";
import { REFRESH_LEASE_SECONDS } from "./timing.ts";

/**
 * A refresh does nothing but wait. As many at once as a tick claims by default, so that the claim's
 * lease, which users with an expired token wait for, need not be longer than one refresh.
 */
const CONCURRENCY = 25;

export async function refreshDueTokens(
  context: Context,
  platform: Platform,
  limit: number,
): Promise<RefreshAnswer> {
  const lease_owner = context.randomUuid();
  const { items } = await context.database.call("claim_due_tokens", {
    p_platform: platform.name,
    p_lease_owner: lease_owner,
    p_lease_seconds: REFRESH_LEASE_SECONDS * Math.ceil(limit / CONCURRENCY),
    p_limit: limit,
  }) as { items: LeasedTokens[] };
  const answer = { claimed: items.length, refreshed: 0, reconnect_required: 0, retried_later: 0 };
  await inParallel(CONCURRENCY, items, async (leased) => {
    const outcome = await refreshOne(context, platform, lease_owner, leased);
    answer[outcome] += 1;
  });
  return answer;
}

/** One connection's trouble never ends the others' turn. */
async function refreshOne(
  context: Context,
  platform: Platform,
  lease_owner: string,
  leased: LeasedTokens,
): Promise<"refreshed" | "reconnect_required" | "retried_later"> {
  try {
    const outcome = await refreshTokens(context, platform, lease_owner, leased, true);
    if (outcome.kind === "refreshed" || outcome.kind === "reconnect_required") return outcome.kind;
    return "retried_later";
  } catch (error) {
    // A key that is missing, or the database: the lease runs out by itself, nothing is lost.
    const problem = toProblem(error, context.log);
    context.log.error("refresh_failed", {
      connection_id: leased.connection_id,
      code: problem.code,
    });
    return "retried_later";
  }
}
