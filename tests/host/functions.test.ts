import assert from "node:assert/strict";
import { calls, released } from "./fixtures/functions/echo/index.ts";
import { makeClient, startTestHost } from "./support.ts";

Deno.test("functions", async (t) => {
  const own_key = Deno.env.get("TIKTOK_CLIENT_KEY");
  Deno.env.set("TIKTOK_CLIENT_KEY", "developers-own");
  const host = await startTestHost({ env: { MEDIA_PROFILE: "tiktok" } });

  await t.step("folders are found, shared ones are none", () => {
    assert.deepEqual(host.functions, ["broken", "echo"]);
  });
  await t.step(
    "a function gets the request as it came, and the platform's environment",
    async () => {
      const { data, error } = await makeClient(host).functions.invoke("echo", { body: { a: 1 } });
      assert.equal(error, null);
      assert.deepEqual([data.method, data.path, data.body], [
        "POST",
        "/functions/v1/echo",
        '{"a":1}',
      ]);
      const { env } = data;
      assert.equal(env.SUPABASE_URL, host.url);
      assert.deepEqual(JSON.parse(env.SUPABASE_PUBLISHABLE_KEYS), {
        default: host.keys.publishable,
      });
      assert.deepEqual(JSON.parse(env.SUPABASE_SECRET_KEYS), {
        default: host.keys.secret,
        cron: host.keys.cron,
      });
      assert.equal(JSON.parse(env.SUPABASE_JWKS).keys.length, 1);
      assert.equal(env.TIKTOK_REDIRECT_URI, `${host.url}/functions/v1/tiktok-callback`);
      assert.equal(env.TIKTOK_API_URL, host.tiktok_origin);
      assert.equal(env.TIKTOK_AUTHORIZE_URL, `${host.tiktok_origin}/v2/auth/authorize/`);
      assert.equal(env.NEXUS_REDIRECT_URLS, `${host.url}/connected`);
      assert.equal(env.MEDIA_ALLOWED_HOSTS, new URL(host.url).host);
      const ring = JSON.parse(env.TOKEN_ENCRYPTION_KEYS);
      assert.match(ring.keys[ring.current], /^[\w-]{43}$/);
      assert.equal(env.TIKTOK_CLIENT_KEY, "developers-own", "the process's own value stays");
      assert.equal(env.MEDIA_PROFILE, "tiktok", "the option wins");
    },
  );
  await t.step("a function that throws is a 500 of the platform, and is logged", async () => {
    const answer = await fetch(`${host.url}/functions/v1/broken`);
    assert.deepEqual([answer.status, (await answer.json()).code], [500, "WORKER_ERROR"]);
    assert.ok(host.logs.some((line) => line.includes("broken on purpose")));
  });
  await t.step("an unknown one is a 404, `_shared` too", async () => {
    for (const slug of ["nothing", "_shared", "..%2f"]) {
      const answer = await fetch(`${host.url}/functions/v1/${slug}`);
      await answer.body?.cancel();
      assert.equal(answer.status, 404);
    }
  });
  await t.step("idle waits for what EdgeRuntime was given", async () => {
    await (await fetch(`${host.url}/functions/v1/echo?background`)).body?.cancel();
    let is_idle = false;
    const idle = host.idle().then(() => is_idle = true);
    await (await fetch(host.url)).body?.cancel();
    assert.equal(is_idle, false);
    released.resolve();
    await idle;
    assert.equal(calls.at(-1)?.url, "background");
  });
  await t.step("no query is ever logged", () => {
    assert.equal(host.logs.join().includes("?background"), false);
    assert.ok(host.logs.some((line) => line.startsWith("GET /functions/v1/echo 200")));
  });
  await t.step("closing puts the environment back", async () => {
    await host.close();
    assert.equal(Deno.env.get("SUPABASE_URL"), undefined);
    assert.equal(Deno.env.get("TIKTOK_CLIENT_KEY"), "developers-own");
    assert.equal("EdgeRuntime" in globalThis, false);
  });
  if (own_key === undefined) Deno.env.delete("TIKTOK_CLIENT_KEY");
  else Deno.env.set("TIKTOK_CLIENT_KEY", own_key);
});
