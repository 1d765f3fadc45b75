/** The settings of the functions, by their own parser, and what it cannot know: which place they are for. */

import {
  ConfigError,
  environmentNames,
  readConfig,
} from "../../../supabase/functions/_shared/config/config.ts";
import { parseKeyRing } from "../../../supabase/functions/_shared/config/key_ring.ts";
import {
  TIKTOK_SETTINGS,
  type TikTokConfig,
} from "../../../supabase/functions/_shared/platform/tiktok_settings.ts";
import { describeProblem } from "../../cli/setting_problem.ts";
import { type Check, checksOf } from "../check.ts";
import type { Target } from "../target.ts";
import { checkNames } from "./names.ts";

const { ok, warn, fail, skip } = checksOf("settings");

/** Injected by the platform: nobody sets them. They stand here for the parser alone. */
function injected({ url }: Target): Record<string, string> {
  return {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"unused"}',
    SUPABASE_SECRET_KEYS: '{"default":"unused"}',
    SUPABASE_JWKS: '{"keys":[{"kty":"unused"}]}',
  };
}

/** What to do about a setting that is missing or malformed. */
const ADVICE: Readonly<Record<string, string>> = {
  TIKTOK_CLIENT_KEY: "Copy it from the app's page at developers.tiktok.com.",
  TIKTOK_CLIENT_SECRET: "Copy it from the app's page at developers.tiktok.com.",
  TIKTOK_REDIRECT_URI:
    "Register one at TikTok (https, no query, no fragment, below 512 characters) and set the same.",
  TOKEN_ENCRYPTION_KEYS:
    "Make a key as docs/deploying.md says; keep those that rows are sealed under.",
  NEXUS_REDIRECT_URLS:
    "List the pages of Nexus on which a connection may end, separated by commas.",
};

/** Left over from a template. */
const PLACEHOLDER = /…|\.\.\.|YOUR_|<[^>]*>|\bexample\.(com|org|net)\b/;

export function checkSettings(target: Target): Check[] {
  if (target.settings_source === null) {
    return [skip(
      "values",
      target.is_host
        ? "the embedded host makes its own"
        : "a project does not give its secrets back",
      target.is_host ? null : "Give --env-file with the file that supabase secrets set was given.",
    )];
  }
  const platform = injected(target);
  const read = (name: string) => platform[name] ?? target.setting(name);
  const problems = new Map<string, string>();
  let config: TikTokConfig | null = null;
  try {
    config = readConfig(TIKTOK_SETTINGS, read);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const setting of error.settings) {
      const is_set = read(setting.name) !== undefined;
      problems.set(setting.name, describeProblem(setting, is_set));
    }
  }
  const names = environmentNames(TIKTOK_SETTINGS).filter((name) => !(name in platform));
  const parsed = names.flatMap((name) => {
    const value = read(name);
    const problem = problems.get(name);
    if (problem !== undefined) {
      return [fail(name, problem, ADVICE[name] ?? "Set it as docs/deploying.md says.")];
    }
    if (value === undefined) return [];
    return [
      PLACEHOLDER.test(value)
        ? warn(name, "looks like a placeholder", ADVICE[name] ?? "Put the real value there.")
        : ok(name, "well-formed"),
    ];
  });
  return [
    ...parsed,
    ...checkNames(target.names_in_file),
    ...checkKeyRing(read("TOKEN_ENCRYPTION_KEYS")),
    ...(config === null ? [] : checkMeaning(target, config)),
  ];
}

/** Keys that are well-formed and still no keys. */
function checkKeyRing(text: string | undefined): Check[] {
  const ring = readKeyRing(text);
  if (ring === null) return [];
  const keys = [...ring.keys.values()];
  // 32 random bytes have some 30 different ones; below 16 is no chance of this world.
  if (keys.some((key) => new Set(key).size < 16)) {
    return [fail(
      "key ring",
      "one of its keys is not random",
      "Add a random key, make it current, and drop this one once no row is sealed under it.",
    )];
  }
  if (new Set(keys.map(String)).size < keys.length) {
    return [warn(
      "key ring",
      "two of its ids name the same key",
      "A rotation needs a key of its own: add a new one and make it current.",
    )];
  }
  return [
    ok("key ring", `${keys.length === 1 ? "one key" : `${keys.length} keys`}, all different`),
  ];
}

/** Null where there is none, or none that parses: that is told elsewhere. */
export function readKeyRing(text: string | undefined) {
  if (text === undefined) return null;
  try {
    return parseKeyRing(text);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/** Values that parse, and still cannot be right for this place. */
function checkMeaning(target: Target, config: TikTokConfig): Check[] {
  const checks = [checkRedirectUri(target, config)];
  if (target.is_host) return checks;
  const plain = config.NEXUS_REDIRECT_URLS.filter((url) => new URL(url).protocol !== "https:");
  if (plain.length > 0) {
    checks.push(fail(
      "NEXUS_REDIRECT_URLS, https",
      `${plain.join(", ")} is for development alone`,
      "Name the pages' https addresses: whoever listens on a user's own machine would get his code.",
    ));
  }
  if (config.MEDIA_ALLOWED_HOSTS.length > 0) {
    checks.push(warn(
      "MEDIA_ALLOWED_HOSTS, unset",
      `lets the functions fetch from ${config.MEDIA_ALLOWED_HOSTS.join(", ")} unguarded`,
      "Unset it: it is there for the made-up servers of a development machine.",
    ));
  }
  const api = new URL(config.TIKTOK_API_URL);
  const consent = new URL(config.TIKTOK_AUTHORIZE_URL);
  const is_tiktok = api.protocol === "https:" && /(^|\.)tiktokapis\.com$/.test(api.hostname) &&
    consent.protocol === "https:" && /(^|\.)tiktok\.com$/.test(consent.hostname);
  if (!is_tiktok) {
    checks.push(warn(
      "TIKTOK_API_URL, TIKTOK_AUTHORIZE_URL",
      `${api.host} and ${consent.host}: that is not TikTok`,
      "Unset both, unless this project is meant to talk to a stand-in (a made-up TikTok).",
    ));
  }
  return checks;
}

/** TikTok sends the browser there with the code: it has to be ours, and in a project https. */
function checkRedirectUri(target: Target, config: TikTokConfig): Check {
  const name = "TIKTOK_REDIRECT_URI, where it leads";
  const uri = new URL(config.TIKTOK_REDIRECT_URI);
  if (!target.is_host && uri.protocol !== "https:") {
    return fail(
      name,
      "is http, for development alone",
      "TikTok takes https alone for a web app: register an https page and set the same.",
    );
  }
  if (uri.pathname.endsWith("/functions/v1/tiktok-callback")) {
    return uri.origin === target.url
      ? ok(name, "the function tiktok-callback, which sends the browser on")
      : warn(
        name,
        `the function tiktok-callback of ${uri.origin}`,
        `Check that ${uri.origin} is a name of this project, and not another one.`,
      );
  }
  const pages = config.NEXUS_REDIRECT_URLS.map((url) => new URL(url).origin);
  return pages.includes(uri.origin)
    ? ok(name, `a page of ${uri.origin}, which completes the connection`)
    : fail(
      name,
      `${uri.origin} is no origin of NEXUS_REDIRECT_URLS`,
      "CORS lets that page call no function. Add its origin's page to NEXUS_REDIRECT_URLS.",
    );
}
