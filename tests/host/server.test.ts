import assert from "node:assert/strict";
import { isIgnored, startPostgres } from "../support/postgres.ts";
import { calls, heard } from "./fixtures/functions/echo/index.ts";
import { makeClient, signInAs, startTestHost } from "./support.ts";

const server = await startPostgres();
const why = isIgnored(server) ? ` (${server.ignored})` : "";

Deno.test({
  name: `the host on a PostgreSQL server with pg_cron${why}`,
  ignore: isIgnored(server),
  async fn(t) {
    if (isIgnored(server)) return;
    const host = await startTestHost({ database_url: server.url, cron: true });
    calls.length = 0;
    const called = new Promise((resolve) =>
      heard.addEventListener("call", resolve, { once: true })
    );

    await t.step("functions, rows and objects work as on PGlite", async () => {
      const service = makeClient(host, host.keys.secret);
      assert.equal((await service.rpc("add", { a: 1 })).data, 2);
      assert.deepEqual((await service.rpc("echo_json", { value: { a: 1 } })).data, { a: 1 });
      assert.equal((await service.rpc("nothing", { note: "x" })).status, 204);
      assert.equal(
        (await service.rpc("fail_with", { sqlstate_code: "PT429", message: "m" })).status,
        429,
      );
      const ada = await signInAs(host, "ada@example.com");
      await host.sql.query("insert into things (user_id, name) values ($1::text::uuid, 'x')", [
        host.users[0]?.id,
      ]);
      const { data } = await ada.from("things").select("id, name, is_big").eq("is_big", false);
      assert.deepEqual(data, [{ id: 1, name: "x", is_big: false }]);
      const videos = ada.storage.from("videos");
      const path = `${host.users[0]?.id}/a.mp4`;
      assert.equal((await videos.upload(path, new Blob(["bytes"]))).error, null);
      assert.equal((await videos.info(path)).data?.size, 5);
    });
    await t.step("values come back as from PGlite", async () => {
      const [row] = await host.sql.query(
        `select 7123456789012345678 as big, '{"a": [1]}'::jsonb as json, true as yes,
                array['a', 'b'] as list, timestamptz '2026-01-02T03:04:05Z' as moment`,
      );
      assert.deepEqual(row, {
        big: "7123456789012345678",
        json: { a: [1] },
        yes: true,
        list: ["a", "b"],
        moment: new Date("2026-01-02T03:04:05Z"),
      });
      const [bool] = await host.sql.query("select $1::boolean as no, $2::jsonb as json", [
        false,
        '{"b":2}',
      ]);
      assert.deepEqual(bool, { no: false, json: { b: 2 } });
    });
    await t.step("a second host on the same server changes nothing but its address", async () => {
      const again = await startTestHost({ database_url: server.url });
      assert.deepEqual(again.users, host.users);
      await again.close();
      await host.sql.query(
        `select vault.update_secret(id, $1) from vault.secrets where name = 'project_url'`,
        [host.url],
      );
    });
    await t.step("pg_cron is the real one", async () => {
      const rows = await host.sql.query(
        "select extname from pg_extension where extname = 'pg_cron'",
      );
      assert.equal(rows.length, 1);
    });
    await t.step("pg_cron itself calls the function, within its minute", async () => {
      await called;
      assert.match(calls[0]?.url ?? "", /\/functions\/v1\/echo/);
      const [queue] = await host.sql.query("select count(*) from net.http_request_queue");
      assert.equal(queue?.count, "0");
    });
    await host.close();
    await server.stop();
  },
});
