/**
 * The real migrations in PGlite, one database a process, emptied between seeds. Its clock is the
 * simulation's without more ado: PGlite asks JavaScript for the time. Functions call it as
 * `service_role` does, one call, one transaction.
 */

import { PGlite } from "@electric-sql/pglite";
import { bootstrap } from "../../local/host/database/bootstrap.ts";
import { applyMigrations, readMigrations } from "../../local/host/database/migrations.ts";
import type { Queryable, Sql } from "../../local/host/database/index.ts";
import { repositoryPath } from "../../local/host/index.ts";

export type RpcAnswer = { ok: true; body: string } | {
  ok: false;
  sqlstate: string;
  message: string;
};

export class Database {
  readonly #functions = new Set<string>();
  #tables: string[] = [];

  private constructor(readonly pglite: PGlite) {}

  static async open(): Promise<Database> {
    const pglite = new PGlite();
    await pglite.waitReady;
    await pglite.exec("set timezone to 'UTC'");
    const sql = asSql(pglite);
    await bootstrap(sql);
    await applyMigrations(sql, await readMigrations(repositoryPath("supabase/migrations")));
    const database = new Database(pglite);
    await database.#prepare();
    return database;
  }

  async #prepare(): Promise<void> {
    await this.pglite.exec(`
      -- A plan that depends on what ran before would make a seed depend on its forerunners.
      set plan_cache_mode = force_generic_plan;
      set request.jwt.claims = '{"role": "service_role"}';
      -- When a tick of each function finds something to do.
      prepare simulated_due as select
        (select min(extract(epoch from greatest(next_attempt_at, lease_expires_at)) * 1000)::float8
           from public.publish_jobs where next_attempt_at is not null) as poll_at,
        (select min(extract(epoch from greatest(refresh_due_at, refresh_lease_expires_at)) * 1000)::float8
           from public.platform_connections where status = 'active') as refresh_at,
        (select min(extract(epoch from greatest(next_attempt_at, lease_expires_at)) * 1000)::float8
           from private.token_revocations where next_attempt_at is not null) as revoke_at,
        (select min(extract(epoch from follow_up_at) * 1000)::float8
           from public.publish_jobs where follow_up_at is not null) as follow_at;
    `);
    const { rows: tables } = await this.pglite.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname in ('public', 'private') order by c.oid desc`,
    );
    this.#tables = [...tables.map(({ name }) => name), "auth.users"];
    const { rows: functions } = await this.pglite.query<
      { name: string; names: string[]; types: string[] }
    >(
      `select p.proname as name, p.proargnames as names,
              array(select format_type(t, null) from unnest(p.proargtypes::oid[]) with ordinality as a(t, i) order by i) as types
         from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'`,
    );
    for (const { name, names, types } of functions) {
      const columns = types.map((type, index) => `${names[index]} ${type}`).join(", ");
      const values = types.map((_, index) => `${names[index]} => a.${names[index]}`).join(", ");
      await this.pglite.exec(
        `prepare call_${name}(json) as
           select to_json(public.${name}(${values}))::text as body
             from json_to_record($1) as a(${columns})`,
      );
      this.#functions.add(name);
    }
  }

  async empty(): Promise<void> {
    await this.pglite.exec(
      `reset role; ${this.#tables.map((table) => `delete from ${table};`).join(" ")}`,
    );
    // So that nothing of what was there can be told, not even by the order of rows.
    await this.pglite.exec(`vacuum ${this.#tables.join(", ")}`);
  }

  async rpc(name: string, body: string): Promise<RpcAnswer> {
    if (!this.#functions.has(name)) return { ok: false, sqlstate: "42883", message: `no ${name}` };
    const statement = `execute call_${name}('${body.replaceAll("'", "''")}')`;
    try {
      const [row] = await this.read<{ body: string | null }>(statement);
      return { ok: true, body: row?.body ?? "null" };
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error)) throw error;
      return { ok: false, sqlstate: String(error.code), message: error.message };
    }
  }

  async read<Row extends object>(text: string): Promise<Row[]> {
    // One message there and one back: half the time that a query with parameters takes.
    const [result] = await this.pglite.exec(text);
    return (result?.rows ?? []) as Row[];
  }
}

/** As the host's own code takes a database. */
function asSql(pglite: PGlite): Sql {
  const wrap = (on: Pick<PGlite, "query" | "exec">): Queryable => ({
    query: async <Row extends object>(text: string, params: unknown[] = []) =>
      (await on.query<Row>(text, params)).rows,
    exec: async (script) => void await on.exec(script),
  });
  return {
    kind: "pglite",
    ...wrap(pglite),
    transaction: (work) => pglite.transaction((tx) => work(wrap(tx as unknown as PGlite))),
    listen: async (channel, onNotify) => void await pglite.listen(channel, onNotify),
    close: () => pglite.close(),
  };
}
