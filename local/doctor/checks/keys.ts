/** The project's keys, and the keys that sign its users' tokens. */

import { z } from "zod";
import { type Answer, type Ask, dataApiCodeOf, isSilent } from "../ask.ts";
import { type Check, checksOf } from "../check.ts";
import type { Target } from "../target.ts";

const { ok, warn, fail } = checksOf("keys");

const keySet = z.object({
  keys: z.array(z.looseObject({ kty: z.enum(["EC", "RSA", "OKP", "oct"]) })),
});

/** A host that is no Supabase project is given no key: nothing behind one is looked at. */
export function isProject(answer: Answer): boolean {
  return answer.status === 200 && keySet.safeParse(answer.body).success;
}

/** `key_set`: the answer at `keySetAddress`. */
export async function checkKeys(target: Target, ask: Ask, key_set: Answer): Promise<Check[]> {
  return [
    ...checkForms(target),
    checkSigningKeys(key_set),
    ...isProject(key_set) && !isMistaken(target) ? [await checkPublishableKey(target, ask)] : [],
  ];
}

/** A secret key where the publishable one belongs: it goes nowhere as such, into no address. */
export function isMistaken({ publishable_key }: Target): boolean {
  return publishable_key.startsWith("sb_secret_");
}

function checkForms(target: Target): Check[] {
  const { publishable_key, secret_key, cron_key } = target;
  const mistaken = isMistaken(target)
    ? [fail(
      "publishable key",
      "is a secret key: whoever has it reads and writes everything",
      "If it stands where the publishable key belongs elsewhere too (an app, a page, a variable " +
        "of a workflow), delete it now (Project Settings, API Keys) and make another. Then give " +
        "the one that begins with sb_publishable_.",
    )]
    : [];
  const forms = [
    ["publishable key", publishable_key, "sb_publishable_"],
    ["secret key", secret_key, "sb_secret_"],
    ["key named cron", cron_key, "sb_secret_"],
  ] as const;
  const checks = forms.flatMap(([name, key, prefix]) =>
    key.startsWith(prefix) || name === "publishable key" && mistaken.length > 0 ? [] : [fail(
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
  return [...mistaken, ...checks];
}

/** Where any project says, to anybody, by which keys it signs. */
export const keySetAddress = ({ url }: Target) => `${url}/auth/v1/.well-known/jwks.json`;

/** Nobody at the project's address: told once, since nothing else can be looked at. */
export function describeSilence({ url }: Target, silent: string): Check {
  return fail(
    "project",
    `nobody answers at ${url}: ${silent}`,
    "Check SUPABASE_URL and this machine's network, and that the project is not paused.",
  );
}

/** User tokens are checked against public keys: a shared secret would let its holder make tokens. */
function checkSigningKeys(answer: Answer): Check {
  const name = "JWT signing keys";
  const parsed = keySet.safeParse(answer.body);
  if (!isProject(answer) || !parsed.success) {
    return fail(
      name,
      `the key set: answers ${answer.status} with no key set, as no Supabase project does`,
      "Check SUPABASE_URL, and that the project is not paused. No key was sent there.",
    );
  }
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

/** From outside, as anybody on the web could. */
async function checkPublishableKey({ url, publishable_key }: Target, ask: Ask): Promise<Check> {
  const name = "publishable key, tables";
  const answer = await ask(`${url}/rest/v1/platform_connections?select=*&limit=1`, {
    headers: { apikey: publishable_key },
  });
  if (isSilent(answer)) {
    return fail(name, answer.silent, "Check SUPABASE_URL, and that the project is not paused.");
  }
  if (answer.status === 200 && Array.isArray(answer.body)) {
    return fail(
      name,
      "may read platform_connections",
      "Run the migrations again, or revoke select on it from anon: docs/security.md says who may what.",
    );
  }
  const code = dataApiCodeOf(answer);
  if (answer.status === 401 && code === undefined && isRefusal(answer)) {
    return fail(name, "is not a key of this project", "Copy it from Project Settings, API Keys.");
  }
  // A refusal in the Data API's own form: whoever else answers knows neither key nor table.
  if (code !== undefined && answer.status >= 400 && answer.status < 500) {
    return ok(name, "reads no connection");
  }
  return fail(
    name,
    code === undefined
      ? `what answers is not Supabase's Data API (${answer.status})`
      : `the Data API answers ${answer.status} ${code}`,
    "Check SUPABASE_URL, and that the project is not paused.",
  );
}

/** The gateway's own words on a key: `{"message": "Invalid API key", …}`, and no code. */
function isRefusal({ body }: Answer): boolean {
  return typeof body === "object" && body !== null && "message" in body && !("code" in body);
}
