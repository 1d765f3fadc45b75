/** A PostgreSQL server behind the host's `Sql`. */
import postgres from "postgres";
import type { Queryable, Row, Sql } from "./sql.ts";

const int8_type_id = 20;
const bool_type_id = 16;
const json_type_id = 114;
const jsonb_type_id = 3802;

/** `url` is a connection string; its role must be able to become `anon`, `service_role` and so on. */
export function openServer(
  url: string,
  onNotice: (severity: string, message: string) => void,
): Sql {
  // A string given for a json parameter is JSON text already: the driver would quote it once more.
  const json = (id: number) => ({
    to: id,
    from: [id],
    serialize: (value: unknown) => typeof value === "string" ? value : JSON.stringify(value),
    parse: (value: string) => JSON.parse(value),
  });
  const sql = postgres(url, {
    max: 10,
    connection: { TimeZone: "UTC", application_name: "nexus-embedded-host" },
    types: {
      json: json(json_type_id),
      jsonb: json(jsonb_type_id),
      bigint: {
        to: int8_type_id,
        from: [int8_type_id],
        serialize: String,
        parse: (value: string) => value,
      },
      bool: {
        to: bool_type_id,
        from: [bool_type_id],
        serialize: String,
        parse: (value: string) => value === "t",
      },
    },
    onnotice: (notice) => onNotice(notice.severity ?? "NOTICE", notice.message ?? ""),
  });

  const wrap = (on: postgres.Sql): Queryable => ({
    async query<T extends Row>(text: string, params: unknown[] = []) {
      // As PostgREST does: most of what is asked is asked again and again, with other values.
      const options = { prepare: params.length > 0 };
      return [...await on.unsafe(text, params as never[], options)] as unknown as T[];
    },
    async exec(script) {
      await on.unsafe(script).simple();
    },
  });
  return {
    kind: "server",
    ...wrap(sql as unknown as postgres.Sql),
    async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
      let result: T | undefined;
      // `begin` types its result as rows; ours is anything, so it is carried past it.
      await sql.begin(async (tx) => {
        result = await work(wrap(tx as unknown as postgres.Sql));
      });
      return result as T;
    },
    async listen(channel, onNotify) {
      // The third argument runs after a lost connection was made again: something may have been missed.
      await sql.listen(channel, onNotify, onNotify);
    },
    close: () => sql.end({ timeout: 2 }),
  };
}
