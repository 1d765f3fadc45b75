/** Seals rows anew under the current key, some a tick, so that old keys can be dropped one day. */

import type { Context } from "../http/context.ts";
import { toProblem } from "../http/failure.ts";

type StaleSeal = {
  connection_id: string;
  token_version: number;
  access_token_sealed: string;
  refresh_token_sealed: string;
};

export async function resealTokens(context: Context, limit: number): Promise<void> {
  const { sealer } = context;
  const { items } = await context.database.call("claim_stale_seals", {
    p_key_id: sealer.key_id,
    p_limit: limit,
  }) as { items: StaleSeal[] };
  for (const item of items) {
    const places = {
      access_token: `platform_connections.access_token:${item.connection_id}`,
      refresh_token: `platform_connections.refresh_token:${item.connection_id}`,
    } as const;
    try {
      const access_token = await sealer.open(places.access_token, item.access_token_sealed);
      const refresh_token = await sealer.open(places.refresh_token, item.refresh_token_sealed);
      await context.database.call("store_resealed_tokens", {
        p_connection_id: item.connection_id,
        p_token_version: item.token_version,
        p_access_token_sealed: await sealer.seal(places.access_token, access_token),
        p_refresh_token_sealed: await sealer.seal(places.refresh_token, refresh_token),
        p_sealing_key_id: sealer.key_id,
      });
    } catch (error) {
      // A key that the ring lacks is a matter of configuration: the row waits, and the log names it.
      const { code } = toProblem(error, context.log);
      context.log.error("reseal_failed", { connection_id: item.connection_id, code });
    }
  }
}
