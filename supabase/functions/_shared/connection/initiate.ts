/** Starts a connection: an authorization URL with a state that only its initiator can use, once. */

import type { InitiateAnswer, InitiateRequest } from "../contract/connection.ts";
import { DatabaseError, FOREIGN_KEY_VIOLATION } from "../database/database.ts";
import type { Context, User } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import type { Platform } from "./platform.ts";
import { findRedirectTarget } from "./redirect_target.ts";
import { createState, hashState } from "./state.ts";

/** Long enough for a login with a second factor, short enough for a stolen link (contract). */
const STATE_TTL_SECONDS = 600;
const MAX_LIVE_STATES = 10;

type StateAnswer = { expires_at: string } | { rate_limited: true; retry_after_seconds: number };

export async function initiateConnection(
  context: Context,
  user: User,
  request: InitiateRequest,
): Promise<InitiateAnswer> {
  const redirect_to = findRedirectTarget(request.redirect_to, context.config.NEXUS_REDIRECT_URLS);
  const scopes = planScopes(context.platform, request.scopes);
  const redirect_uri = context.platform.redirect_uri;
  const state = createState(context.randomBytes);
  const state_hash = await hashState(state);
  const pkce = await context.platform.createCodeChallenge(context.randomBytes);

  const stored = await storeState(context, {
    p_state_hash: state_hash,
    p_user_id: user.id,
    p_platform: context.platform.name,
    p_redirect_uri: redirect_uri,
    p_redirect_to: redirect_to,
    p_scopes: scopes,
    p_code_verifier_sealed: pkce === null
      ? null
      : await context.sealer.seal(`oauth_states.code_verifier:${state_hash}`, pkce.verifier),
    p_ttl_seconds: STATE_TTL_SECONDS,
    p_max_live: MAX_LIVE_STATES,
    p_live: !request.dry_run,
  });
  if ("rate_limited" in stored) {
    throw new Problem(
      "rate_limited",
      `${MAX_LIVE_STATES} connections are already being made. Finish one, or wait until one expires.`,
      { retry_after_seconds: stored.retry_after_seconds },
    );
  }
  return {
    authorization_url: context.platform.authorizationUrl({
      redirect_uri,
      scopes,
      state,
      code_challenge: pkce?.challenge ?? null,
    }),
    state,
    expires_at: stored.expires_at,
    scopes,
    ...(request.dry_run ? { dry_run: true as const } : {}),
  };
}

function planScopes(platform: Platform, requested: string[] | undefined): string[] {
  const plan = platform.planScopes(requested);
  if ("scopes" in plan) return plan.scopes;
  const errors = plan.unknown.map((scope) => ({
    path: "scopes",
    message: `${scope} is not a scope`,
  }));
  throw new Problem("invalid_request", `Unknown scopes: ${plan.unknown.join(", ")}.`, { errors });
}

async function storeState(
  context: Context,
  args: Parameters<typeof context.database.call<"create_oauth_state">>[1],
): Promise<StateAnswer> {
  try {
    return await context.database.call("create_oauth_state", args) as StateAnswer;
  } catch (error) {
    if (error instanceof DatabaseError && error.sqlstate === FOREIGN_KEY_VIOLATION) {
      throw new Problem("unauthorized", "This user no longer exists. Sign in again.");
    }
    throw error;
  }
}
