/** The project's keys, and the keys that sign its users' tokens. */

import { z } from "zod";
import { type Ask, codeOf, isSilent } from "../ask.ts";
import { type Check, checksOf } from "../check.ts";
import type { Target } from "../target.ts";

const { ok, warn, fail } = checksOf("keys");

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

export async function checkKeys(target: Target, ask: Ask): Promise<Check[]> {
  return [
    ...checkForms(target),
    await checkSigningKeys(target, ask),
    await checkPublishableKey(target, ask),
  ];
}

function checkForms({ publishable_key, secret_key, cron_key }: Target): Check[] {
  const forms = [
    ["publishable key", publishable_key, "sb_publishable_"],
    ["secret key", secret_key, "sb_secret_"],
    ["key named cron", cron_key, "sb_secret_"],
  ] as const;
  const checks = forms.flatMap(([name, key, prefix]) =>
    key.startsWith(prefix) ? [] : [fail(
      name,
      key.startsWith("eyJ") ? "is a legacy key, a JWT" : `does not begin with ${prefix}`,
      "Use the new API keys (Project Settings, API Keys): the functions take no legacy key.",
    )]
  );
  if (secret_key === cron_key) {
    checks.push(warn(
      "key named cron",
      "is the same as the secret key given",
      "Make a secret key of its own for the schedule, so that it can be replaced alone.",
    ));
  }
  return checks;
}

const keySetAddress = ({ url }: Target) => `${url}/auth/v1/.well-known/jwks.json`;

/** Nobody at the project's address: told once, since nothing else can be looked at. */
export async function findSilence(target: Target, ask: Ask): Promise<Check | null> {
  const answer = await ask(keySetAddress(target));
  return isSilent(answer)
    ? fail(
      "project",
      `nobody answers at ${target.url}: ${answer.silent}`,
      "Check SUPABASE_URL and this machine's network, and that the project is not paused.",
    )
    : null;
}

/** User tokens are checked against public keys: a shared secret would let its holder make tokens. */
async function checkSigningKeys(target: Target, ask: Ask): Promise<Check> {
  const name = "JWT signing keys";
  const answer = await ask(keySetAddress(target));
  const unreadable = (what: string) =>
    fail(name, `the key set: ${what}`, "Check SUPABASE_URL, and that the project is not paused.");
  if (isSilent(answer)) return unreadable(answer.silent);
  const parsed = keySet.safeParse(answer.body);
  if (!parsed.success) return unreadable(`answers ${answer.status} with no key set`);
  const { keys } = parsed.data;
  const advice =
    "Migrate to JWT signing keys (Project Settings, JWT Keys) and rotate to ES256 or RS256.";
  if (keys.length === 0) {
    return fail(name, "none: tokens are signed with the shared secret", advice);
  }
  if (keys.some(({ kty }) => kty === "oct")) return fail(name, "one of them is symmetric", advice);
  return ok(
    name,
    `${keys.length}, asymmetric (${[...new Set(keys.map(({ kty }) => kty))].join(", ")})`,
  );
}

/** PostgREST's own, or a SQLSTATE: https://postgrest.org/en/stable/references/errors.html */
const DATA_API_CODE = /^(PGRST\d+|[0-9A-Z]{5})$/;

/** From outside, as anybody on the web could. */
async function checkPublishableKey({ url, publishable_key }: Target, ask: Ask): Promise<Check> {
  const name = "publishable key, tables";
  const answer = await ask(`${url}/rest/v1/platform_connections?select=*&limit=1`, {
    headers: { apikey: publishable_key },
  });
  if (isSilent(answer)) {
    return fail(name, answer.silent, "Check SUPABASE_URL, and that the project is not paused.");
  }
  if (answer.status < 300) {
    return fail(
      name,
      "may read platform_connections",
      "Run the migrations again, or revoke select on it from anon: docs/security.md says who may what.",
    );
  }
  if (answer.status === 401 && codeOf(answer) === undefined) {
    return fail(name, "is not a key of this project", "Copy it from Project Settings, API Keys.");
  }
  const code = codeOf(answer) ?? "";
  const is_data_api = DATA_API_CODE.test(code);
  // A refusal in the Data API's own form: whoever else answers knows neither key nor table.
  if (is_data_api && answer.status < 500) return ok(name, "reads no connection");
  return fail(
    name,
    is_data_api
      ? `the Data API answers ${answer.status} ${code}`
      : `what answers is not Supabase's Data API (${answer.status})`,
    "Check SUPABASE_URL, and that the project is not paused.",
  );
}
