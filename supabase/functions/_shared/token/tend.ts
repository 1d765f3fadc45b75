/** One tick of the schedule for tokens: refresh, revoke, seal anew, and remove what is over. */

import type { Platform } from "../connection/platform.ts";
import type { RefreshAnswer } from "../contract/connection.ts";
import type { Context } from "../http/context.ts";
import { refreshDueTokens } from "./refresh_due.ts";
import { resealTokens } from "./reseal.ts";
import { revokeDueGrants } from "./revoke.ts";

/** Rows that one tick removes at most, so that no tick is long. */
const PURGE_LIMIT = 1_000;

export async function tendTokens(
  context: Context,
  platform: Platform,
  limit: number,
): Promise<RefreshAnswer> {
  // First what must not wait.
  const answer = await refreshDueTokens(context, platform, limit);
  await revokeDueGrants(context, platform, { limit, connection_id: null });
  await resealTokens(context, limit);
  await context.database.call("purge_expired", {
    p_error_log_days: context.config.ERROR_LOG_DAYS,
    p_limit: PURGE_LIMIT,
  });
  return answer;
}
