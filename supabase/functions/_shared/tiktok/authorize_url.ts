import type { Scope } from "./scopes.ts";

/**
 * The page of TikTok where the user consents (https://developers.tiktok.com/doc/login-kit-web).
 *
 * `disable_auto_auth=1` always shows that page: without it, "connect another account" would silently
 * connect the account that the browser is signed in to. Scopes are separated by commas. A query that
 * `authorize_url` has already stays.
 */
export function authorizeUrl(ask: {
  authorize_url: string;
  client_key: string;
  /** One of the registered addresses, to the letter. */
  redirect_uri: string;
  scopes: readonly Scope[];
  state: string;
  /** From `hexCodeChallenge`; the exchange must then send the verifier. */
  code_challenge?: string;
}): string {
  const url = new URL(ask.authorize_url);
  const query = url.searchParams;
  query.set("client_key", ask.client_key);
  query.set("response_type", "code");
  query.set("scope", ask.scopes.join(","));
  query.set("redirect_uri", ask.redirect_uri);
  query.set("state", ask.state);
  query.set("disable_auto_auth", "1");
  if (ask.code_challenge !== undefined) {
    query.set("code_challenge", ask.code_challenge);
    query.set("code_challenge_method", "S256");
  }
  return url.href;
}
