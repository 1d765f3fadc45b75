/**
 * The types of the schema `public`, as `supabase gen types` writes them.
 *
 * Run by itself, this regenerates `_shared/database/database.types.ts` from the migrations on a
 * throw-away server: `deno run -A tests/database/types.ts`.
 */
import { isIgnored, startPostgres } from "../support/postgres.ts";
import { prepareMigrated } from "./support.ts";
import { findSupabaseCli, runSupabase, type SupabaseCli } from "./supabase_cli.ts";

/** Where the generated types are kept. */
export const types_path =
  new URL("../../supabase/functions/_shared/database/database.types.ts", import.meta.url).pathname;

/** The types of a migrated database. */
export async function generateTypes(cli: SupabaseCli, database_url: string): Promise<string> {
  const { code, stdout, stderr } = await runSupabase(
    cli,
    database_url,
    ...["gen", "types", "--schema", "public"],
  );
  if (code !== 0) throw new Error(`supabase gen types failed: ${stderr}`);
  return stdout;
}

async function regenerate(): Promise<void> {
  const cli = await findSupabaseCli();
  if ("ignored" in cli) throw new Error(cli.ignored);
  const server = await startPostgres();
  if (isIgnored(server)) throw new Error(server.ignored);
  try {
    await prepareMigrated(server.url);
    await Deno.writeTextFile(types_path, await generateTypes(cli, server.url));
  } finally {
    await server.stop();
  }
}

if (import.meta.main) await regenerate();
