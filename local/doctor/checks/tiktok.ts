/** TikTok itself, asked only with `--online`. */

import { type Ask, isSilent } from "../ask.ts";
import { type Check, checksOf } from "../check.ts";
import type { Target } from "../target.ts";

const { ok, warn, fail, skip } = checksOf("tiktok");

const API_URL = "https://open.tiktokapis.com";
const AUTHORIZE_URL = "https://www.tiktok.com/v2/auth/authorize/";
const TOKEN_PATH = "/v2/oauth/token/";

/** No token that TikTok ever gave: what matters is whether it first complains about the app. */
const NO_TOKEN = "rft.nexus-doctor";

export async function checkTikTok(target: Target, ask: Ask, online: boolean): Promise<Check[]> {
  if (!online) return [skip("TikTok", "not asked", "Give --online to ask it.")];
  const { setting, tiktok_origin } = target;
  const api_url = setting("TIKTOK_API_URL") ?? tiktok_origin ?? API_URL;
  const authorize_url = setting("TIKTOK_AUTHORIZE_URL") ??
    (tiktok_origin === undefined ? AUTHORIZE_URL : `${tiktok_origin}/v2/auth/authorize/`);
  return [await checkConsentPage(authorize_url, ask), await checkApp(api_url, target, ask)];
}

async function checkConsentPage(url: string, ask: Ask): Promise<Check> {
  const answer = await ask(url);
  if (isSilent(answer)) {
    return fail(
      "consent page",
      `${url}: ${answer.silent}`,
      "Check this machine's way to the internet.",
    );
  }
  return answer.status < 500
    ? ok("consent page", `${new URL(url).host} answers`)
    : warn("consent page", `answers ${answer.status}`, "TikTok may be down: look again later.");
}

/** A refresh with a token that is none: `invalid_grant` means that the app itself is known. */
async function checkApp(api_url: string, { setting }: Target, ask: Ask): Promise<Check> {
  const name = "app";
  const client_key = setting("TIKTOK_CLIENT_KEY");
  const client_secret = setting("TIKTOK_CLIENT_SECRET");
  if (client_key === undefined || client_secret === undefined) {
    return skip(name, "its key and secret are not known here", "Give --env-file.");
  }
  const answer = await ask(new URL(TOKEN_PATH, api_url).href, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      client_key,
      client_secret,
      grant_type: "refresh_token",
      refresh_token: NO_TOKEN,
    }),
  });
  if (isSilent(answer)) {
    return fail(name, `${api_url}: ${answer.silent}`, "Check this machine's way to the internet.");
  }
  const { body } = answer;
  const error = typeof body === "object" && body !== null && "error" in body
    ? body.error
    : undefined;
  if (error === "invalid_grant") return ok(name, "TikTok knows its key and secret");
  if (error === "invalid_client") {
    return fail(
      name,
      "TikTok does not know the app's key, or its secret is another",
      "Copy both again from developers.tiktok.com. A sandbox has a key and a secret of its own.",
    );
  }
  // Its own words of the error are an enumeration of OAuth's, no secret among them.
  const said = typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? error : "another form";
  return warn(name, `TikTok answers ${answer.status}, ${said}`, "Look again later.");
}
