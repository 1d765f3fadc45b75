/** The environment that a function sees: what the platform injects, and this project's own names. */
import { type HostKeys, publicKeySet } from "./keys.ts";

export interface EnvironmentOptions {
  /** The host's own address, with no path. */
  url: string;
  keys: HostKeys;
  tiktok_api_url: string;
  /** Win over everything. */
  overrides: Record<string, string>;
}

export function functionEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { url, keys, tiktok_api_url } = options;
  const platform = {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishable }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secret, cron: keys.cron }),
    SUPABASE_JWKS: JSON.stringify(publicKeySet(keys)),
  };
  const project: Record<string, string> = {
    TIKTOK_CLIENT_KEY: keys.tiktok_client_key,
    TIKTOK_CLIENT_SECRET: keys.tiktok_client_secret,
    TIKTOK_REDIRECT_URI: `${url}/functions/v1/tiktok-callback`,
    TIKTOK_API_URL: tiktok_api_url,
    ...(isLoopback(tiktok_api_url)
      ? { TIKTOK_AUTHORIZE_URL: `${tiktok_api_url}/v2/auth/authorize/` }
      : {}),
    TOKEN_ENCRYPTION_KEYS: keys.token_encryption_keys,
    NEXUS_REDIRECT_URLS: `${url}/connected`,
    MEDIA_ALLOWED_HOSTS: new URL(url).host,
  };
  // A developer's own TikTok app is given in the process's environment: that stays.
  for (const name of [...Object.keys(project), "TIKTOK_AUTHORIZE_URL"]) {
    const given = Deno.env.get(name);
    if (given) project[name] = given;
  }
  return { ...platform, ...project, ...options.overrides };
}

/** A stand-in has its consent page at the API's address; the real TikTok has it at another. */
function isLoopback(url: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}
