/** Ends grants at the platform, again and again until it is done. */

import type { Platform } from "../connection/platform.ts";
import type { Context } from "../http/context.ts";
import { concerning, logEntry, toProblem } from "../http/failure.ts";
import { inParallel } from "../schedule/in_parallel.ts";
import { randomFraction, refreshBackoffSeconds } from "./timing.ts";

/** A refresh and a revocation at most, each with its timeout, and some room. */
const REVOCATION_LEASE_SECONDS = 60;
const CONCURRENCY = 5;

type DueGrant = {
  connection_id: string;
  access_token_sealed: string;
  refresh_token_sealed: string;
  access_expires_in_seconds: number;
  attempts: number;
};

/** Revokes what is due, or the grant of one connection that has just ended. */
export async function revokeDueGrants(
  context: Context,
  platform: Platform,
  { limit, connection_id }: { limit: number; connection_id: string | null },
): Promise<void> {
  const lease_owner = context.randomUuid();
  const { items } = await context.database.call("claim_due_revocations", {
    p_platform: platform.name,
    p_lease_owner: lease_owner,
    p_lease_seconds: REVOCATION_LEASE_SECONDS * Math.ceil(limit / CONCURRENCY),
    p_limit: limit,
    p_connection_id: connection_id,
  }) as { items: DueGrant[] };
  await inParallel(CONCURRENCY, items, (grant) => revokeOne(context, platform, lease_owner, grant));
}

/** Tokens that a refresh brought on the way to the revocation. */
type FreshTokens = { access_token: string; refresh_token: string; expires_in_seconds: number };

async function revokeOne(
  context: Context,
  platform: Platform,
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
      p_expires_in_seconds: fresh?.expires_in_seconds ?? null,
      p_log: log,
    });
  };
  try {
    if (grant.access_expires_in_seconds > 0) {
      const token = await openToken(context, grant, "access_token");
      if (await revokeIfAlive(platform, token)) return await finish(true, null);
    }
    // Only a token that works can revoke, so an expired one is renewed first.
    const refresh_token = await openToken(context, grant, "refresh_token");
    const renewed = await platform.refresh(refresh_token);
    fresh = {
      access_token: renewed.access_token,
      refresh_token: renewed.refresh_token ?? refresh_token,
      expires_in_seconds: renewed.expires_in_seconds,
    };
    await platform.revoke(renewed.access_token);
    await finish(true, null);
  } catch (error) {
    // A dead grant is what was wanted.
    if (platform.judge(error) !== "other") return await finish(true, null);
    const problem = toProblem(
      concerning(error, { connection_id: grant.connection_id }),
      context.log,
    );
    await finish(false, logEntry(context, problem));
  }
}

/** False where the platform does not take this token; throws where it can't be asked. */
async function revokeIfAlive(platform: Platform, access_token: string): Promise<boolean> {
  try {
    await platform.revoke(access_token);
    return true;
  } catch (error) {
    if (platform.judge(error) === "other") throw error;
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
