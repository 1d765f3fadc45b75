/** A user looks: what is stored, after what is too old was read anew, as far as that is possible now. */

import type { AnalyticsAnswer, AnalyticsQuery } from "../contract/analytics.ts";
import type { User } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { createTikTokClient } from "../tiktok/index.ts";
import { type Look, toAnswer } from "./answer.ts";
import { queryLimits, type Reader } from "./snapshot.ts";
import { takeSnapshot } from "./take.ts";
import {
  LOOK_BUDGET_MS,
  LOOK_POLL_MS,
  LOOK_REQUEST_MS,
  LOOK_TOKEN_PATIENCE_MS,
  SNAPSHOT_LEASE_SECONDS,
} from "./timing.ts";

/** Whatever keeps TikTok from being asked, what is stored is shown, with the time it is of. */
export async function lookAtAnalytics(
  context: TikTokContext,
  user: User,
  query: AnalyticsQuery,
): Promise<{ username: string | null; answer: AnalyticsAnswer }> {
  const until_ms = context.now_ms() + LOOK_BUDGET_MS;
  const hasTime = () => context.now_ms() < until_ms;
  const reader: Reader = {
    source: "look",
    user_id: user.id,
    lease_owner: context.randomUuid(),
    token_patience_ms: LOOK_TOKEN_PATIENCE_MS,
    hasTime,
  };
  let seen = await look(context, reader, query, true);
  while (seen.analytics === null) {
    if (seen.items.length > 0) await readAnew(context, reader, seen);
    else await context.sleep(LOOK_POLL_MS);
    // Once more what is stored, whatever became of it; unless somebody else is still at it.
    seen = await look(context, reader, query, seen.busy && hasTime());
  }
  return { username: seen.connection.username, answer: toAnswer(seen, seen.analytics) };
}

async function look(
  context: TikTokContext,
  reader: Reader,
  { connection_id, days }: AnalyticsQuery,
  refreshes: boolean,
): Promise<Look> {
  const seen = await context.database.call("look_at_analytics", {
    ...queryLimits(context),
    p_connection_id: connection_id,
    p_user_id: reader.user_id,
    p_days: days,
    p_refreshes: refreshes,
    p_lease_owner: reader.lease_owner,
    p_lease_seconds: SNAPSHOT_LEASE_SECONDS,
  }) as Look | null;
  if (seen === null) throw new Problem("not_found", "There is no such connection.");
  return seen;
}

async function readAnew(context: TikTokContext, reader: Reader, { items }: Look): Promise<void> {
  const { config, fetchOnce } = context;
  const tiktok = createTikTokClient({
    api_url: config.TIKTOK_API_URL,
    client_key: config.TIKTOK_CLIENT_KEY,
    client_secret: config.TIKTOK_CLIENT_SECRET,
    fetch: fetchOnce,
    timeout_ms: LOOK_REQUEST_MS,
  });
  // All settle before one's trouble is told, so that nothing goes on behind the answer.
  const readings = await Promise.allSettled(
    items.map((task) => takeSnapshot({ ...context, tiktok }, task, reader)),
  );
  for (const reading of readings) if (reading.status === "rejected") throw reading.reason;
}
