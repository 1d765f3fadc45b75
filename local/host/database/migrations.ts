/**
 * Applies `supabase/migrations/*.sql` and keeps the record that `supabase db push` keeps, so that
 * both can be used on one server: `supabase_migrations.schema_migrations(version, statements, name)`.
 */
import { splitStatements } from "./split.ts";
import type { Queryable, Sql } from "./sql.ts";

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

/**
 * Applies what the record lacks, each file in a transaction of its own, unless it does what none
 * allows; gives their versions.
 */
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

/** An index that is made or dropped `concurrently`, behind comments or not. */
const OUTSIDE_TRANSACTIONS = new RegExp(
  /^(?:\s+|--[^\n]*\n|\/\*[^]*?\*\/)*/.source +
    /(?:create\s+(?:unique\s+)?index|drop\s+index|reindex\b[^]*?)\s+concurrently\b/.source,
  "i",
);

/** As `supabase db push`: with such a statement in it, a file runs statement by statement. */
async function applyMigration(sql: Sql, migration: Migration): Promise<void> {
  const statements = splitStatements(migration.script);
  const work = (on: Queryable) => runStatements(on, migration, statements);
  if (statements.some((statement) => OUTSIDE_TRANSACTIONS.test(statement))) await work(sql);
  else await sql.transaction(work);
}

async function runStatements(
  on: Queryable,
  { version, name }: Migration,
  statements: string[],
): Promise<void> {
  for (const [index, statement] of statements.entries()) {
    try {
      await on.exec(statement);
    } catch (error) {
      const where = `migration ${version}_${name}.sql, statement ${index + 1}`;
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${where}: ${message}\n${statement}`, { cause: error });
    }
  }
  await on.query(
    `insert into supabase_migrations.schema_migrations (version, name, statements)
     values ($1, $2, $3::text[])`,
    [version, name, statements],
  );
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
