/** The schedule's part: refreshes what is due, many at a time, within one invocation's time. */

import type { RefreshAnswer } from "../contract/connection.ts";
import type { Context } from "../http/context.ts";
import { toProblem } from "../http/failure.ts";
import { drain } from "../schedule/drain.ts";
import { type LeasedTokens, refreshTokens } from "./refresh.ts";
import { REFRESH_CONCURRENCY, SCHEDULED_LEASE_SECONDS } from "./timing.ts";

export async function refreshDueTokens(
  context: Context,
  limit: number,
  hasTime: () => boolean,
): Promise<RefreshAnswer> {
  const lease_owner = context.randomUuid();
  const answer = { claimed: 0, refreshed: 0, reconnect_required: 0, retried_later: 0 };
  answer.claimed = await drain({
    concurrency: REFRESH_CONCURRENCY,
    limit,
    hasTime,
    claim: (count) => claim(context, lease_owner, count),
    work: async (leased) => {
      answer[await refreshOne(context, lease_owner, leased)] += 1;
    },
  });
  return answer;
}

async function claim(
  context: Context,
  lease_owner: string,
  count: number,
): Promise<LeasedTokens[]> {
  const { items } = await context.database.call("claim_due_tokens", {
    p_platform: context.platform.name,
    p_lease_owner: lease_owner,
    p_lease_seconds: SCHEDULED_LEASE_SECONDS,
    p_limit: count,
  }) as { items: LeasedTokens[] };
  return items;
}

/** One connection's trouble never ends the others' turn. */
async function refreshOne(
  context: Context,
  lease_owner: string,
  leased: LeasedTokens,
): Promise<"refreshed" | "reconnect_required" | "retried_later"> {
  try {
    const outcome = await refreshTokens(context, lease_owner, leased, true);
    if (outcome.kind === "refreshed" || outcome.kind === "reconnect_required") return outcome.kind;
    return "retried_later";
  } catch (error) {
    // A key that is missing, or the database: the lease runs out by itself, nothing is lost.
    const problem = toProblem(error, context);
    context.log.error("refresh_failed", {
      connection_id: leased.connection_id,
      code: problem.code,
    });
    return "retried_later";
  }
}
