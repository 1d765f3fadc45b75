import type { Account } from "../records.ts";
import type { Exchange, World } from "../world.ts";
import { renderConsent } from "./consent_page.ts";
import { renderMistake } from "./mistake_page.ts";

/** What the app asked for, found to be in order. */
export interface AuthorizeRequest {
  scopes: string[];
  redirect_uri: string;
  state: string;
  code_challenge: string | null;
  /** As sent, to be sent again with the form. */
  params: [string, string][];
}

/** The parameter that TikTok's page would ask the developer to correct. */
class Mistake extends Error {}

/** GET /v2/auth/authorize/: https://developers.tiktok.com/doc/login-kit-web */
export function showConsent({ world, url }: Exchange): Response {
  return withMistakes(() => {
    const asked = readAuthorize(world, url.searchParams);
    return html(renderConsent(asked, world.store.all("accounts")), 200);
  });
}

/** POST of the consent page's own form: the same parameters, and what the user chose. */
export async function takeConsent({ world, request, call }: Exchange): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  return withMistakes(() => {
    const asked = readAuthorize(world, form);
    const back = new URLSearchParams();
    if (form.get("decision") === "continue") {
      const account = world.store.get("accounts", form.get("account") ?? "");
      if (account === undefined) throw new Mistake("account");
      call.account = account.open_id;
      const ticked = [...form.getAll("grant"), "user.info.basic"];
      const scopes = asked.scopes.filter((scope) => ticked.includes(scope));
      back.set("code", issueCode(world, asked, account, scopes));
      back.set("scopes", scopes.join(","));
    } else {
      back.set("error", "access_denied");
      back.set("error_description", "User denied the authorization request");
    }
    back.set("state", asked.state);
    // TikTok encodes the star too, which URLSearchParams leaves.
    const location = `${asked.redirect_uri}?${String(back).replaceAll("*", "%2A")}`;
    return new Response(null, { status: 303, headers: { location, ...PRIVATE } });
  });
}

function readAuthorize({ settings }: World, params: URLSearchParams): AuthorizeRequest {
  const { app } = settings;
  const one = (name: string) => {
    const values = params.getAll(name);
    if (values.length > 1) throw new Mistake(name);
    return values[0] ?? null;
  };
  const check = (name: string, right: boolean) => {
    if (!right) throw new Mistake(name);
  };
  const scopes = one("scope")?.split(",") ?? [];
  const redirect_uri = one("redirect_uri") ?? "";
  const state = one("state") ?? "";
  const code_challenge = one("code_challenge");
  check("client_key", one("client_key") === app.client_key);
  check("response_type", one("response_type") === "code");
  check("scope", scopes.length > 0 && scopes.every((s) => app.approved_scopes.includes(s)));
  check("redirect_uri", app.redirect_uris.includes(redirect_uri));
  check("state", state !== "");
  check("disable_auto_auth", ["0", "1", null].includes(one("disable_auto_auth")));
  if (code_challenge !== null || app.requires_pkce) {
    check("code_challenge", /^[0-9a-f]{64}$/.test(code_challenge ?? ""));
    check("code_challenge_method", one("code_challenge_method") === "S256");
  }
  const sent = [...params].filter(([name]) => ASKED.includes(name));
  return { scopes: [...new Set(scopes)], redirect_uri, state, code_challenge, params: sent };
}

const ASKED = [
  "client_key",
  "response_type",
  "scope",
  "redirect_uri",
  "state",
  "disable_auto_auth",
  "code_challenge",
  "code_challenge_method",
];

function issueCode(
  world: World,
  { redirect_uri, code_challenge }: AuthorizeRequest,
  { open_id }: Account,
  scopes: string[],
): string {
  const code = world.minter.code();
  const expires_at = world.settings.now() + world.settings.code_ttl_seconds * 1000;
  world.store.put("codes", code, {
    code,
    open_id,
    scopes,
    redirect_uri,
    code_challenge,
    expires_at,
    used: false,
  });
  return code;
}

/** A mistake of the app never redirects: the user is left on TikTok's page. */
function withMistakes(act: () => Response): Response {
  try {
    return act();
  } catch (error) {
    if (error instanceof Mistake) return html(renderMistake(error.message), 400);
    throw error;
  }
}

const PRIVATE = { "cache-control": "no-store", "referrer-policy": "no-referrer" };

function html(body: string, status: number): Response {
  return new Response(body, {
    status,
    headers: {
      ...PRIVATE,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
    },
  });
}
