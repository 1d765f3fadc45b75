/** Queries that a connection depends on: counted, out of the part of the day that is kept for them. */

import type { Context } from "../http/context.ts";
import { Problem } from "../http/problem.ts";

/** The limits as the database wants them; nulls for a platform that nobody counts for. */
export function queryLimitsOf({ platform }: Context) {
  return {
    p_queries_a_day: platform.query_limits?.a_day ?? null,
    p_queries_a_minute: platform.query_limits?.a_minute ?? null,
  };
}

/** Takes one, to be sent right after. Throws 429 `rate_limited` where the day's are spent. */
export async function takeQuery(context: Context): Promise<void> {
  if (context.platform.query_limits === undefined) return;
  const answer = await context.database.call("take_query", {
    p_platform: context.platform.name,
    ...queryLimitsOf(context),
  }) as { taken: true } | { taken: false; retry_after_seconds: number };
  if (!answer.taken) throw queriesSpent(answer.retry_after_seconds);
}

/** Gives one back that was taken at `taken_at` and not sent. */
export async function returnQuery(context: Context, taken_at: string): Promise<void> {
  if (context.platform.query_limits === undefined) return;
  await context.database.call("return_query", {
    p_platform: context.platform.name,
    p_taken_at: taken_at,
  });
}

export function queriesSpent(retry_after_seconds: number): Problem {
  return new Problem(
    "rate_limited",
    "The platform may not be asked about more accounts for now. Try again later.",
    { retry_after_seconds },
  );
}
