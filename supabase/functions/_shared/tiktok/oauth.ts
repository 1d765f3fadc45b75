import { z } from "zod";
import { ask, promised, refusal } from "./call.ts";
import type { Answer, Call, Wire } from "./call.ts";
import { IdText } from "./fields.ts";
import { parseScopes } from "./scopes.ts";
import type { RefreshedTokens, Tokens } from "./types.ts";

/** Lifetimes of ten years and more are no lifetimes, and would overflow a date. */
const MAX_LIFETIME_SECONDS = 10 * 365 * 86_400;

const Text = z.string().min(1);
const Lifetime = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().int().positive().max(MAX_LIFETIME_SECONDS));
const Scopes = z.string().transform(parseScopes);

const ExchangeAnswer = z.looseObject({
  open_id: IdText,
  scope: Scopes,
  access_token: Text,
  expires_in: Lifetime,
  refresh_token: Text,
  refresh_expires_in: Lifetime,
});

/**
 * For a refreshed token whose life was not told: short, so that the next answer soon tells. To refuse
 * it would throw away a refresh token that has replaced the old one.
 */
const UNTOLD_LIFE_SECONDS = 60;

/** Strict only where nothing could go on without it; see `RefreshedTokens`. */
const RefreshAnswer = z.looseObject({
  open_id: orNull(IdText),
  scope: orNull(Text.transform(parseScopes)),
  access_token: Text,
  expires_in: Lifetime.catch(UNTOLD_LIFE_SECONDS),
  refresh_token: orNull(Text),
  refresh_expires_in: orNull(Lifetime),
});

export async function exchangeCode(
  wire: Wire,
  grant: { code: string; redirect_uri: string; code_verifier?: string },
): Promise<Tokens> {
  const { code, redirect_uri, code_verifier } = grant;
  const call = formCall(wire, "exchangeCode", "/v2/oauth/token/", {
    code,
    grant_type: "authorization_code",
    redirect_uri,
    ...(code_verifier === undefined ? {} : { code_verifier }),
  }, [code, code_verifier ?? ""]);
  const answer = await askForToken(wire, call);
  const tokens = promised(call, answer, ExchangeAnswer, answer.json);
  return {
    open_id: tokens.open_id,
    scopes: tokens.scope,
    access_token: tokens.access_token,
    expires_in_seconds: tokens.expires_in,
    refresh_token: tokens.refresh_token,
    refresh_expires_in_seconds: tokens.refresh_expires_in,
  };
}

export async function refreshTokens(wire: Wire, refresh_token: string): Promise<RefreshedTokens> {
  const call = formCall(wire, "refreshTokens", "/v2/oauth/token/", {
    grant_type: "refresh_token",
    refresh_token,
  }, [refresh_token]);
  const answer = await askForToken(wire, call);
  const tokens = promised(call, answer, RefreshAnswer, answer.json);
  return {
    open_id: tokens.open_id,
    scopes: tokens.scope,
    access_token: tokens.access_token,
    expires_in_seconds: tokens.expires_in,
    refresh_token: tokens.refresh_token,
    refresh_expires_in_seconds: tokens.refresh_expires_in,
  };
}

/** Takes the access token. Success has an empty body or `{}`. */
export async function revokeToken(wire: Wire, access_token: string): Promise<void> {
  const call = formCall(
    wire,
    "revokeToken",
    "/v2/oauth/revoke/",
    { token: access_token },
    [access_token],
  );
  const answer = await ask(wire, call);
  const accepted = answer.status >= 200 && answer.status < 300;
  const silent = answer.text.trim() === "" || saysNoError(answer.json);
  if (!accepted || !silent) throw refusal(call, answer);
}

/**
 * The token endpoint succeeds if and only if there is an access token: HTTP 200 with an error has
 * been seen, and tokens that came at any status must not be lost, as the old ones may be dead.
 */
async function askForToken(wire: Wire, call: Call): Promise<Answer> {
  const answer = await ask(wire, call);
  const has_token = z.looseObject({ access_token: Text }).safeParse(answer.json).success;
  if (!has_token) throw refusal(call, answer);
  return answer;
}

/** The credentials go into the form, not into a header (https://developers.tiktok.com/doc/oauth-get-a-user-access-token). */
function formCall(
  wire: Wire,
  operation: string,
  path: string,
  fields: Record<string, string>,
  secrets: string[],
): Call {
  const { client_key, client_secret } = wire;
  return {
    operation,
    path,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ client_key, client_secret, ...fields }).toString(),
    secrets: [client_secret, ...secrets],
  };
}

function saysNoError(json: unknown): boolean {
  const body = z.looseObject({ error: z.unknown().optional() }).safeParse(json);
  if (!body.success) return false;
  const { error } = body.data;
  if (error === undefined || error === null || error === "" || error === "ok") return true;
  return z.looseObject({ code: z.literal("ok") }).safeParse(error).success;
}

/** Absent, blank or malformed all mean "as before": see `RefreshedTokens`. */
function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().catch(null);
}
