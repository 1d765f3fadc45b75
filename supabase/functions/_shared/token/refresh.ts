/** One refresh, by the holder of the lease. Knows no platform but by its interface. */

import type { Platform, RefreshedGrant } from "../connection/platform.ts";
import type { Context } from "../http/context.ts";
import { concerning, type LogEntry, logEntry, toProblem } from "../http/failure.ts";
import { Problem } from "../http/problem.ts";
import { takeQuery } from "./query.ts";
import { randomFraction, refreshBackoffSeconds } from "./timing.ts";

/** The tokens as the database lends them to whoever refreshes. */
export type LeasedTokens = {
  connection_id: string;
  platform_user_id: string;
  scopes: string[];
  access_token_sealed: string;
  refresh_token_sealed: string;
  token_version: number;
  access_expires_in_seconds: number;
  refresh_failures: number;
};

export type RefreshOutcome =
  | { kind: "refreshed"; access_token: string; token_version: number; scopes: string[] }
  /** The user must connect again. */
  | { kind: "reconnect_required"; problem: Problem }
  /** Nothing is known to be wrong with the grant; it is tried again later. */
  | { kind: "later"; problem: Problem }
  /** The lease was lost before the result could be written: somebody else decides. */
  | { kind: "fenced" };

/**
 * Refreshes and writes the result. Whatever happens to the request, a connection is given up only
 * if the platform refuses the refresh token and, should the access token still have life in it,
 * that too. Throws only what is not about this connection (`SealError`, `DatabaseError`).
 */
export async function refreshTokens(
  context: Context,
  lease_owner: string,
  leased: LeasedTokens,
  keepsLog: boolean,
): Promise<RefreshOutcome> {
  const { connection_id } = leased;
  const refresh_token = await context.sealer.open(
    `platform_connections.refresh_token:${connection_id}`,
    leased.refresh_token_sealed,
  );
  let grant: RefreshedGrant;
  try {
    grant = await context.platform.refresh(refresh_token);
    refuseForeign(context.platform, grant, leased.platform_user_id);
  } catch (error) {
    return await giveBack(context, lease_owner, leased, error, keepsLog);
  }
  // A blank refresh token in the answer means: the old one stays. It is sealed anew all the same,
  // so that every write leaves both columns under the current key.
  const written = await context.database.call("finish_token_refresh", {
    p_connection_id: connection_id,
    p_lease_owner: lease_owner,
    p_token_version: leased.token_version,
    p_access_token_sealed: await context.sealer.seal(
      `platform_connections.access_token:${connection_id}`,
      grant.access_token,
    ),
    p_refresh_token_sealed: await context.sealer.seal(
      `platform_connections.refresh_token:${connection_id}`,
      grant.refresh_token ?? refresh_token,
    ),
    p_sealing_key_id: context.sealer.key_id,
    p_expires_in_seconds: grant.expires_in_seconds,
    p_refresh_expires_in_seconds: grant.refresh_expires_in_seconds,
    ...changedScopes(context.platform, leased.scopes, grant.scopes),
  }) as { stored: true; token_version: number } | { stored: false };
  if (!written.stored) return { kind: "fenced" };
  return {
    kind: "refreshed",
    access_token: grant.access_token,
    token_version: written.token_version,
    scopes: grant.scopes ?? leased.scopes,
  };
}

/** Tokens of another account must never get into this one's row. Throws `Problem`. */
export function refuseForeign(
  { name: platform }: Platform,
  grant: RefreshedGrant,
  platform_user_id: string,
): void {
  if (grant.platform_user_id === null || grant.platform_user_id === platform_user_id) return;
  throw new Problem(
    "platform_rejected",
    "The platform answered with another account's tokens. They were not kept; nothing was changed.",
    { platform, platform_code: "another_account" },
  );
}

/** Scopes that the answer names and that differ from what is stored bring new capabilities. */
function changedScopes(platform: Platform, known: string[], answered: string[] | null) {
  const same = answered === null ||
    (answered.length === known.length && answered.every((scope) => known.includes(scope)));
  return same
    ? { p_scopes: null, p_capabilities: null }
    : { p_scopes: answered, p_capabilities: platform.capabilitiesOf(answered) };
}

async function giveBack(
  context: Context,
  lease_owner: string,
  leased: LeasedTokens,
  error: unknown,
  keepsLog: boolean,
): Promise<RefreshOutcome> {
  const cause = toProblem(error, context);
  const remains = context.platform.judge(error) === "grant_dead"
    ? await whatRemains(context, leased)
    : "unknown";
  const dead = remains === "nothing";
  const problem = problemWith(remains, cause, context.platform);
  concerning(problem, { connection_id: leased.connection_id });
  const p_log: LogEntry | null = keepsLog ? logEntry(context, problem) : null;
  const random = randomFraction(context.randomBytes);
  const { recorded } = await context.database.call("fail_token_refresh", {
    p_connection_id: leased.connection_id,
    p_lease_owner: lease_owner,
    p_token_version: leased.token_version,
    p_reconnect: dead,
    p_error: { code: problem.code, detail: problem.detail },
    p_retry_in_seconds: refreshBackoffSeconds(leased.refresh_failures, random),
    p_log,
  }) as { recorded: boolean };
  // Somebody else has refreshed it, reconnected it or ended it: his word counts, not this failure.
  if (!recorded) return { kind: "fenced" };
  return dead ? { kind: "reconnect_required", problem } : { kind: "later", problem };
}

/** Of a grant whose refresh token was refused. */
type Remains = "nothing" | "access_token" | "unknown";

function problemWith(remains: Remains, cause: Problem, { name: platform }: Platform): Problem {
  if (remains === "unknown") return cause;
  if (remains === "nothing") {
    return new Problem(
      "reconnect_required",
      "The platform no longer accepts this connection. Connect the account again.",
      cause.options,
    );
  }
  return new Problem(
    "platform_rejected",
    "An answer of the platform was lost: this connection still works, but can't be renewed. Connect the account again before it ends.",
    { ...cause.options, platform },
  );
}

/**
 * A refused refresh token can be our own doing: the platform rotated it and the answer was lost. While
 * the access token works, the grant lives, and the connection is not given up.
 */
async function whatRemains(context: Context, leased: LeasedTokens): Promise<Remains> {
  if (leased.access_expires_in_seconds <= 0) return "nothing";
  const access_token = await context.sealer.open(
    `platform_connections.access_token:${leased.connection_id}`,
    leased.access_token_sealed,
  );
  try {
    await takeQuery(context);
    return await context.platform.isTokenAlive(access_token) ? "access_token" : "nothing";
  } catch (error) {
    // Not an answer: a network error is not a dead token.
    context.log.warn("token_not_confirmed", { code: toProblem(error, context).code });
    return "unknown";
  }
}
