/**
 * What a social platform must be able to do for its accounts to be connected. Connections, tokens
 * and sealing know platforms by this alone; a second platform is a second implementation.
 */

import type { Capability } from "../contract/connection.ts";

/** What a completed authorization brought. Lifetimes in seconds from the answer. */
export type Grant = {
  platform_user_id: string;
  /** What the user granted, which may be less than was asked. */
  scopes: string[];
  access_token: string;
  expires_in_seconds: number;
  refresh_token: string;
  refresh_expires_in_seconds: number;
};

/** What a refresh brought; null: as before. */
export type RefreshedGrant = {
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
};

/**
 * What a failed call means for the tokens.
 * - `token_refused`: the access token does not work; a refresh may help.
 * - `grant_dead`: the refresh token does not work; only the user can help.
 * - `other`: says nothing about the tokens (network, limits, configuration, input).
 */
export type TokenVerdict = "token_refused" | "grant_dead" | "other";

export interface Platform {
  /** As in `platform_connections.platform`. */
  readonly name: string;
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
  /** Throws a `Problem` for an account that may not be connected. */
  describeAccount(grant: Grant): Promise<Account>;
  /** The capabilities that scopes alone allow, for a grant that shrank later. */
  capabilitiesOf(scopes: readonly string[]): Record<string, Capability>;
  refresh(refresh_token: string): Promise<RefreshedGrant>;
  /** Asks the platform whether an access token works. Throws where it can't be asked. */
  isTokenAlive(access_token: string): Promise<boolean>;
  revoke(access_token: string): Promise<void>;
  judge(error: unknown): TokenVerdict;
}
