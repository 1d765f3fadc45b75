/** Ends grants at their platform, and tries again until it is done. */

import type { Context } from "../http/context.ts";
import { concerning, logEntry, toProblem } from "../http/failure.ts";
import { refuseForeign } from "./refresh.ts";
import {
  randomFraction,
  refreshBackoffSeconds,
  REVOCATION_CONCURRENCY,
  REVOCATION_LEASE_SECONDS,
} from "./timing.ts";

type DueGrant = {
  connection_id: string;
  platform_user_id: string;
  access_token_sealed: string;
  refresh_token_sealed: string;
  access_expires_in_seconds: number;
  attempts: number;
};

/** Revokes the grant of one connection that has just ended; the schedule does it where this can't. */
export async function revokeGrant(context: Context, connection_id: string): Promise<void> {
  await revokeBatch(context, 1, connection_id);
}

/** Revokes what is due. A batch begins at once and as a whole, so its lease is that of one grant. */
export async function revokeDueGrants(
  context: Context,
  limit: number,
  hasTime: () => boolean,
): Promise<void> {
  for (let claimed = 0; claimed < limit && hasTime();) {
    const count = Math.min(REVOCATION_CONCURRENCY, limit - claimed);
    const found = await revokeBatch(context, count, null);
    if (found < count) return;
    claimed += found;
  }
}

async function revokeBatch(
  context: Context,
  limit: number,
  connection_id: string | null,
): Promise<number> {
  const lease_owner = context.randomUuid();
  const { items } = await context.database.call("claim_due_revocations", {
    p_platform: context.platform.name,
    p_lease_owner: lease_owner,
    p_lease_seconds: REVOCATION_LEASE_SECONDS,
    p_limit: limit,
    p_connection_id: connection_id,
  }) as { items: DueGrant[] };
  await Promise.all(items.map((grant) => revokeOne(context, lease_owner, grant)));
  return items.length;
}

/** Tokens that a refresh brought on the way to the revocation. */
type FreshTokens = { access_token: string; refresh_token: string; expires_in_seconds: number };

async function revokeOne(
  context: Context,
  lease_owner: string,
  grant: DueGrant,
): Promise<void> {
  let fresh: FreshTokens | null = null;
  const finish = async (done: boolean, log: ReturnType<typeof logEntry>) => {
    const seal = (column: string, secret: string) =>
      context.sealer.seal(`platform_connections.${column}:${grant.connection_id}`, secret);
    await context.database.call("finish_revocation", {
      p_connection_id: grant.connection_id,
      p_lease_owner: lease_owner,
      p_done: done,
      p_retry_in_seconds: refreshBackoffSeconds(
        grant.attempts,
        randomFraction(context.randomBytes),
      ),
      p_access_token_sealed: fresh === null ? null : await seal("access_token", fresh.access_token),
      p_refresh_token_sealed: fresh === null
        ? null
        : await seal("refresh_token", fresh.refresh_token),
      p_sealing_key_id: fresh === null ? null : context.sealer.key_id,
      p_expires_in_seconds: fresh?.expires_in_seconds ?? null,
      p_log: log,
    });
  };
  try {
    if (grant.access_expires_in_seconds > 0) {
      const token = await openToken(context, grant, "access_token");
      if (await revokeIfAlive(context, token)) return await finish(true, null);
    }
    // Only a token that works can revoke, so an expired one is renewed first.
    const refresh_token = await openToken(context, grant, "refresh_token");
    const renewed = await context.platform.refresh(refresh_token);
    refuseForeign(context.platform, renewed, grant.platform_user_id);
    fresh = {
      access_token: renewed.access_token,
      refresh_token: renewed.refresh_token ?? refresh_token,
      expires_in_seconds: renewed.expires_in_seconds,
    };
    await context.platform.revoke(renewed.access_token);
    await finish(true, null);
  } catch (error) {
    // A dead grant is what was wanted.
    if (context.platform.judge(error) !== "other") return await finish(true, null);
    const problem = toProblem(
      concerning(error, { connection_id: grant.connection_id }),
      context,
    );
    await finish(false, logEntry(context, problem));
  }
}

/** False where the platform does not take this token, for any reason; throws where it can't be asked. */
async function revokeIfAlive(context: Context, access_token: string): Promise<boolean> {
  try {
    await context.platform.revoke(access_token);
    return true;
  } catch (error) {
    // Platforms do not all say why: whether the grant is dead, a refresh will tell.
    const refused = context.platform.judge(error) !== "other" ||
      toProblem(error, context).kind === "platform_rejected";
    if (!refused) throw error;
    return false;
  }
}

async function openToken(
  context: Context,
  grant: DueGrant,
  column: "access_token" | "refresh_token",
): Promise<string> {
  return await context.sealer.open(
    `platform_connections.${column}:${grant.connection_id}`,
    grant[`${column}_sealed`],
  );
}
