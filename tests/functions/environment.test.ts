/** A missing or malformed setting: one clear answer, one log line that names it and shows nothing. */

import { equal, isProblem, ok, same } from "./support/assert.ts";
import { METHODS } from "./support/endpoints.ts";
import { startWorld } from "./support/world.ts";

/** Stands in every malformed value, and must never be seen again. */
const MARK = "zZsecretZz";

const key = (bytes: number) =>
  btoa(MARK.padEnd(bytes, "x")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const ring = (value: unknown) => JSON.stringify(value);

const REQUIRED = [
  "SUPABASE_URL",
  "SUPABASE_PUBLISHABLE_KEYS",
  "SUPABASE_SECRET_KEYS",
  "SUPABASE_JWKS",
  "TIKTOK_CLIENT_KEY",
  "TIKTOK_CLIENT_SECRET",
  "TIKTOK_REDIRECT_URI",
  "TOKEN_ENCRYPTION_KEYS",
  "NEXUS_REDIRECT_URLS",
];

const MALFORMED: [string, string, string][] = [
  ["SUPABASE_URL", "no URL", MARK],
  ["SUPABASE_URL", "another scheme", `ftp://${MARK}.example`],
  ["SUPABASE_PUBLISHABLE_KEYS", "no JSON", MARK],
  ["SUPABASE_PUBLISHABLE_KEYS", "a list", `["${MARK}"]`],
  ["SUPABASE_SECRET_KEYS", "no JSON", `{"default": ${MARK}`],
  ["SUPABASE_SECRET_KEYS", "no key in it", "{}"],
  ["SUPABASE_SECRET_KEYS", "a number for a key", `{"${MARK}": 5}`],
  ["SUPABASE_JWKS", "no JSON", MARK],
  ["SUPABASE_JWKS", "no keys in it", '{"keys": []}'],
  ["TIKTOK_REDIRECT_URI", "no URL", MARK],
  ["TIKTOK_REDIRECT_URI", "plain http", `http://${MARK}.example/callback`],
  ["TIKTOK_REDIRECT_URI", "a query", `https://nexus.example/callback?x=${MARK}`],
  ["TIKTOK_REDIRECT_URI", "a fragment", `https://nexus.example/callback#${MARK}`],
  ["TIKTOK_REDIRECT_URI", "a password", `https://user:${MARK}@nexus.example/callback`],
  ["TIKTOK_REDIRECT_URI", "512 characters", `https://nexus.example/${MARK.padEnd(490, "x")}`],
  ["TIKTOK_API_URL", "a path", `https://open.tiktokapis.com/${MARK}`],
  ["TIKTOK_API_URL", "no URL", MARK],
  ["TIKTOK_AUTHORIZE_URL", "no URL", MARK],
  ["TIKTOK_PKCE", "another method", MARK],
  ["TIKTOK_PKCE", "capitals", "HEX"],
  ["TOKEN_ENCRYPTION_KEYS", "no JSON", MARK],
  ["TOKEN_ENCRYPTION_KEYS", "no current", ring({ keys: { a: key(32) } })],
  [
    "TOKEN_ENCRYPTION_KEYS",
    "a current that is not there",
    ring({ current: MARK, keys: { a: key(32) } }),
  ],
  ["TOKEN_ENCRYPTION_KEYS", "31 bytes", ring({ current: "a", keys: { a: key(31) } })],
  ["TOKEN_ENCRYPTION_KEYS", "33 bytes", ring({ current: "a", keys: { a: key(33) } })],
  ["TOKEN_ENCRYPTION_KEYS", "no base64url", ring({ current: "a", keys: { a: `${MARK}+/ ` } })],
  [
    "TOKEN_ENCRYPTION_KEYS",
    "an impossible length",
    ring({ current: "a", keys: { a: key(32).padEnd(45, "A") } }),
  ],
  [
    "TOKEN_ENCRYPTION_KEYS",
    "name and key swapped",
    ring({ current: MARK, keys: { [MARK]: "abcd" } }),
  ],
  [
    "TOKEN_ENCRYPTION_KEYS",
    "an old key that is broken",
    ring({ current: "a", keys: { a: key(32), b: MARK } }),
  ],
  ["NEXUS_REDIRECT_URLS", "commas alone", " , ,"],
  ["NEXUS_REDIRECT_URLS", "no URL", MARK],
  ["NEXUS_REDIRECT_URLS", "one of two is broken", `https://nexus.example/a,${MARK}`],
  ["NEXUS_REDIRECT_URLS", "a query", `https://nexus.example/a?${MARK}`],
  ["NEXUS_REDIRECT_URLS", "a script", `javascript:${MARK}`],
  ["MEDIA_PROFILE", "another profile", MARK],
  ["MEDIA_ALLOWED_HOSTS", "an address with a scheme", `http://${MARK}:80`],
  ["MEDIA_ALLOWED_HOSTS", "a path", `127.0.0.1:80/${MARK}`],
  ["TIKTOK_DAILY_POST_LIMIT", "a word", MARK],
  ["TIKTOK_DAILY_POST_LIMIT", "nought", "0"],
  ["TIKTOK_DAILY_POST_LIMIT", "below nought", "-1"],
  ["TIKTOK_DAILY_QUERY_LIMIT", "a fraction", "1.5"],
  ["TIKTOK_DAILY_QUERY_LIMIT", "an exponent", "1e3"],
  ["ERROR_LOG_DAYS", "a word", MARK],
  ["ERROR_LOG_DAYS", "nought", "0"],
];

const DEFAULTED = [
  "TIKTOK_API_URL",
  "TIKTOK_AUTHORIZE_URL",
  "TIKTOK_PKCE",
  "MEDIA_PROFILE",
  "MEDIA_ALLOWED_HOSTS",
  "TIKTOK_DAILY_POST_LIMIT",
  "TIKTOK_DAILY_QUERY_LIMIT",
  "ERROR_LOG_DAYS",
];

/** Sets a variable while `run` runs. */
async function withSetting(name: string, value: string | undefined, run: () => Promise<void>) {
  const before = Deno.env.get(name);
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
  try {
    await run();
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
}

Deno.test("a setting that is missing or malformed is misconfigured, until it is right", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const initiate = () => person.post("tiktok-initiate", { dry_run: true });

  const isMisconfigured = async (name: string, value: string | undefined) => {
    world.console.text.length = 0;
    const answer = await initiate();
    isProblem(answer, 500, "misconfigured");
    const named = world.console.lines().filter(({ event }) => event === "misconfigured");
    same([...new Set(named.map(({ setting }) => setting))], [name]);
    equal(named[0]?.request_id, answer.body.request_id);
    const told = world.console.text.join("\n") + JSON.stringify(answer.body);
    ok(!told.includes(MARK) && !told.includes(key(32)), `it shows the value: ${told}`);
    if (value !== undefined && value.length > 8) ok(!told.includes(value), "it shows the value");
    // The caller need not know which.
    ok(!JSON.stringify(answer.body).includes(name));
  };

  for (const name of REQUIRED) {
    for (const value of [undefined, "", "  "]) {
      await t.step(`${name} ${value === undefined ? "unset" : `"${value}"`}`, async () => {
        await withSetting(name, value, () => isMisconfigured(name, value));
        equal((await initiate()).status, 200, "it is right again at the next request");
      });
    }
  }
  for (const [name, what, value] of MALFORMED) {
    await t.step(`${name} with ${what}`, async () => {
      await withSetting(name, value, () => isMisconfigured(name, value));
      equal((await initiate()).status, 200, "it is right again at the next request");
    });
  }
  for (const name of DEFAULTED) {
    await t.step(`${name} may be unset`, async () => {
      await withSetting(name, undefined, async () => equal((await initiate()).status, 200));
    });
  }
  await t.step("several at once are all named", async () => {
    world.console.text.length = 0;
    await withSetting(
      "TIKTOK_CLIENT_KEY",
      undefined,
      () =>
        withSetting("TIKTOK_CLIENT_SECRET", undefined, async () => {
          isProblem(await initiate(), 500, "misconfigured");
        }),
    );
    same(world.console.lines().map(({ setting }) => setting).sort(), [
      "TIKTOK_CLIENT_KEY",
      "TIKTOK_CLIENT_SECRET",
    ]);
  });
  for (const [slug, [method]] of Object.entries(METHODS)) {
    await t.step(`${slug} says so too, whoever asks`, async () => {
      await withSetting("TIKTOK_CLIENT_SECRET", undefined, async () => {
        for (const caller of [world.anyone, person, world.schedule]) {
          isProblem(await caller.call(method ?? "", slug), 500, "misconfigured");
        }
      });
    });
  }
});

Deno.test("keys that the gate needs and does not find are misconfigured, and named", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const { secret } = world.host.keys;
  await t.step("no secret key named cron, for the schedule", async () => {
    world.console.text.length = 0;
    await withSetting("SUPABASE_SECRET_KEYS", JSON.stringify({ default: secret }), async () => {
      isProblem(await world.schedule.post("tiktok-refresh", {}), 500, "misconfigured");
    });
    const [line] = world.console.lines();
    equal(line?.setting, "SUPABASE_SECRET_KEYS");
  });
  await t.step("which is nothing that users' functions need", async () => {
    await withSetting("SUPABASE_SECRET_KEYS", JSON.stringify({ default: secret }), async () => {
      equal((await person.post("tiktok-initiate", {})).status, 200);
    });
  });
  await t.step("a key set with keys that are none is not a 401 for every user", async () => {
    world.console.text.length = 0;
    await withSetting("SUPABASE_JWKS", '{"keys": [{"kty": "EC"}]}', async () => {
      const answer = await person.post("tiktok-initiate", {});
      ok([401, 500].includes(answer.status), "never through");
      equal(JSON.stringify(answer.body).includes("kty"), false);
    });
  });
  await t.step("and all is well again", async () => {
    equal((await world.schedule.post("tiktok-refresh", {})).status, 200);
    equal((await person.post("tiktok-initiate", {})).status, 200);
  });
});
