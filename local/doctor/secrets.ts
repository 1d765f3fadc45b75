/**
 * `secrets.ts FILE`: does `supabase secrets list --output json`, written to FILE, name every setting
 * that the functions cannot do without? For the deployment, before anything is changed.
 */

import { z } from "zod";
import { EXIT_CODES } from "../cli/failure.ts";
import { ConfigError, readConfig } from "../../supabase/functions/_shared/config/config.ts";
import { TIKTOK_SETTINGS } from "../../supabase/functions/_shared/platform/tiktok_settings.ts";

const listed = z.array(z.object({ name: z.string() }));

/** The required settings that are not among `names`; the platform gives the functions its own. */
export function findMissing(names: readonly string[]): string[] {
  try {
    readConfig(TIKTOK_SETTINGS, () => undefined);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.settings.map(({ name }) => name)
      .filter((name) => !name.startsWith("SUPABASE_") && !names.includes(name));
  }
  return [];
}

if (import.meta.main) {
  const [path] = Deno.args;
  const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  if (path === undefined || Deno.args.length > 1) {
    say("Usage: secrets.ts FILE, written by supabase secrets list --output json");
    Deno.exit(EXIT_CODES.usage);
  }
  const names = listed.parse(JSON.parse(await Deno.readTextFile(path))).map(({ name }) => name);
  const missing = findMissing(names);
  if (missing.length > 0) {
    say(`Not set: ${missing.join(", ")}. Set them with supabase secrets set, then deploy again.`);
    Deno.exit(EXIT_CODES.refused);
  }
  say("Every setting that the functions cannot do without is set.");
}
