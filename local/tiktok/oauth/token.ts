import { json } from "../door.ts";
import { OAuthFailure } from "../failures.ts";
import type { Code, Token } from "../records.ts";
import type { Exchange, World } from "../world.ts";
import { need, readForm } from "./form.ts";
import { hexSha256 } from "./pkce.ts";

/** POST /v2/oauth/token/: https://developers.tiktok.com/doc/oauth-get-a-user-access-token */
export async function exchangeToken({ world, request, call }: Exchange): Promise<Response> {
  const form = await readForm(request, world.settings);
  const grant_type = need(form, "grant_type");
  if (grant_type === "client_credentials") return json(issueClientToken(world), 200);
  // From here on nothing is awaited but a hash: of two requests with one code, one gets it.
  if (grant_type === "authorization_code") {
    const verifier_hash = await hexSha256(form.get("code_verifier") ?? "");
    const code = takeCode(world, form, verifier_hash);
    call.account = code.open_id;
    return json(issueTokens(world, code), 200);
  }
  if (grant_type === "refresh_token") {
    const token = takeRefreshToken(world, need(form, "refresh_token"));
    call.account = token.open_id;
    return json(issueTokens(world, token), 200);
  }
  throw new OAuthFailure("unsupported_grant_type", "unknown grant_type");
}

function takeCode(world: World, form: Map<string, string>, verifier_hash: string): Code {
  const code = world.store.get("codes", need(form, "code"));
  const redirect_uri = need(form, "redirect_uri");
  if (code === undefined || code.used || code.expires_at <= world.settings.now()) {
    throw new OAuthFailure("invalid_grant", "Authorization code is invalid or expired.");
  }
  if (code.redirect_uri !== redirect_uri) {
    throw new OAuthFailure("invalid_request", "Redirect_uri is not matched with the authorized.");
  }
  checkVerifier(code, form.get("code_verifier"), verifier_hash);
  world.store.patch("codes", code.code, { used: true });
  return code;
}

function checkVerifier(code: Code, verifier: string | undefined, verifier_hash: string): void {
  if (code.code_challenge === null) {
    if (verifier === undefined) return;
    throw new OAuthFailure("invalid_request", "code_verifier without a code_challenge");
  }
  if (verifier === undefined || !/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) {
    throw new OAuthFailure("invalid_request", "code_verifier is missing or malformed");
  }
  if (verifier_hash !== code.code_challenge) {
    throw new OAuthFailure("invalid_grant", "Code verifier or code challenge is invalid.");
  }
}

/** Rotation: the refresh token is dead once a new one is on its way. */
function takeRefreshToken(world: World, refresh_token: string): Token {
  const token = world.store.get("tokens", refresh_token);
  if (token?.kind !== "refresh" || token.dead || token.expires_at <= world.settings.now()) {
    throw new OAuthFailure("invalid_grant", "Refresh token is invalid or expired.");
  }
  world.store.patch("tokens", refresh_token, { dead: true });
  return token;
}

function issueTokens(world: World, grant: Pick<Token, "open_id" | "scopes">): unknown {
  const { access_ttl_seconds, refresh_ttl_seconds } = world.settings;
  const access = keepToken(world, "access", world.minter.accessToken(), grant, access_ttl_seconds);
  const refresh = keepToken(
    world,
    "refresh",
    world.minter.refreshToken(),
    grant,
    refresh_ttl_seconds,
  );
  return {
    open_id: grant.open_id,
    scope: grant.scopes.join(","),
    access_token: access.token,
    expires_in: access_ttl_seconds,
    refresh_token: refresh.token,
    refresh_expires_in: refresh_ttl_seconds,
    token_type: "Bearer",
  };
}

/** Good for TikTok's research products alone: no endpoint here takes it. */
function issueClientToken(world: World): unknown {
  const grant = { open_id: "", scopes: [] };
  const { token } = keepToken(world, "client", world.minter.clientToken(), grant, 7200);
  return { access_token: token, expires_in: 7200, token_type: "Bearer" };
}

function keepToken(
  world: World,
  kind: Token["kind"],
  token: string,
  { open_id, scopes }: Pick<Token, "open_id" | "scopes">,
  ttl_seconds: number,
): Token {
  const expires_at = world.settings.now() + ttl_seconds * 1000;
  return world.store.put("tokens", token, {
    token,
    kind,
    open_id,
    scopes,
    expires_at,
    dead: false,
  });
}
