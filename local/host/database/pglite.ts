/** PGlite behind the host's `Sql`: PostgreSQL in the process, in memory or in a folder. */
import { type Extensions, PGlite, type Transaction } from "@electric-sql/pglite";
import type { Queryable, Row, Sql } from "./sql.ts";

export interface PgliteOptions {
  /** Where the data lives; in memory if left out. */
  folder?: string;
  /** A dumped data folder to begin with. Only for a new database. */
  snapshot?: Blob;
  /** Ships pgcrypto with the database; it costs start time, so only where a migration wants it. */
  with_pgcrypto: boolean;
  onNotice(severity: string, message: string): void;
}

const int8_type_id = 20;

/** An open PGlite, which can also be dumped for a later, faster start. */
export interface PgliteSql extends Sql {
  dump(): Promise<Blob>;
}

export async function openPglite(options: PgliteOptions): Promise<PgliteSql> {
  const extensions: Extensions = {};
  if (options.with_pgcrypto) {
    extensions.pgcrypto = (await import("@electric-sql/pglite/contrib/pgcrypto")).pgcrypto;
  }
  const db = new PGlite({
    ...(options.folder ? { dataDir: options.folder } : {}),
    ...(options.snapshot ? { loadDataDir: options.snapshot } : {}),
    extensions,
    parsers: { [int8_type_id]: (value: string) => value },
  });
  await db.waitReady;
  await db.exec("set timezone to 'UTC'");

  const onNotice = (notice: { severity?: string; message?: string }) =>
    options.onNotice(notice.severity ?? "NOTICE", notice.message ?? "");
  const wrap = (on: PGlite | Transaction): Queryable => ({
    async query<T extends Row>(text: string, params: unknown[] = []) {
      return (await on.query<T>(text, params, { onNotice })).rows;
    },
    async exec(script) {
      await on.exec(script, { onNotice });
    },
  });
  return {
    kind: "pglite",
    ...wrap(db),
    transaction: (work) => db.transaction((tx) => work(wrap(tx))),
    async listen(channel, onNotify) {
      await db.listen(channel, onNotify);
    },
    dump: () => db.dumpDataDir("gzip"),
    close: () => db.close(),
  };
}
