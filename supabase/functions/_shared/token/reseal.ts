/** Seals rows anew under the current key, some a tick, so that old keys can be dropped one day. */

import type { Context } from "../http/context.ts";
import { toProblem } from "../http/failure.ts";

type StaleSeal = {
  connection_id: string;
  /** It stands among the grants to end, not in a connection. */
  awaits_revocation: boolean;
  access_token_sealed: string;
  refresh_token_sealed: string;
};

export async function resealTokens(context: Context, limit: number): Promise<void> {
  const { sealer, log } = context;
  const { items, missing_key_ids } = await context.database.call("claim_stale_seals", {
    p_key_id: sealer.key_id,
    p_old_key_ids: [...sealer.old_key_ids],
    p_from: context.randomUuid(),
    p_limit: limit,
  }) as { items: StaleSeal[]; missing_key_ids: string[] };
  for (const key_id of missing_key_ids) {
    log.error("misconfigured", {
      setting: "TOKEN_ENCRYPTION_KEYS",
      problem: `has no key ${key_id}, under which rows are sealed`,
    });
  }
  const p_items = (await Promise.all(items.map((item) => resealOne(context, item))))
    .filter((item) => item !== null);
  if (p_items.length === 0) return;
  await context.database.call("store_resealed_tokens", {
    p_items,
    p_sealing_key_id: sealer.key_id,
  });
}

/** The row under the current key, or null for one that does not open: it waits, and the log names it. */
async function resealOne(context: Context, item: StaleSeal) {
  const { connection_id, awaits_revocation } = item;
  const reseal = async (column: "access_token" | "refresh_token") => {
    const place = `platform_connections.${column}:${connection_id}` as const;
    const secret = await context.sealer.open(place, item[`${column}_sealed`]);
    return await context.sealer.seal(place, secret);
  };
  try {
    return {
      connection_id,
      awaits_revocation,
      old_access_token_sealed: item.access_token_sealed,
      access_token_sealed: await reseal("access_token"),
      refresh_token_sealed: await reseal("refresh_token"),
    };
  } catch (error) {
    const { code } = toProblem(error, context);
    context.log.error("reseal_failed", { connection_id, code });
    return null;
  }
}
