/**
 * Applies `supabase/migrations/*.sql` and keeps the record that `supabase db push` keeps, so that
 * both can be used on one server: `supabase_migrations.schema_migrations(version, statements, name)`.
 */
import { splitStatements } from "./split.ts";
import type { Sql } from "./sql.ts";

/** One file of the migrations folder, `<version>_<name>.sql`. */
export interface Migration {
  version: string;
  name: string;
  script: string;
}

/** Reads a folder's migrations in order. A folder that does not exist has none. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for (const file of await listFiles(folder)) {
    // The same pattern as the Supabase CLI's; it skips other files silently as well.
    const match = /^([0-9]+)_(.*)\.sql$/.exec(file);
    if (!match) continue;
    const [, version = "", name = ""] = match;
    migrations.push({ version, name, script: await Deno.readTextFile(`${folder}/${file}`) });
  }
  return migrations.sort((a, b) => a.version < b.version ? -1 : a.version > b.version ? 1 : 0);
}

/** Applies what the record lacks, each file in a transaction of its own; gives their versions. */
export async function applyMigrations(sql: Sql, migrations: Migration[]): Promise<string[]> {
  await sql.exec(`
    set client_min_messages = warning;
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (
      version text not null primary key
    );
    alter table supabase_migrations.schema_migrations
      add column if not exists statements text[],
      add column if not exists name text;
    reset client_min_messages;
  `);
  const rows = await sql.query<{ version: string }>(
    "select version from supabase_migrations.schema_migrations",
  );
  const applied = new Set(rows.map((row) => row.version));
  const missing = migrations.filter((migration) => !applied.has(migration.version));
  for (const migration of missing) await applyMigration(sql, migration);
  return missing.map((migration) => migration.version);
}

async function applyMigration(sql: Sql, { version, name, script }: Migration): Promise<void> {
  const statements = splitStatements(script);
  await sql.transaction(async (tx) => {
    for (const [index, statement] of statements.entries()) {
      try {
        await tx.exec(statement);
      } catch (error) {
        const where = `migration ${version}_${name}.sql, statement ${index + 1}`;
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`${where}: ${message}\n${statement}`, { cause: error });
      }
    }
    await tx.query(
      `insert into supabase_migrations.schema_migrations (version, name, statements)
       values ($1, $2, $3::text[])`,
      [version, name, statements],
    );
  });
}

async function listFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) if (entry.isFile) files.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}
