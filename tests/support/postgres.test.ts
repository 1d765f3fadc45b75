import postgres from "postgres";
import assert from "node:assert/strict";
import { isIgnored, startPostgres } from "./postgres.ts";

const server = await startPostgres();
const ignore = isIgnored(server);

Deno.test({
  name: ignore ? `throw-away PostgreSQL (${server.ignored})` : "throw-away PostgreSQL",
  ignore,
  async fn(t) {
    if (isIgnored(server)) return;

    await t.step("pg_cron can be created in the database of `url`", async () => {
      const sql = postgres(server.url, { max: 1 });
      await sql`create extension pg_cron with schema pg_catalog`;
      const rows = await sql`select count(*)::int as jobs from cron.job`;
      assert.deepEqual([...rows], [{ jobs: 0 }]);
      await sql.end();
    });

    await t.step("another database is empty and separate", async () => {
      const sql = postgres(await server.createDatabase("other"), { max: 1 });
      const [row] = await sql`select current_database() as name, current_user as role`;
      assert.deepEqual(row, { name: "other", role: "postgres" });
      await sql.end();
    });

    await t.step("stop ends it, twice is fine", async () => {
      await server.stop();
      await server.stop();
      const sql = postgres(server.url, { max: 1, connect_timeout: 1 });
      await assert.rejects(() => sql`select 1`);
      await sql.end();
    });
  },
});
