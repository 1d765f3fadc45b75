/** The schedule's tick: reads the figures that are due, and thins out what is old. */

import type { SnapshotsAnswer } from "../contract/analytics.ts";
import { toProblem } from "../http/failure.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { drain } from "../schedule/drain.ts";
import { queryLimits, type Reader, type Task } from "./snapshot.ts";
import { type Outcome, takeSnapshot } from "./take.ts";
import {
  SNAPSHOT_LEASE_SECONDS,
  TICK_BUDGET_MS,
  TICK_CONCURRENCY,
  TICK_TOKEN_PATIENCE_MS,
  TIDY_LIMIT,
} from "./timing.ts";

export async function takeDueSnapshots(
  context: TikTokContext,
  limit: number,
): Promise<SnapshotsAnswer> {
  const until_ms = context.now_ms() + TICK_BUDGET_MS;
  const hasTime = () => context.now_ms() < until_ms;
  const reader: Reader = {
    source: "schedule",
    user_id: null,
    lease_owner: context.randomUuid(),
    token_patience_ms: TICK_TOKEN_PATIENCE_MS,
    hasTime,
  };
  const answer = { claimed: 0, taken: 0, failed: 0, deferred: 0 };
  const claimUpTo = async (count: number): Promise<Task[]> => {
    const { items, deferred } = await claim(context, reader, count);
    answer.claimed += items.length + deferred;
    answer.deferred += deferred;
    // There are no more queries: whatever else is due is put off at once.
    const rest = deferred === 0 ? 0 : limit - answer.claimed;
    return rest <= 0 ? items : [...items, ...(await claimUpTo(rest))];
  };
  await drain<Task>({
    concurrency: TICK_CONCURRENCY,
    limit,
    hasTime,
    claim: claimUpTo,
    work: async (task) => {
      answer[await takeOne(context, task, reader)] += 1;
    },
  });
  await context.database.call("tidy_analytics", { p_limit: TIDY_LIMIT });
  return answer;
}

async function claim(
  context: TikTokContext,
  reader: Reader,
  count: number,
): Promise<{ items: Task[]; deferred: number }> {
  return await context.database.call("claim_due_snapshots", {
    ...queryLimits(context),
    p_platform: context.platform.name,
    p_lease_owner: reader.lease_owner,
    p_lease_seconds: SNAPSHOT_LEASE_SECONDS,
    p_limit: count,
  }) as { items: Task[]; deferred: number };
}

/** One account's trouble never ends the others' turn. */
async function takeOne(context: TikTokContext, task: Task, reader: Reader): Promise<Outcome> {
  try {
    return await takeSnapshot(context, task, reader);
  } catch (error) {
    // A key that is missing, or the database: the lease runs out by itself, nothing is lost.
    const { code } = toProblem(error, context);
    context.log.error("snapshot_failed", { connection_id: task.connection_id, code });
    return "failed";
  }
}
