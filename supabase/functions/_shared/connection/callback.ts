/** The way back from the platform: the browser's redirect, and the exchange by the signed-in user. */

import type { CompleteRequest, Connection, ConnectionAnswer } from "../contract/connection.ts";
import type { Context, User } from "../http/context.ts";
import { concerning } from "../http/failure.ts";
import { Problem } from "../http/problem.ts";
import { revokeDueGrants } from "../token/revoke.ts";
import type { Account, Grant, Platform } from "./platform.ts";
import { hashState } from "./state.ts";

/** What the platform may send along and Nexus's page may see; anything else is dropped. */
const FORWARDED = ["code", "scopes", "state", "error", "error_description"] as const;

type ConsumedState = {
  redirect_uri: string;
  code_verifier_sealed: string | null;
  /** The user's accounts on this platform: connection id by platform user id. */
  accounts: Record<string, string>;
};

/** Sends the browser on to the page that the live state names. Changes nothing. */
export async function redirectBrowser(
  context: Context,
  platform: Platform,
  url: URL,
): Promise<Response> {
  const state = url.searchParams.get("state") ?? "";
  const live = await context.database.call("read_oauth_state", {
    p_state_hash: await hashState(state),
    p_platform: platform.name,
  }) as { redirect_to: string } | null;
  if (live === null) throw stateInvalid();
  const target = new URL(live.redirect_to);
  for (const name of FORWARDED) {
    const value = url.searchParams.get(name);
    if (value !== null) target.searchParams.set(name, value);
  }
  return new Response(null, {
    status: 303,
    headers: {
      Location: target.href,
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
    },
  });
}

/**
 * Completes a connection: consumes the state, which only its initiator can, exchanges the code,
 * looks at the account and stores the tokens sealed.
 */
export async function completeConnection(
  context: Context,
  platform: Platform,
  user: User,
  request: CompleteRequest,
): Promise<ConnectionAnswer> {
  const state_hash = await hashState(request.state);
  const state = await context.database.call("consume_oauth_state", {
    p_state_hash: state_hash,
    p_user_id: user.id,
    p_platform: platform.name,
    p_request_id: context.request_id,
  }) as ConsumedState | null;
  try {
    if (state === null) throw stateInvalid();
    if (request.code === undefined) throw refusalOf(request);
    const code_verifier = state.code_verifier_sealed === null ? null : await context.sealer.open(
      `oauth_states.code_verifier:${state_hash}`,
      state.code_verifier_sealed,
    );
    const grant = await platform.exchangeCode({
      code: request.code,
      redirect_uri: state.redirect_uri,
      code_verifier,
    });
    const account = await describeAccount(context, platform, grant);
    const id = state.accounts[grant.platform_user_id] ?? context.randomUuid();
    return { connection: await storeConnection(context, platform, user, id, grant, account) };
  } catch (error) {
    throw concerning(error, { user_id: user.id });
  }
}

/** What the platform's redirect said instead of a code (RFC 6749 section 4.1.2.1). */
function refusalOf(request: CompleteRequest): Problem {
  if (request.error === "access_denied") {
    return new Problem("access_denied", "The user did not agree to connect the account.", {
      tiktok_code: request.error,
    });
  }
  // The description is TikTok's text by way of a page's address: anybody could have written it.
  return new Problem(
    "tiktok_rejected",
    "The platform ended the connection with an error. Start again; if it stays, check the app's settings there.",
    { tiktok_code: /^[\w.-]{1,64}$/.test(request.error ?? "") ? request.error : "unknown" },
  );
}

/** Looks at the account; a grant that is not kept is ended, unless another connection needs it. */
async function describeAccount(
  context: Context,
  platform: Platform,
  grant: Grant,
): Promise<Account> {
  try {
    return await platform.describeAccount(grant);
  } catch (error) {
    await endGrant(context, platform, grant);
    throw error;
  }
}

/** As if it had been a connection and was disconnected: now, or by the schedule until it is done. */
async function endGrant(context: Context, platform: Platform, grant: Grant): Promise<void> {
  const connection_id = context.randomUuid();
  await context.database.call("queue_revocation", {
    p_connection_id: connection_id,
    p_platform: platform.name,
    p_platform_user_id: grant.platform_user_id,
    ...await sealTokens(context, connection_id, grant),
    p_expires_in_seconds: grant.expires_in_seconds,
  });
  await revokeDueGrants(context, platform, { limit: 1, connection_id });
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

/** A revocation that is on its way ends within its lease. */
const REVOCATION_PATIENCE_MS = 65_000;
const REVOCATION_POLL_MS = 500;

/**
 * More than one round: another request of this user stored the account meanwhile, or an earlier
 * grant of it is just being revoked, and it must be seen whether this one survives that.
 */
async function storeConnection(
  context: Context,
  platform: Platform,
  user: User,
  connection_id: string,
  grant: Grant,
  account: Account,
): Promise<Connection> {
  const patient_until_ms = context.now_ms() + REVOCATION_PATIENCE_MS;
  let id = connection_id;
  let mustProve = false;
  while (context.now_ms() < patient_until_ms) {
    if (mustProve && !await platform.isTokenAlive(grant.access_token)) break;
    const stored = await context.database.call("store_connection", {
      p_connection_id: id,
      p_user_id: user.id,
      p_platform: platform.name,
      p_platform_user_id: grant.platform_user_id,
      p_account: {
        username: account.username,
        display_name: account.display_name,
        avatar_url: account.avatar_url,
      },
      p_scopes: grant.scopes,
      p_capabilities: account.capabilities,
      ...await sealTokens(context, id, grant),
      p_sealing_key_id: context.sealer.key_id,
      p_expires_in_seconds: grant.expires_in_seconds,
      p_refresh_expires_in_seconds: grant.refresh_expires_in_seconds,
    }) as { connection: Connection } | { existing_id: string } | { revoking: true };
    if ("connection" in stored) return stored.connection;
    if ("existing_id" in stored) id = stored.existing_id;
    else {
      mustProve = true;
      await context.sleep(REVOCATION_POLL_MS);
    }
  }
  throw new Problem(
    "tiktok_unavailable",
    "An earlier disconnection of this account was still being carried out. Connect it again.",
    { retry_after_seconds: 5 },
  );
}

function stateInvalid(): Problem {
  return new Problem(
    "state_invalid",
    "The state is unknown, used, expired or another user's. Start the connection again.",
  );
}
