/** What becomes of a grant that a completed authorization brought: a connection, or nothing. */

import type { Connection } from "../contract/connection.ts";
import { DatabaseError, FOREIGN_KEY_VIOLATION } from "../database/database.ts";
import type { Context, User } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { takeQuery } from "../token/query.ts";
import { revokeGrant } from "../token/revoke.ts";
import { REVOCATION_PATIENCE_MS, REVOCATION_POLL_MS } from "../token/timing.ts";
import type { Account, Grant } from "./platform.ts";

/** What store_connection answers. */
type StoreAnswer =
  | { connection: Connection }
  | { existing_id: string }
  | { revoking: true }
  | { prove_since: string };

/**
 * Stores the grant's tokens, sealed. More than one round if another request of this user stored the
 * account meanwhile, or if an earlier grant of it is being revoked or has been since `alive_since`:
 * a platform's grant belongs to app and account, so it must be seen whether this one survived that.
 */
export async function keepGrant(
  context: Context,
  user: User,
  connection_id: string,
  grant: Grant,
  account: Account,
  alive_since: string,
): Promise<Connection> {
  const patient_until_ms = context.now_ms() + REVOCATION_PATIENCE_MS;
  let id = connection_id;
  let p_alive_since = alive_since;
  while (context.now_ms() < patient_until_ms) {
    const stored = await storeOnce(context, grant, {
      p_connection_id: id,
      p_user_id: user.id,
      p_platform: context.platform.name,
      p_platform_user_id: grant.platform_user_id,
      p_account: {
        username: account.username,
        display_name: account.display_name,
        avatar_url: account.avatar_url,
        figures: account.figures ?? null,
        // Before it was asked about, so that no figure is older than its time says.
        asked_at: alive_since,
        asked: account.asked ?? null,
      },
      p_scopes: grant.scopes,
      p_capabilities: account.capabilities,
      ...await sealTokens(context, id, grant),
      p_sealing_key_id: context.sealer.key_id,
      p_expires_in_seconds: grant.expires_in_seconds,
      p_refresh_expires_in_seconds: grant.refresh_expires_in_seconds,
      p_alive_since,
    });
    if ("connection" in stored) return stored.connection;
    if ("existing_id" in stored) id = stored.existing_id;
    else if ("revoking" in stored) await context.sleep(REVOCATION_POLL_MS);
    else if (await survived(context, grant)) p_alive_since = stored.prove_since;
    else throw endedElsewhere(context);
  }
  await endGrant(context, grant);
  throw endedElsewhere(context);
}

/**
 * Ends a grant that is not kept, unless another connection needs it: as if it had been a connection
 * and was disconnected, so now, or by the schedule until it is done.
 */
export async function endGrant(context: Context, grant: Grant): Promise<void> {
  const connection_id = context.randomUuid();
  await context.database.call("queue_revocation", {
    p_connection_id: connection_id,
    p_platform: context.platform.name,
    p_platform_user_id: grant.platform_user_id,
    ...await sealTokens(context, connection_id, grant),
    p_sealing_key_id: context.sealer.key_id,
    p_expires_in_seconds: grant.expires_in_seconds,
  });
  await revokeGrant(context, connection_id);
}

async function storeOnce(
  context: Context,
  grant: Grant,
  args: Parameters<typeof context.database.call<"store_connection">>[1],
): Promise<StoreAnswer> {
  try {
    return await context.database.call("store_connection", args) as StoreAnswer;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== FOREIGN_KEY_VIOLATION) throw error;
    // The user was deleted meanwhile: nobody is left who could end this grant.
    await endGrant(context, grant);
    throw new Problem("unauthorized", "This user no longer exists. Sign in again.");
  }
}

async function survived(context: Context, grant: Grant): Promise<boolean> {
  try {
    await takeQuery(context);
    return await context.platform.isTokenAlive(grant.access_token);
  } catch (error) {
    await endGrant(context, grant);
    throw error;
  }
}

function endedElsewhere({ platform }: Context): Problem {
  return new Problem(
    "platform_unavailable",
    "This account was being disconnected elsewhere, which ended the new connection too. Connect it again.",
    { platform: platform.name, retry_after_seconds: 5 },
  );
}

async function sealTokens(context: Context, connection_id: string, grant: Grant) {
  return {
    p_access_token_sealed: await context.sealer.seal(
      `platform_connections.access_token:${connection_id}`,
      grant.access_token,
    ),
    p_refresh_token_sealed: await context.sealer.seal(
      `platform_connections.refresh_token:${connection_id}`,
      grant.refresh_token,
    ),
  };
}
