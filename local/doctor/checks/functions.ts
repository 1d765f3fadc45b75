/** Every function, asked from outside without a credential, with a wrong one, and as the schedule. */

import { type Answer, type Ask, codeOf, isProblem, isSilent, TICK_TIMEOUT_MS } from "../ask.ts";
import { type Check, checksOf } from "../check.ts";
import { SCHEDULED_FUNCTIONS } from "../expected.ts";
import type { Target } from "../target.ts";

const { ok, warn, fail } = checksOf("functions");

/** No function has it: how one refuses it tells whether it is there, and takes its settings. */
const NO_METHOD = "PUT";
const ALLOWED_SKEW_MS = 30_000;

/** What a request without a credential gets; the browser that comes back from TikTok has a state. */
const refusalOf = (slug: string, method: string) =>
  slug.endsWith("-callback") && method === "GET" ? 400 : 401;

export async function checkFunctions(
  target: Target,
  ask: Ask,
  slugs: readonly string[],
  now_ms: () => number,
): Promise<Check[]> {
  const per_function = await Promise.all(slugs.map((slug) => checkFunction(target, ask, slug)));
  return [
    ...per_function.map(({ check }) => check),
    ...checkClock(per_function.map(({ date }) => date).find((date) => date !== null), now_ms()),
    await checkCors(target, ask, per_function.find(({ for_browsers }) => for_browsers)?.slug),
  ];
}

type Looked = { slug: string; check: Check; date: string | null; for_browsers: boolean };

async function checkFunction(target: Target, ask: Ask, slug: string): Promise<Looked> {
  const url = `${target.url}/functions/v1/${slug}`;
  const answer = await ask(url, { method: NO_METHOD });
  const looked = (check: Check): Looked => ({ slug, check, date: null, for_browsers: false });
  if (isSilent(answer)) {
    return looked(
      fail(slug, answer.silent, "Check SUPABASE_URL, and that the project is not paused."),
    );
  }
  const trouble = describeTrouble(slug, answer);
  if (trouble !== null) return looked(trouble);
  const allow = (answer.headers.get("allow") ?? "").split(",")
    .map((method) => method.trim()).filter((method) => /^[A-Z]{1,10}$/.test(method));
  const methods = allow.filter((method) => method !== "OPTIONS");
  return {
    slug,
    date: answer.headers.get("date"),
    for_browsers: allow.includes("OPTIONS"),
    check: await checkCallers(target, ask, slug, url, methods),
  };
}

/** Why the function did not even come to say 405; null if it did. */
function describeTrouble(slug: string, answer: Answer): Check | null {
  const { status } = answer;
  if (status === 405 && isProblem(answer)) return null;
  if (codeOf(answer) === "misconfigured") {
    return fail(
      slug,
      "a setting is missing or malformed",
      "Its log names the setting. Set it with supabase secrets set, or check with --env-file.",
    );
  }
  if (status === 404) {
    return fail(slug, "is not deployed", `Run supabase functions deploy ${slug}.`);
  }
  if (status === 401 && !isProblem(answer)) {
    return fail(
      slug,
      "the gateway asks for a JWT before the function is asked",
      "Deploy with this repository's supabase/config.toml: it sets verify_jwt = false.",
    );
  }
  return fail(
    slug,
    `answers ${describe(answer)} to a request with no effect`,
    "Read its log (supabase logs, or the dashboard), then deploy it again.",
  );
}

async function checkCallers(
  target: Target,
  ask: Ask,
  slug: string,
  url: string,
  methods: string[],
): Promise<Check> {
  for (const method of methods) {
    const answer = await ask(url, { method, ...bodyOf(method) });
    if (isSilent(answer)) return fail(slug, `${method}: ${answer.silent}`, "Read its log.");
    if (answer.status !== refusalOf(slug, method) || !isProblem(answer)) {
      return fail(
        slug,
        `${method} without a credential is answered ${answer.status}`,
        "It must be refused. Is this the function of this repository? Deploy it again.",
      );
    }
  }
  return SCHEDULED_FUNCTIONS.includes(slug)
    ? await checkTick(target, ask, slug, url)
    : ok(slug, `answers; refuses ${methods.join(", ")} without a credential`);
}

/** One tick with a limit of one row; any other key of the project must be refused. */
async function checkTick(target: Target, ask: Ask, slug: string, url: string): Promise<Check> {
  const tick = (apikey: string) =>
    ask(url, {
      method: "POST",
      headers: { apikey, "content-type": "application/json" },
      body: JSON.stringify({ limit: 1 }),
      timeout_ms: TICK_TIMEOUT_MS,
    });
  for (const other of [target.publishable_key, target.secret_key]) {
    if (other === target.cron_key) continue;
    const answer = await tick(other);
    if (isSilent(answer) || !isRefused(answer) && answer.status >= 300) {
      return fail(
        slug,
        `whether it refuses another key cannot be told: ${describe(answer)}`,
        "Read its log, and look again.",
      );
    }
    if (isRefused(answer)) continue;
    return fail(
      slug,
      `takes another key than the one named cron (${answer.status})`,
      "If SUPABASE_SECRET_KEY is the key named cron, give another one. Else deploy the function again.",
    );
  }
  const answer = await tick(target.cron_key);
  if (isSilent(answer)) return fail(slug, `as the schedule: ${answer.silent}`, "Read its log.");
  if (isRefused(answer)) {
    return fail(
      slug,
      "refuses SUPABASE_CRON_KEY",
      "In Project Settings, API Keys, the secret key must have the name cron, exactly.",
    );
  }
  if (answer.status !== 200) {
    return fail(
      slug,
      `as the schedule: ${describe(answer)}`,
      "Look for its code in private.error_log: docs/operating.md has the queries.",
    );
  }
  return ok(slug, "answers; takes the key named cron and nothing else");
}

/** A gate says no by these alone; any other failure tells nothing of the key. */
function isRefused({ status }: Answer): boolean {
  return status === 401 || status === 403;
}

function describe(answer: Answer | { silent: string }): string {
  if (isSilent(answer)) return answer.silent;
  return `${answer.status} ${codeOf(answer) ?? ""}`.trim();
}

function bodyOf(method: string): RequestInit {
  return method === "POST" ? { body: "{}", headers: { "content-type": "application/json" } } : {};
}

/** Tokens and signatures live by the clock. `Date` is exact to a second. */
function checkClock(date: string | null | undefined, now_ms: number): Check[] {
  if (date === null || date === undefined) return [];
  const skew_ms = Math.abs(Date.parse(date) - now_ms);
  if (Number.isNaN(skew_ms)) return [];
  if (skew_ms <= ALLOWED_SKEW_MS) return [ok("clock", "the functions' and this machine's agree")];
  return [warn(
    "clock",
    `this machine's differs by ${Math.round(skew_ms / 1000)} s from the functions'`,
    "Set this machine's clock; if it is right, tell the platform.",
  )];
}

/** Nexus's pages may call; a stranger's may not. */
async function checkCors(
  { url, setting }: Target,
  ask: Ask,
  slug: string | undefined,
): Promise<Check> {
  const preflight = async (origin: string) => {
    const answer = await ask(`${url}/functions/v1/${slug}`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    return isSilent(answer) ? null : answer.headers.get("access-control-allow-origin");
  };
  if (slug === undefined) {
    return fail("CORS", "no function answers a browser", "See the functions above.");
  }
  const stranger = await preflight("https://stranger.invalid");
  if (stranger !== null) {
    return fail(
      "CORS",
      "any page may call",
      "Deploy the functions again: they allow Nexus's pages alone.",
    );
  }
  const page = setting("NEXUS_REDIRECT_URLS")?.split(",")[0]?.trim();
  if (page === undefined || !URL.canParse(page)) return ok("CORS", "strangers' pages may not call");
  const { origin } = new URL(page);
  return await preflight(origin) === origin
    ? ok("CORS", `pages of ${origin} may call, strangers' may not`)
    : fail(
      "CORS",
      `pages of ${origin} may not call`,
      "The deployed NEXUS_REDIRECT_URLS is another one: send the settings again.",
    );
}
