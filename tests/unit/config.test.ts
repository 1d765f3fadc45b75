/** The environment and its parts. */

import { deepStrictEqual, doesNotMatch, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  ConfigError,
  createConfigReader,
  environmentNames,
  readConfig,
} from "../../supabase/functions/_shared/config/config.ts";
import { parseKeyRing } from "../../supabase/functions/_shared/config/key_ring.ts";
import {
  isHostWithPort,
  parseHttpUrl,
  parseOrigin,
  parseRedirectUri,
} from "../../supabase/functions/_shared/config/urls.ts";
import {
  TIKTOK_SETTINGS,
  type TikTokConfig,
} from "../../supabase/functions/_shared/platform/tiktok_settings.ts";
import { FUNCTION_ENVIRONMENT } from "../support/function_environment.ts";

const KEY = new Uint8Array(32).fill(7).toBase64({ alphabet: "base64url", omitPadding: true });

const read = (change: Record<string, string | undefined> = {}): TikTokConfig => {
  const env = { ...FUNCTION_ENVIRONMENT, ...change };
  return readConfig(TIKTOK_SETTINGS, (name) => env[name]);
};

Deno.test("what is left out has the contract's default", () => {
  const config = read();
  deepStrictEqual(
    [
      config.TIKTOK_API_URL,
      config.TIKTOK_AUTHORIZE_URL,
      config.TIKTOK_PKCE,
      config.MEDIA_PROFILE,
      config.MEDIA_ALLOWED_HOSTS,
      config.TIKTOK_DAILY_POST_LIMIT,
      config.TIKTOK_DAILY_QUERY_LIMIT,
      config.ERROR_LOG_DAYS,
    ],
    [
      "https://open.tiktokapis.com",
      "https://www.tiktok.com/v2/auth/authorize/",
      "none",
      "directive",
      [],
      5,
      1000,
      90,
    ],
  );
  deepStrictEqual(config.NEXUS_REDIRECT_URLS, [
    "https://nexus.example.com/a",
    "https://nexus.example.com/b",
  ]);
});

Deno.test("the reader's names are the contract's", () => {
  deepStrictEqual(environmentNames(TIKTOK_SETTINGS).sort(), [
    "ERROR_LOG_DAYS",
    "MEDIA_ALLOWED_HOSTS",
    "MEDIA_PROFILE",
    "NEXUS_REDIRECT_URLS",
    "SUPABASE_JWKS",
    "SUPABASE_PUBLISHABLE_KEYS",
    "SUPABASE_SECRET_KEYS",
    "SUPABASE_URL",
    "TIKTOK_API_URL",
    "TIKTOK_AUTHORIZE_URL",
    "TIKTOK_CLIENT_KEY",
    "TIKTOK_CLIENT_SECRET",
    "TIKTOK_DAILY_POST_LIMIT",
    "TIKTOK_DAILY_QUERY_LIMIT",
    "TIKTOK_PKCE",
    "TIKTOK_REDIRECT_URI",
    "TOKEN_ENCRYPTION_KEYS",
  ]);
});

Deno.test("white space around a value is no part of it, and nothing is unset", () => {
  strictEqual(read({ TIKTOK_CLIENT_KEY: " key\n" }).TIKTOK_CLIENT_KEY, "key");
  strictEqual(read({ TIKTOK_PKCE: " " }).TIKTOK_PKCE, "none");
});

Deno.test("an error names every wrong setting and no value, whatever the values are", () => {
  const names = Object.keys(FUNCTION_ENVIRONMENT);
  fc.assert(fc.property(
    fc.dictionary(
      fc.constantFrom(...names),
      fc.string({ minLength: 12 }).filter((text) => text.trim().length >= 12),
    ),
    (change) => {
      try {
        read(change);
      } catch (error) {
        ok(error instanceof ConfigError);
        for (const { name } of error.settings) ok(name in change, name);
        for (const value of Object.values(change)) {
          ok(!error.message.includes(value.trim()), error.message);
        }
      }
    },
  ));
});

Deno.test("the reader parses anew when a value has changed, and only then", () => {
  const env = { ...FUNCTION_ENVIRONMENT };
  const reader = createConfigReader(TIKTOK_SETTINGS, (name) => env[name]);
  const first = reader();
  strictEqual(reader(), first);
  env.TIKTOK_CLIENT_KEY = "other";
  strictEqual(reader().TIKTOK_CLIENT_KEY, "other");
  delete env.TIKTOK_CLIENT_SECRET;
  throws(
    () => reader(),
    (error: unknown) =>
      error instanceof ConfigError && error.settings[0]?.name === "TIKTOK_CLIENT_SECRET" &&
      error.settings[0].problem === "is not set",
  );
  env.TIKTOK_CLIENT_SECRET = "back";
  strictEqual(reader().TIKTOK_CLIENT_SECRET, "back");
});

Deno.test("a key ring", async (t) => {
  await t.step("keeps old keys beside the current one", () => {
    const ring = parseKeyRing(JSON.stringify({ current: "b", keys: { a: KEY, b: `${KEY}=` } }));
    strictEqual(ring.current, "b");
    deepStrictEqual([...ring.keys.keys()], ["a", "b"]);
    deepStrictEqual(ring.keys.get("b"), new Uint8Array(32).fill(7));
  });
  const wrong: [string, unknown][] = [
    ["a text", "x"],
    ["a list of keys", { current: "a", keys: [KEY] }],
    ["an empty name", { current: "", keys: { "": KEY } }],
    ["a key more beside", { current: "a", keys: { a: KEY }, next: "b" }],
    ["plain base64", { current: "a", keys: { a: "+/".repeat(21) } }],
    ["a current that is inherited", { current: "constructor", keys: { a: KEY } }],
  ];
  for (const [what, value] of wrong) {
    await t.step(`refuses ${what}`, () => {
      throws(() => parseKeyRing(JSON.stringify(value)), (error: Error) => {
        doesNotMatch(error.message, new RegExp(KEY));
        return true;
      });
    });
  }
});

Deno.test("addresses", async (t) => {
  const good: [(text: string) => unknown, string, string][] = [
    [parseOrigin, "https://open.tiktokapis.com", "https://open.tiktokapis.com"],
    [parseOrigin, "https://open.tiktokapis.com/", "https://open.tiktokapis.com"],
    [parseOrigin, "http://127.0.0.1:4000", "http://127.0.0.1:4000"],
    [parseHttpUrl, "https://project.supabase.co/", "https://project.supabase.co"],
    [
      parseHttpUrl,
      "https://www.tiktok.com/v2/auth/authorize/",
      "https://www.tiktok.com/v2/auth/authorize/",
    ],
    [
      parseRedirectUri,
      "https://nexus.example.com/callback/",
      "https://nexus.example.com/callback/",
    ],
    [parseRedirectUri, "http://localhost:3000/callback", "http://localhost:3000/callback"],
    [parseRedirectUri, "http://127.0.0.1:3000/callback", "http://127.0.0.1:3000/callback"],
  ];
  for (const [parse, text, expected] of good) {
    await t.step(`${parse.name} takes ${text}`, () => strictEqual(parse(text), expected));
  }
  const wrong: [(text: string) => unknown, string][] = [
    [parseOrigin, "open.tiktokapis.com"],
    [parseOrigin, "https://open.tiktokapis.com/v2"],
    [parseOrigin, "https://open.tiktokapis.com?x"],
    [parseOrigin, "https://user@open.tiktokapis.com"],
    [parseHttpUrl, "ftp://example.com"],
    [parseHttpUrl, "https://example.com/#x"],
    [parseRedirectUri, "http://nexus.example.com/callback"],
    [parseRedirectUri, "http://127.0.0.1.evil.example/callback"],
    [parseRedirectUri, "http://evil.example/?127.0.0.1"],
    [parseRedirectUri, "https://nexus.example.com/callback?"],
    [parseRedirectUri, "https://nexus.example.com/callback#"],
    [parseRedirectUri, `https://nexus.example.com/${"a".repeat(500)}`],
  ];
  for (const [parse, text] of wrong) {
    await t.step(`${parse.name} refuses ${text.slice(0, 60)}`, () => throws(() => parse(text)));
  }
  for (const text of ["127.0.0.1:8080", "media.example.com:443", "[::1]:9000"]) {
    await t.step(`host:port ${text}`, () => ok(isHostWithPort(text)));
  }
  for (
    const text of [
      "127.0.0.1",
      "http://a:1",
      "a:1/x",
      "a:99999",
      "a:x",
      ":80",
      "::1:80",
      "u@a:1",
      "a:1?x",
    ]
  ) {
    await t.step(`no host:port: ${text}`, () => ok(!isHostWithPort(text)));
  }
});
