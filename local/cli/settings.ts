/**
 * The settings that a dry run reads, held to the functions' own rules. Secrets are never read: what
 * is not named gets a stand-in that satisfies the rules and is used for nothing.
 */

import { ConfigError, readConfig } from "../../supabase/functions/_shared/config/config.ts";
import {
  TIKTOK_SETTINGS,
  type TikTokConfig,
} from "../../supabase/functions/_shared/platform/tiktok_settings.ts";
import { wrongUsage } from "./failure.ts";
import { describeProblem } from "./setting_problem.ts";

/** Shown in the URL of a dry run, so that nobody takes it for a working one. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  TIKTOK_CLIENT_KEY: "YOUR_CLIENT_KEY",
  TIKTOK_REDIRECT_URI: "https://nexus.example.com/api/auth/tiktok/callback",
};

const UNUSED: Readonly<Record<string, string>> = {
  ...PLACEHOLDERS,
  SUPABASE_URL: "https://project.invalid",
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"unused"}',
  SUPABASE_SECRET_KEYS: '{"default":"unused"}',
  SUPABASE_JWKS: '{"keys":[{"kty":"unused"}]}',
  TIKTOK_CLIENT_SECRET: "unused",
  TOKEN_ENCRYPTION_KEYS: JSON.stringify({ current: "unused", keys: { unused: "A".repeat(43) } }),
  NEXUS_REDIRECT_URLS: "https://nexus.example.com/connections",
};

export type Settings = {
  config: TikTokConfig;
  /** The named variables that are not set and have a placeholder instead. */
  placeholders: string[];
};

/** Throws a wrong usage that names each malformed value. */
export function readSettings(
  env: (name: string) => string | undefined,
  names: readonly (keyof TikTokConfig)[],
): Settings {
  const given = (name: string) => names.some((known) => known === name) ? env(name) : undefined;
  try {
    return {
      config: readConfig(TIKTOK_SETTINGS, (name) => given(name) ?? UNUSED[name]),
      placeholders: Object.keys(PLACEHOLDERS).filter((name) =>
        names.some((known) => known === name) && given(name) === undefined
      ),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw wrongUsage(
      "A setting in the environment is malformed.",
      error.settings.map((setting) => ({
        path: setting.name,
        message: describeProblem(setting, given(setting.name) !== undefined),
      })),
    );
  }
}
