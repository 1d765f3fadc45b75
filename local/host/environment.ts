/** The environment that a function sees: what the platform injects, and this project's own names. */
import { type HostKeys, publicKeySet } from "./keys.ts";

// What a host put into the environment is not what the developer gave, should a second host start in
// the same process before the first has ended.
const set_by_hosts = new Map<string, string>();

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
  // A developer's own TikTok app is given in the process's environment: that stays. Which TikTok
  // it is was decided before.
  for (const name of [...Object.keys(project), "TIKTOK_AUTHORIZE_URL"]) {
    const given = readGiven(name);
    if (given && name !== "TIKTOK_API_URL") project[name] = given;
  }
  return { ...platform, ...project, ...options.overrides };
}

/** A stand-in has its consent page at the API's address; the real TikTok has it at another. */
function isLoopback(url: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}

/** A variable as the developer gave it, not as another host of this process set it. */
export function readGiven(name: string): string | undefined {
  const value = Deno.env.get(name);
  return value === set_by_hosts.get(name) ? undefined : value;
}

/** Sets the variables for the whole process; the result puts them back as they were. */
export function setEnvironment(env: Record<string, string>): () => void {
  const before = Object.keys(env).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(env)) {
    if (Deno.env.get(name) === value) continue;
    Deno.env.set(name, value);
    set_by_hosts.set(name, value);
  }
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  };
}
