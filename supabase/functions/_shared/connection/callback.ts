/** The way back from the platform: the browser's redirect, and the exchange by the signed-in user. */

import type { CompleteRequest, ConnectionAnswer } from "../contract/connection.ts";
import type { Context, User } from "../http/context.ts";
import { concerning } from "../http/failure.ts";
import { Problem } from "../http/problem.ts";
import { queriesSpent, queryLimitsOf, returnQuery } from "../token/query.ts";
import { endGrant, keepGrant } from "./keep_grant.ts";
import type { Account, Grant, Platform } from "./platform.ts";
import { hashState } from "./state.ts";

/** What the platform may send along and Nexus's page may see; anything else is dropped. */
const FORWARDED = ["code", "scopes", "state", "error", "error_description"] as const;

type ConsumedState = {
  redirect_uri: string;
  code_verifier_sealed: string | null;
  /** The user's accounts on this platform: connection id by platform user id. */
  accounts: Record<string, string>;
  /** The database's time: whatever ends the grant must come after it. */
  consumed_at: string;
};

/** The platform may not be asked about the account now; the state stays live. */
type Limited = { limited: true; retry_after_seconds: number };

/** Sends the browser on to the page that the live state names. Changes nothing. */
export async function redirectBrowser(
  context: Context,
  url: URL,
): Promise<Response> {
  const state = url.searchParams.get("state") ?? "";
  const live = await context.database.call("read_oauth_state", {
    p_state_hash: await hashState(state),
    p_platform: context.platform.name,
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
  user: User,
  request: CompleteRequest,
): Promise<ConnectionAnswer> {
  const state_hash = await hashState(request.state);
  const state = await context.database.call("consume_oauth_state", {
    p_state_hash: state_hash,
    p_user_id: user.id,
    p_platform: context.platform.name,
    p_request_id: context.request_id,
    // Only an account that is going to be looked at costs a query.
    ...(request.code === undefined ? {} : queryLimitsOf(context)),
  }) as ConsumedState | Limited | null;
  try {
    if (state === null) throw stateInvalid();
    if ("limited" in state) throw queriesSpent(state.retry_after_seconds);
    if (request.code === undefined) throw refusalOf(context.platform, request);
    const code_verifier = state.code_verifier_sealed === null ? null : await context.sealer.open(
      `oauth_states.code_verifier:${state_hash}`,
      state.code_verifier_sealed,
    );
    const grant = await exchangeCode(context, state, request.code, code_verifier);
    const account = await describeAccount(context, grant);
    const id = state.accounts[grant.platform_user_id] ?? context.randomUuid();
    return { connection: await keepGrant(context, user, id, grant, account, state.consumed_at) };
  } catch (error) {
    throw concerning(error, { user_id: user.id });
  }
}

/** A code that brings no grant leaves nothing to ask about: its query goes back. */
async function exchangeCode(
  context: Context,
  { redirect_uri, consumed_at }: ConsumedState,
  code: string,
  code_verifier: string | null,
): Promise<Grant> {
  try {
    return await context.platform.exchangeCode({ code, redirect_uri, code_verifier });
  } catch (error) {
    await returnQuery(context, consumed_at);
    throw error;
  }
}

/** What the platform's redirect said instead of a code (RFC 6749 section 4.1.2.1). */
function refusalOf({ name: platform }: Platform, request: CompleteRequest): Problem {
  if (request.error === "access_denied") {
    return new Problem("access_denied", "The user did not agree to connect the account.", {
      platform,
      platform_code: request.error,
    });
  }
  // The description is the platform's text by way of a page's address: anybody could have written it.
  return new Problem(
    "platform_rejected",
    "The platform ended the connection with an error. Start again; if it stays, check the app's settings there.",
    {
      platform,
      platform_code: /^[\w.-]{1,64}$/.test(request.error ?? "") ? request.error : "unknown",
    },
  );
}

/** Looks at the account; a grant that is not kept is ended, unless another connection needs it. */
async function describeAccount(
  context: Context,
  grant: Grant,
): Promise<Account> {
  try {
    return await context.platform.describeAccount(grant);
  } catch (error) {
    await endGrant(context, grant);
    throw error;
  }
}

function stateInvalid(): Problem {
  return new Problem(
    "state_invalid",
    "The state is unknown, used, expired or another user's. Start the connection again.",
  );
}
