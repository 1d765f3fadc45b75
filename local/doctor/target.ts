/** Which Nexus is looked at, with the keys that looking takes. */

import { wrongUsage } from "../cli/failure.ts";
import { readAddress, readHostConfig, readKey, readUrl } from "../cli/place.ts";
import type { Runtime } from "../cli/runtime.ts";
import { parseDotenv } from "./dotenv.ts";

export interface Target {
  /** With no slash at its end. */
  url: string;
  /** The embedded host makes its own settings and keys: what they are is no news. */
  is_host: boolean;
  publishable_key: string;
  secret_key: string;
  cron_key: string;
  /** Settings of the functions as far as they are known here. */
  setting(name: string): string | undefined;
  /** Where they come from, in words; null where none are known. */
  settings_source: string | null;
  /** Every name in the file of settings, ours or not; none without a file. */
  names_in_file: readonly string[];
  /** Where TikTok answers, where the host says so. */
  tiktok_origin: string | undefined;
}

/** Throws a `Failure`: wrong usage, or unreachable. */
export async function findTarget(
  runtime: Runtime,
  env_file: string | undefined,
): Promise<Target> {
  const { env } = runtime;
  const { is_host, url } = readAddress(env);
  const settings = await readSettingsSource(env, env_file);
  if (is_host) {
    const config = await readHostConfig(runtime.fetch, url);
    return {
      url: readUrl("supabase_url of /dev/config", config.supabase_url),
      is_host: true,
      publishable_key: config.publishable_key,
      secret_key: config.keys.secret,
      cron_key: config.keys.cron,
      tiktok_origin: config.tiktok_origin,
      ...settings,
    };
  }
  const required = ["SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY", "SUPABASE_CRON_KEY"];
  const missing = required.filter((name) => env(name) === undefined);
  if (missing.length > 0) throw wrongUsage(`Set ${missing.join(", ")} in the environment.`);
  const key = (name: string) => readKey(name, env(name) ?? "");
  return {
    url,
    is_host: false,
    publishable_key: key("SUPABASE_PUBLISHABLE_KEY"),
    secret_key: key("SUPABASE_SECRET_KEY"),
    cron_key: key("SUPABASE_CRON_KEY"),
    tiktok_origin: undefined,
    ...settings,
  };
}

/** Without a file the environment counts, once it names a setting that every project must have. */
async function readSettingsSource(
  env: Runtime["env"],
  env_file: string | undefined,
): Promise<Pick<Target, "setting" | "settings_source" | "names_in_file">> {
  if (env_file !== undefined) {
    const values = parseDotenv(await readText(env_file));
    return {
      setting: (name) => values[name]?.trim() || undefined,
      settings_source: env_file,
      names_in_file: Object.keys(values),
    };
  }
  const is_given = ["TIKTOK_CLIENT_KEY", "TOKEN_ENCRYPTION_KEYS"].some((name) =>
    env(name) !== undefined
  );
  return is_given
    ? { setting: env, settings_source: "the environment", names_in_file: [] }
    : { setting: () => undefined, settings_source: null, names_in_file: [] };
}

const { NotFound, PermissionDenied, IsADirectory, NotADirectory } = Deno.errors;
const UNREADABLE = [NotFound, PermissionDenied, IsADirectory, NotADirectory];

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (UNREADABLE.some((kind) => error instanceof kind)) {
      throw wrongUsage(`--env-file: ${path} cannot be read.`);
    }
    throw error;
  }
}
