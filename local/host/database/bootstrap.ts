/** What a hosted project has before its first migration, made where the server lacks it. */
import type { Sql } from "./sql.ts";

/** Which of the host's stand-ins are in use; where one is not, the real extension is. */
export interface StandIns {
  cron: boolean;
  net: boolean;
  vault: boolean;
}

const always = ["roles", "auth", "storage", "realtime"] as const;

/** The text of all bootstrap files: the snapshot's key covers them. */
export async function readBootstrap(): Promise<string> {
  const names = [...always, "vault", "cron", "net"];
  return (await Promise.all(names.map(readScript))).join("\n");
}

/** Runs the bootstrap files. Idempotent. */
export async function bootstrap(sql: Sql): Promise<StandIns> {
  const stand_ins = await chooseStandIns(sql);
  const chosen = (["vault", "cron", "net"] as const).filter((name) => stand_ins[name]);
  const scripts = await Promise.all([...always, ...chosen].map(readScript));
  // One transaction: a host killed half-way leaves nothing that a later start would trip over.
  await sql.transaction(async (tx) => {
    await tx.exec("set local client_min_messages = warning");
    for (const script of scripts) await tx.exec(script);
  });
  return stand_ins;
}

/**
 * A real extension is left to the migrations, which create it. pg_cron counts only in the one
 * database that its background worker serves: elsewhere `create extension` refuses.
 */
export async function chooseStandIns(sql: Sql): Promise<StandIns> {
  const [row] = await sql.query<StandIns>(`
    select
      not (
        exists (select from pg_available_extensions where name = 'pg_cron')
        and coalesce(current_setting('cron.database_name', true) = current_database(), false)
      ) as cron,
      not exists (select from pg_available_extensions where name = 'pg_net') as net,
      not exists (select from pg_available_extensions where name = 'supabase_vault') as vault
  `);
  if (!row) throw new Error("the database gave no row to a select without conditions");
  return row;
}

function readScript(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`../sql/${name}.sql`, import.meta.url));
}
