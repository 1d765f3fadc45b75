import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { put, randomBytes, startBench, table, whole } from "./harness.ts";
import type { FaultKind } from "../../local/tiktok/index.ts";

const TOKEN = "/v2/oauth/token/";
const INIT = "/v2/post/publish/video/init/";

/** Whether an answer came at all; sent once, where fetch might send again. */
function sendOnce(url: string, body: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const request = httpRequest(url, { method: "POST", headers, agent: false }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
    });
    request.once("error", () => resolve(0));
    request.end(body);
  });
}

table("a refresh meets a fault:", {
  "refused, the token lives": [{ kind: "refuse" }, 0, true],
  "the reply lost, the token is dead": [{ kind: "lose_reply" }, 0, false],
  "503, the token lives": [{ kind: "status", status: 503 }, 503, true],
  "503 after acting, the token is dead": [{ kind: "status_after", status: 503 }, 503, false],
  "garbage, the token is dead": [{ kind: "garbage" }, 200, false],
  "a code of the table, the token lives": [{ kind: "error", code: "server_error" }, 400, true],
} as Record<string, [FaultKind, number, boolean]>, async ([fault, status, lives]) => {
  await using bench = await startBench();
  const { refresh_token } = await bench.connect();
  bench.tiktok.faults.add({ ...fault, path: TOKEN });
  const body = new URLSearchParams({
    client_key: "ck_test",
    client_secret: "secret_test",
    grant_type: "refresh_token",
    refresh_token,
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal(await sendOnce(bench.origin + TOKEN, String(body), headers), status);
  assert.equal(bench.tiktok.state.calls.at(-1)?.status, status);
  assert.equal("access_token" in (await bench.refresh(refresh_token)).body, lives);
});

Deno.test("an error has the shape and status of its endpoint", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const path = "/v2/post/publish/status/fetch/";
  bench.tiktok.faults.add({ path, kind: "error", code: "rate_limit_exceeded" });
  const answer = await bench.status(access_token, "any");
  assert.deepEqual([answer.status, answer.code], [429, "rate_limit_exceeded"]);
});

Deno.test("nth spares those before, times ends it, clear ends all", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const path = "/v2/user/info/";
  const see = async () =>
    (await bench.call(`${path}?fields=open_id`, access_token, undefined, { method: "GET" })).code;
  bench.tiktok.faults.add({ path, kind: "error", code: "internal_error", nth: 2, times: 2 });
  const seen = [await see(), await see(), await see(), await see()];
  assert.deepEqual(seen, ["ok", "internal_error", "internal_error", "ok"]);
  bench.tiktok.faults.add({ path, kind: "error", code: "internal_error", times: Infinity });
  assert.equal(await see(), "internal_error");
  bench.tiktok.faults.clear();
  assert.equal(await see(), "ok");
});

Deno.test("a lost reply to an init leaves an init behind", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  bench.tiktok.faults.add({ path: INIT, kind: "lose_reply" });
  const body = JSON.stringify({
    post_info: {
      privacy_level: "SELF_ONLY",
      brand_content_toggle: false,
      brand_organic_toggle: false,
    },
    source_info: whole(10),
  });
  const status = await sendOnce(bench.origin + INIT, body, {
    "content-type": "application/json; charset=UTF-8",
    authorization: `Bearer ${access_token}`,
  });
  assert.equal(status, 0);
  assert.equal(bench.tiktok.state.inits, 1);
});

Deno.test("a request can be held until the test lets it go", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const gate = Promise.withResolvers<void>();
  const path = "/v2/user/info/";
  bench.tiktok.faults.add({ path, kind: "wait", until: gate.promise });
  const url = `${path}?fields=open_id`;
  const held = bench.call(url, access_token, undefined, { method: "GET" });
  const free = await bench.call(url, access_token, undefined, { method: "GET" });
  assert.equal(free.code, "ok");
  assert.equal(bench.tiktok.state.calls.at(-2)?.status, null);
  gate.resolve();
  assert.equal((await held).code, "ok");
});

table("a token suffers in flight:", {
  "expired, it can be refreshed": ["expire_token", 200],
  "its authorization removed, it cannot": ["remove_authorization", 400],
} as Record<string, ["expire_token" | "remove_authorization", number]>, async ([kind, status]) => {
  await using bench = await startBench();
  const { access_token, refresh_token } = await bench.connect();
  bench.tiktok.faults.add({ path: "/v2/user/info/", kind });
  const path = "/v2/user/info/?fields=open_id";
  const answer = await bench.call(path, access_token, undefined, { method: "GET" });
  assert.equal(answer.code, "access_token_invalid");
  assert.equal((await bench.refresh(refresh_token)).status, status);
});

table("an upload meets a fault:", {
  "its URL expired": [{ kind: "expire_upload" }, 403, 403],
  "503, the bytes are not there": [{ kind: "status", status: 503 }, 503, 201],
  "503 after acting, the bytes are there": [{ kind: "status_after", status: 503 }, 503, 416],
} as Record<string, [FaultKind, number, number]>, async ([fault, first, second]) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const { upload_url } = await bench.init(access_token, whole(10));
  bench.tiktok.faults.add({ ...fault, path: "/video/" });
  const send = async () => (await put(upload_url, randomBytes(10), 0, 10)).status;
  assert.deepEqual([await send(), await send()], [first, second]);
});

Deno.test("calls tell method, path, status and account, and no secret", async () => {
  await using bench = await startBench();
  const { access_token, open_id } = await bench.connect();
  await bench.post(access_token, randomBytes(10));
  await bench.status("act.nobody", "any");
  const { calls, issuedSecrets } = bench.tiktok.state;
  assert.deepEqual(
    calls.map(({ method, path, status, account }) => [method, path, status, account]),
    [
      ["GET", "/v2/auth/authorize/", 200, null],
      ["POST", "/v2/auth/authorize/", 303, open_id],
      ["POST", TOKEN, 200, open_id],
      ["POST", INIT, 200, open_id],
      ["PUT", "/video/", 201, open_id],
      ["POST", "/v2/post/publish/status/fetch/", 401, null],
    ],
  );
  const text = JSON.stringify(calls);
  assert.ok(!issuedSecrets().some((secret) => text.includes(secret)));
});
