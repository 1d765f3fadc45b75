/**
 * What a social platform must be able to do for its accounts to be connected. Connections, tokens
 * and sealing know platforms by this alone; a second platform is a second implementation.
 */

import type { Capability } from "../contract/connection.ts";
import type { Problem } from "../http/problem.ts";

/** What a completed authorization brought. Lifetimes in seconds from the answer. */
export type Grant = {
  platform_user_id: string;
  /** What the user granted, which may be less than was asked. */
  scopes: string[];
  access_token: string;
  expires_in_seconds: number;
  refresh_token: string;
  /** Null where it lives until it is revoked. */
  refresh_expires_in_seconds: number | null;
};

/** What a refresh brought; null: as before. */
export type RefreshedGrant = {
  /** Whose tokens these are, where the answer says so. */
  platform_user_id: string | null;
  scopes: string[] | null;
  access_token: string;
  expires_in_seconds: number;
  refresh_token: string | null;
  refresh_expires_in_seconds: number | null;
};

/** The account as the dashboard shows it, and which features work for it. */
export type Account = {
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
  capabilities: Record<string, Capability>;
  /** Where the platform told them along with the rest. */
  figures?: AccountFigures | null;
  /** The call, among those made to learn this, that the platform limits by account. */
  asked?: { name: string; a_minute: number } | null;
};

/** Totals of the moment; null where the platform does not say. */
export type AccountFigures = {
  follower_count: number | null;
  following_count: number | null;
  likes_count: number | null;
  video_count: number | null;
};

/**
 * What a failed call means for the tokens.
 * - `token_refused`: the access token does not work; a refresh may help.
 * - `grant_dead`: the refresh token does not work; only the user can help.
 * - `other`: says nothing about the tokens (network, limits, configuration, input).
 */
export type TokenVerdict = "token_refused" | "grant_dead" | "other";

/** How often the whole app may ask a platform about its accounts. */
export type QueryLimits = { a_day: number; a_minute: number };

export interface Platform {
  /** As in `platform_connections.platform`. */
  readonly name: string;
  /** Left out where nobody counts. */
  readonly query_limits?: QueryLimits;
  /** Where the platform sends the browser back to, as registered there. */
  readonly redirect_uri: string;
  /** The scopes to ask for: defaults, aliases and what is always needed. Unknown ones are named. */
  planScopes(
    requested: readonly string[] | undefined,
  ): { scopes: string[] } | { unknown: string[] };
  /** Null where the platform takes no PKCE. */
  createCodeChallenge(
    randomBytes: (length: number) => Uint8Array<ArrayBuffer>,
  ): Promise<{ verifier: string; challenge: string } | null>;
  authorizationUrl(
    request: {
      redirect_uri: string;
      scopes: string[];
      state: string;
      code_challenge: string | null;
    },
  ): string;
  exchangeCode(
    request: { code: string; redirect_uri: string; code_verifier: string | null },
  ): Promise<Grant>;
  /** Costs a query, which the caller has taken. Throws a `Problem` for an account that may not be connected. */
  describeAccount(grant: Grant): Promise<Account>;
  /** The capabilities that scopes alone allow, for a grant that shrank later. */
  capabilitiesOf(scopes: readonly string[]): Record<string, Capability>;
  refresh(refresh_token: string): Promise<RefreshedGrant>;
  /** Asks the platform whether an access token works: a query too. Throws where it can't be asked. */
  isTokenAlive(access_token: string): Promise<boolean>;
  revoke(access_token: string): Promise<void>;
  judge(error: unknown): TokenVerdict;
  /** The platform's own failures in the words and codes of our callers; null for any other error. */
  toProblem(error: unknown): Problem | null;
}
