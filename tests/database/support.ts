/**
 * A plain PostgreSQL server with our migrations, one a test file, and the tests' way into it.
 *
 * A file asks for its server at its top, because whether there can be one decides whether its tests
 * are registered as ignored. Connections are opened and closed by each test.
 */
import postgres from "postgres";
import { applyMigrations, readMigrations } from "../../local/host/database/migrations.ts";
import { openServer } from "../../local/host/database/server.ts";
import { isIgnored, type PostgresServer, startPostgres } from "../support/postgres.ts";

/** The folder of the migrations. */
export const migrations_dir = new URL("../../supabase/migrations", import.meta.url).pathname;

const statement_timeout_ms = 20_000;

/** A way into a database: `sql` runs statements, `url` names it for other programs. */
export interface TestDatabase {
  sql: postgres.Sql;
  url: string;
  server: PostgresServer;
}

export interface DatabaseTests {
  /** Registers a test that gets up to 60 connections to this file's database. */
  test(name: string, fn: DatabaseTest, options?: {
    /** Why this one is ignored, if it is. */
    ignored?: string | undefined;
  }): void;
}

type DatabaseTest = (database: TestDatabase, t: Deno.TestContext) => Promise<void>;

export interface DatabaseTestsOptions {
  /** Something else that is missing: the tests are registered as ignored, and no server is started. */
  ignored?: string;
  /** What happens once to the server's database; by default it is prepared and migrated. */
  prepare?: (url: string) => Promise<void>;
}

/** Starts this file's server; it is stopped after the file's last test. */
export async function startDatabaseTests(
  { ignored, prepare = prepareMigrated }: DatabaseTestsOptions = {},
): Promise<DatabaseTests> {
  const server = ignored === undefined ? await startPostgres() : { ignored };
  if (isIgnored(server)) return { test: (name) => ignoreTest(name, server.ignored) };
  try {
    await prepare(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  Deno.test.afterAll(() => server.stop());
  return {
    test(name, fn, { ignored } = {}) {
      if (ignored !== undefined) return ignoreTest(name, ignored);
      Deno.test(name, async (t) => {
        await withSql(server.url, (sql) => fn({ sql, url: server.url, server }, t));
      });
    },
  };
}

function ignoreTest(name: string, reason: string): void {
  Deno.test({ name: `${name} (${reason})`, ignore: true, fn() {} });
}

/** Creates an extension as a hosted project has it; answers why not where it is not installed. */
export async function createExtension(url: string, name: string): Promise<string | undefined> {
  return await withSql(url, async (sql) => {
    const [row] = await sql`select from pg_available_extensions where name = ${name}`;
    if (!row) return `PostgreSQL is installed, ${name} is not`;
    await sql`create extension ${sql(name)} with schema extensions`;
  });
}

/** Opens connections for the time of `work`. Notices go to `onNotice`. */
export async function withSql<T>(
  url: string,
  work: (sql: postgres.Sql) => Promise<T>,
  onNotice: (notice: postgres.Notice) => void = () => {},
): Promise<T> {
  // A test that waits for a lock for ever fails instead.
  const connection = { statement_timeout: statement_timeout_ms };
  const sql = postgres(url, { max: 60, onnotice: onNotice, connection });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Makes a plain server's database what the migrations expect (plain_server.sql). */
export async function preparePlain(url: string): Promise<void> {
  const script = await Deno.readTextFile(new URL("plain_server.sql", import.meta.url));
  await withSql(url, (sql) => sql.unsafe(script).simple());
}

/** Applies the migrations in order, each in a transaction, recorded as `supabase db push` does. */
export async function migrate(
  url: string,
  onNotice: (severity: string, message: string) => void = () => {},
): Promise<void> {
  const sql = openServer(url, onNotice);
  try {
    await applyMigrations(sql, await readMigrations(migrations_dir));
  } finally {
    await sql.close();
  }
}

export async function prepareMigrated(url: string): Promise<void> {
  await preparePlain(url);
  await migrate(url);
}
