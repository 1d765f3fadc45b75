/** Opens the host's database: bootstrapped, migrated, ready. */
import { bootstrap, chooseStandIns, readBootstrap, type StandIns } from "./bootstrap.ts";
import { applyMigrations, type Migration, readMigrations } from "./migrations.ts";
import { openPglite, type PgliteOptions } from "./pglite.ts";
import { openServer } from "./server.ts";
import { readSnapshot, snapshotPath, writeSnapshot } from "./snapshot.ts";
import type { Sql } from "./sql.ts";

export type { DatabaseError, Queryable, Row, Sql } from "./sql.ts";
export { isDatabaseError, quoteName } from "./sql.ts";
export type { StandIns } from "./bootstrap.ts";

export interface DatabaseOptions {
  /** Connection string of a server; PGlite if left out. */
  database_url?: string;
  /** PGlite's folder; in memory if left out. */
  folder?: string;
  migrations_dir: string;
  onNotice(severity: string, message: string): void;
}

export interface Database {
  sql: Sql;
  stand_ins: StandIns;
  /** Versions that this start added, out of a snapshot or by running them. */
  applied: string[];
}

// PGlite's version is part of the snapshot's key: another version may not read its files.
const pglite_version = import.meta.resolve("@electric-sql/pglite");

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const migrations = await readMigrations(options.migrations_dir);
  if (options.database_url) {
    return await prepare(openServer(options.database_url, options.onNotice), migrations);
  }
  const with_pgcrypto = migrations.some(({ script }) => /\bpgcrypto\b/.test(script));
  const shared = { with_pgcrypto, onNotice: options.onNotice };
  const { folder } = options;
  if (!folder) return await openNew(shared, migrations);

  // The mark is made last: a folder without it was left half-made by a host that got killed.
  const mark = `${folder}.ready`;
  if (await exists(mark)) return await prepare(await openPglite({ ...shared, folder }), migrations);
  if (await exists(folder)) await Deno.remove(folder, { recursive: true });
  const database = await openNew({ ...shared, folder }, migrations);
  await Deno.writeTextFile(mark, "");
  return database;
}

async function openNew(options: PgliteOptions, migrations: Migration[]): Promise<Database> {
  const path = snapshotPath([
    pglite_version,
    await readBootstrap(),
    ...migrations.flatMap(({ version, name, script }) => [version, name, script]),
  ]);
  const snapshot = await readSnapshot(path);
  if (snapshot) {
    const sql = await openPglite({ ...options, snapshot });
    const applied = migrations.map(({ version }) => version);
    return { sql, stand_ins: await chooseStandIns(sql), applied };
  }
  const sql = await openPglite(options);
  const database = await prepare(sql, migrations);
  try {
    await writeSnapshot(path, await sql.dump());
  } catch (error) {
    // A full disk, or another process pruning at the same moment: only the next start is slower.
    options.onNotice("WARNING", `no database snapshot was kept: ${String(error)}`);
  }
  return database;
}

async function prepare(sql: Sql, migrations: Migration[]): Promise<Database> {
  try {
    const stand_ins = await bootstrap(sql);
    return { sql, stand_ins, applied: await applyMigrations(sql, migrations) };
  } catch (error) {
    await sql.close();
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
