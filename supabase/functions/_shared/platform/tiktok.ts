/** TikTok as a platform whose accounts can be connected. */

import type {
  Account,
  AccountFigures,
  Grant,
  Platform,
  TokenVerdict,
} from "../connection/platform.ts";
import type { Capability } from "../contract/connection.ts";
import { Problem } from "../http/problem.ts";
import {
  authorizeUrl,
  CALL_LIMITS,
  createCodeVerifier,
  hexCodeChallenge,
  missingScopes,
  normalizeScopes,
  QUERIES_A_MINUTE,
  type Scope,
  SCOPES,
  type TikTokClient,
  TikTokError,
  type TikTokUser,
} from "../tiktok/index.ts";
import { problemOf, tiktokProblem } from "./tiktok_problem.ts";
import type { TikTokConfig } from "./tiktok_settings.ts";

/** What each feature needs (https://developers.tiktok.com/doc/tiktok-api-scopes). */
const SCOPES_OF_FEATURE: Record<string, Scope[]> = {
  direct_post: ["video.publish"],
  draft: ["video.upload"],
  profile_stats: ["user.info.stats"],
  video_stats: ["video.list"],
};

export function createTikTokPlatform(config: TikTokConfig, client: TikTokClient): Platform {
  return {
    name: "tiktok",
    query_limits: { a_day: config.TIKTOK_DAILY_QUERY_LIMIT, a_minute: QUERIES_A_MINUTE },
    redirect_uri: config.TIKTOK_REDIRECT_URI,
    planScopes(requested) {
      const { scopes, unknown } = normalizeScopes(requested ?? SCOPES);
      return unknown.length === 0 ? { scopes } : { unknown };
    },
    async createCodeChallenge(randomBytes) {
      if (config.TIKTOK_PKCE === "none") return null;
      const verifier = createCodeVerifier(randomBytes);
      return { verifier, challenge: await hexCodeChallenge(verifier) };
    },
    authorizationUrl: ({ redirect_uri, scopes, state, code_challenge }) =>
      authorizeUrl({
        authorize_url: config.TIKTOK_AUTHORIZE_URL,
        client_key: config.TIKTOK_CLIENT_KEY,
        redirect_uri,
        scopes: normalizeScopes(scopes).scopes,
        state,
        ...(code_challenge === null ? {} : { code_challenge }),
      }),
    async exchangeCode({ code, redirect_uri, code_verifier }) {
      const { open_id, ...tokens } = await client.exchangeCode({
        code,
        redirect_uri,
        ...(code_verifier === null ? {} : { code_verifier }),
      });
      return { ...tokens, platform_user_id: open_id };
    },
    describeAccount: (grant) => describeAccount(client, grant),
    capabilitiesOf,
    async refresh(refresh_token) {
      const { open_id, ...tokens } = await client.refreshTokens(refresh_token);
      return { ...tokens, platform_user_id: open_id };
    },
    async isTokenAlive(access_token) {
      try {
        await client.readUser(access_token, ["user.info.basic"]);
        return true;
      } catch (error) {
        if (judge(error) === "token_refused") return false;
        throw error;
      }
    },
    revoke: (access_token) => client.revokeToken(access_token),
    judge,
    toProblem: (error) => error instanceof TikTokError ? problemOf(error) : null,
  };
}

function judge(error: unknown): TokenVerdict {
  if (!(error instanceof TikTokError)) return "other";
  if (error.kind === "token_invalid") return "token_refused";
  return error.kind === "grant_invalid" ? "grant_dead" : "other";
}

async function describeAccount(client: TikTokClient, grant: Grant): Promise<Account> {
  if (!grant.scopes.includes("user.info.basic")) {
    throw new Problem(
      "scope_missing",
      "The account can be connected only if the basic profile (user.info.basic) is allowed.",
    );
  }
  const capabilities = capabilitiesOf(grant.scopes);
  const may_publish = grant.scopes.includes("video.publish");
  const [user, obstacle] = await Promise.all([
    client.readUser(grant.access_token, grant.scopes),
    may_publish ? findObstacle(client, grant.access_token) : null,
  ]);
  if (user.open_id !== grant.platform_user_id) {
    throw tiktokProblem(
      "platform_rejected",
      "TikTok's answers name two different accounts. Start again.",
    );
  }
  if (obstacle !== null) {
    capabilities.direct_post = { available: false, reason: obstacle, missing_scopes: [] };
  }
  const { username, display_name, avatar_url } = user;
  const asked = may_publish ? CALL_LIMITS.creator : null;
  return { username, display_name, avatar_url, capabilities, figures: figuresOf(user), asked };
}

/** Null where TikTok gave none, whatever was granted. */
export function figuresOf(user: TikTokUser): AccountFigures | null {
  const { follower_count, following_count, likes_count, video_count } = user;
  const figures = { follower_count, following_count, likes_count, video_count };
  return Object.values(figures).some((figure) => figure !== null) ? figures : null;
}

/**
 * Why this account cannot post right now, or null. A ban refuses the connection; what passes by
 * itself (a limit, an outage) is told in the capabilities.
 */
async function findObstacle(client: TikTokClient, access_token: string): Promise<string | null> {
  try {
    await client.readCreator(access_token);
    return null;
  } catch (error) {
    if (!(error instanceof TikTokError)) throw error;
    if (error.kind === "account_banned") {
      throw tiktokProblem("account_not_eligible", error.hint, {
        platform_code: error.code,
        log_id: error.log_id,
      });
    }
    return error.hint;
  }
}

function capabilitiesOf(scopes: readonly string[]): Record<string, Capability> {
  return Object.fromEntries(
    Object.entries(SCOPES_OF_FEATURE).map(([feature, needed]) => {
      const missing_scopes = missingScopes(scopes, needed);
      const available = missing_scopes.length === 0;
      const reason = available
        ? null
        : `Connect again and allow ${missing_scopes.join(", ")} to use this.`;
      return [feature, { available, reason, missing_scopes }];
    }),
  );
}
