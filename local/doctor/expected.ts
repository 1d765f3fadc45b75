/** What there has to be, as this repository has it; tests/doctor compares it with the code. */

import { readMigrations } from "../host/database/migrations.ts";
import { repositoryPath } from "../host/paths.ts";

/** Called by pg_cron, each by a job of its own name. */
export const SCHEDULED_FUNCTIONS: readonly string[] = [
  "tiktok-analytics",
  "tiktok-refresh",
  "tiktok-status-poll",
];

/** Every job of the migrations, with how long it may be silent (seconds); null: not looked at. */
export const JOBS: Readonly<Record<string, number | null>> = {
  "tiktok-refresh": 5 * 60,
  "tiktok-status-poll": 5 * 60,
  "tiktok-analytics": 20 * 60,
  "purge-schedule-history": null,
};

export async function listFunctions(): Promise<string[]> {
  const slugs: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(repositoryPath("supabase/functions"))) {
    if (isDirectory && !name.startsWith("_") && !name.startsWith(".")) slugs.push(name);
  }
  return slugs.sort();
}

export async function listMigrations(): Promise<string[]> {
  const migrations = await readMigrations(repositoryPath("supabase/migrations"));
  return migrations.map(({ version }) => version);
}
