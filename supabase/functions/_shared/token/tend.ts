/** One tick of the schedule for tokens: refresh, revoke, seal anew, and remove what is over. */

import type { RefreshAnswer } from "../contract/connection.ts";
import type { Context } from "../http/context.ts";
import { refreshDueTokens } from "./refresh_due.ts";
import { resealTokens } from "./reseal.ts";
import { revokeDueGrants } from "./revoke.ts";
import { REFRESH_BUDGET_MS, REVOCATION_BUDGET_MS } from "./timing.ts";

/** Rows that one tick removes at most, so that no tick is long. */
const PURGE_LIMIT = 1_000;

/** `limit`: the most connections refreshed, and the most rows of each other kind. */
export async function tendTokens(
  context: Context,
  limit: number,
): Promise<RefreshAnswer> {
  const started_ms = context.now_ms();
  const within = (budget_ms: number) => () => context.now_ms() - started_ms < budget_ms;
  // First what must not wait.
  const answer = await refreshDueTokens(context, limit, within(REFRESH_BUDGET_MS));
  await revokeDueGrants(context, limit, within(REVOCATION_BUDGET_MS));
  await resealTokens(context, limit);
  await context.database.call("purge_expired", {
    p_error_log_days: context.config.ERROR_LOG_DAYS,
    p_limit: PURGE_LIMIT,
  });
  return answer;
}
