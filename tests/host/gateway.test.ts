import assert from "node:assert/strict";
import { request } from "node:http";
import { startTestHost } from "./support.ts";

/** `fetch` does not let the `Host` header be chosen. */
function statusWithHost(url: string, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  request(url, { headers: { host } }, (answer) => {
    answer.resume();
    answer.on("end", () => resolve(answer.statusCode ?? 0));
  }).on("error", reject).end();
  return promise;
}

Deno.test("gateway", async (t) => {
  const host = await startTestHost();
  const { port } = new URL(host.url);
  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${host.url}${path}`, init);
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  };

  await t.step("a foreign Host header is refused, loopback's names are not", async () => {
    assert.equal(await statusWithHost(`${host.url}/dev/config`, "evil.example"), 421);
    assert.equal(await statusWithHost(`${host.url}/dev/config`, `evil.example:${port}`), 421);
    assert.equal(await statusWithHost(`${host.url}/dev/config`, `localhost:${port}`), 200);
  });
  await t.step("it listens on loopback only", async () => {
    const others = Deno.networkInterfaces().filter((each) =>
      each.family === "IPv4" && !each.address.startsWith("127.")
    );
    for (const { address } of others) {
      await assert.rejects(Deno.connect({ hostname: address, port: Number(port) }));
    }
  });
  await t.step("/dev/config says what a page or a script needs", async () => {
    const { headers, body } = await get("/dev/config");
    const config = JSON.parse(body);
    assert.deepEqual(config, {
      supabase_url: host.url,
      publishable_key: host.keys.publishable,
      keys: host.keys,
      users: host.users,
      tiktok_origin: host.tiktok_origin,
      redirect_to: `${host.url}/connected`,
    });
    assert.equal(headers.get("access-control-allow-origin"), null, "no other page may read it");
  });
  await t.step("the dashboard is at / and /connected, query or not", async () => {
    for (const path of ["/", "/connected?code=x&state=y", "/index.html"]) {
      const { status, headers, body } = await get(path);
      assert.equal(status, 200);
      assert.match(body, /<title>fixture/);
      assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
    }
    assert.match((await get("/app.js")).headers.get("content-type") ?? "", /javascript/);
  });
  await t.step("nothing outside of the dashboard's folder is served", async () => {
    for (
      const path of ["/../support.ts", "/%2e%2e/support.ts", "/..%2fsupport.ts", "/.env", "//etc"]
    ) {
      assert.equal((await get(path)).status, 404, path);
    }
    assert.equal((await get("/index.html", { method: "POST" })).status, 405);
  });
  await t.step("a missing dashboard is a placeholder", async () => {
    const bare = await startTestHost({ dashboard_dir: "/nonexistent" });
    const answer = await fetch(bare.url);
    assert.match(await answer.text(), /embedded host is running/);
    await bare.close();
  });
  await t.step("CORS is Supabase's: any origin for the APIs", async () => {
    for (const area of ["rest", "auth", "storage"]) {
      const preflight = await get(`/${area}/v1/x`, {
        method: "OPTIONS",
        headers: { origin: "http://app.test", "access-control-request-headers": "apikey" },
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
      assert.equal(preflight.headers.get("access-control-allow-headers"), "apikey");
      const answer = await get(`/${area}/v1/x`);
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      assert.ok(answer.status >= 400 && answer.status < 500, `${area}: ${answer.status}`);
    }
  });
  await t.step("two hosts in turn on one port: the second takes the next", async () => {
    const second = await startTestHost({ port: Number(port) });
    assert.notEqual(second.url, host.url);
    await second.close();
  });
  await host.close();
});
