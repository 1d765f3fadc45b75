import assert from "node:assert/strict";
import { createTikTokClient } from "../../supabase/functions/_shared/tiktok/index.ts";
import { readRetryAfter } from "../../supabase/functions/_shared/tiktok/call.ts";
import { startRawServer } from "../transport/raw_server.ts";
import { failureOf } from "./failure_of.ts";
import { apiAnswer, clientFor, startScriptedTikTok } from "./scripted_tiktok.ts";

/** A pull is what may post by itself, so its outcome matters most. */
const PULL = {
  mode: "draft",
  source: { kind: "pull", url: "https://media.nexus.test/a.mp4" },
} as const;

const TAKEN = '{"publish_id":"v1"}';

type Expected = [code: string, outcome: "rejected" | "unknown"];

const ANSWERS: Record<string, [answer: () => Response, expected: Expected]> = {
  "an error with HTTP 200": [
    () => apiAnswer("{}", "spam_risk", 200),
    ["spam_risk", "rejected"],
  ],
  "an error with HTTP 403": [
    () => apiAnswer("{}", "reached_active_user_cap", 403),
    ["reached_active_user_cap", "rejected"],
  ],
  "the other spelling of invalid_params": [
    () => apiAnswer("{}", "invalid_param", 400),
    ["invalid_params", "rejected"],
  ],
  "a code that nobody documented": [
    () => apiAnswer("{}", "something_new", 400),
    ["something_new", "rejected"],
  ],
  "a readable error with HTTP 500": [
    () => apiAnswer("{}", "internal_error", 500),
    ["internal_error", "unknown"],
  ],
  "a refusal with HTTP 500": [() => apiAnswer("{}", "spam_risk", 500), ["spam_risk", "unknown"]],
  "an internal error with HTTP 400": [
    () => apiAnswer("{}", "internal_error", 400),
    ["internal_error", "unknown"],
  ],
  "ok with HTTP 502": [() => apiAnswer(TAKEN, "ok", 502), ["http_5xx", "unknown"]],
  "a bare HTTP 503": [() => new Response("busy", { status: 503 }), ["http_5xx", "unknown"]],
  "a bare HTTP 429": [
    () => new Response("<html>", { status: 429, headers: { "retry-after": "17" } }),
    ["rate_limit_exceeded", "rejected"],
  ],
  "a bare HTTP 404": [() => new Response("<html>", { status: 404 }), ["unreadable", "unknown"]],
  "HTTP 200 that is not JSON": [() => new Response("<html>"), ["unreadable", "unknown"]],
  "HTTP 200 that is JSON of another kind": [
    () => new Response('{"ok":true}'),
    ["unreadable", "unknown"],
  ],
  "HTTP 200 with an error that has no code": [
    () => new Response('{"data":{"publish_id":"v1"},"error":{"message":"fine"}}'),
    ["unreadable", "unknown"],
  ],
  "a redirect": [
    () => new Response(null, { status: 307, headers: { location: "/elsewhere" } }),
    ["unreadable", "unknown"],
  ],
  "a code with a NUL and half a character": [
    () => apiAnswer("{}", String.raw`odd\u0000\ud83d`, 400),
    ["odd\uFFFD\uFFFD", "rejected"],
  ],
  "a code that is cut in the middle of a character": [
    () => apiAnswer("{}", `${"x".repeat(99)}😀`, 400),
    ["x".repeat(99), "rejected"],
  ],
  "a publish_id that nobody could ask for again": [
    () => apiAnswer(String.raw`{"publish_id":"v1\u0000"}`),
    ["unreadable", "unknown"],
  ],
  "an answer of more than 1 MiB": [
    () => apiAnswer(`{"publish_id":"v1","x":"${"x".repeat(1024 * 1024)}"}`),
    ["unreadable", "unknown"],
  ],
};
for (const [name, [answer, [code, outcome]]] of Object.entries(ANSWERS)) {
  Deno.test(`${name} is ${code}, outcome ${outcome}, asked once`, async () => {
    await using tiktok = startScriptedTikTok(answer());
    const error = await failureOf(tiktok.client.initVideoPost("act.mine", PULL));
    assert.deepEqual([error.code, error.outcome], [code, outcome]);
    assert.equal(tiktok.seen.length, 1);
  });
}

Deno.test("ok is a success with HTTP 403 too", async () => {
  await using tiktok = startScriptedTikTok(apiAnswer(TAKEN, "ok", 403));
  const { publish_id } = await tiktok.client.initVideoPost("act.mine", PULL);
  assert.equal(publish_id, "v1");
});

Deno.test("an error names its log id, in both spellings and from the header", async () => {
  const answers: [body: unknown, headers: Record<string, string>, log_id: string | null][] = [
    [{ error: { code: "spam_risk", log_id: "A1" } }, { "x-tt-logid": "H1" }, "A1"],
    [{ error: { code: "spam_risk", logid: "A2" } }, {}, "A2"],
    [{ error: { code: "spam_risk" } }, { "x-tt-logid": "H2" }, "H2"],
    [{ error: { code: "spam_risk", log_id: "no id\n" } }, {}, null],
  ];
  for (const [body, headers, log_id] of answers) {
    await using tiktok = startScriptedTikTok(Response.json(body, { headers }));
    assert.equal((await failureOf(tiktok.client.readCreator("act.mine"))).log_id, log_id);
  }
});

Deno.test("Retry-After as a date counts from the answer's own date", async (t) => {
  const now = "Sat, 21 Nov 2026 12:00:00 GMT";
  const lines: [string, Record<string, string>, number | null][] = [
    ["two minutes later", { date: now, "retry-after": "Sat, 21 Nov 2026 12:02:00 GMT" }, 120],
    ["in the past: at once", { date: now, "retry-after": "Sat, 21 Nov 2026 11:00:00 GMT" }, 0],
    ["years later: no longer than a number could say", {
      date: now,
      "retry-after": "Mon, 21 Nov 2050 12:00:00 GMT",
    }, 999_999],
    ["without a date to count from: unknown", {
      "retry-after": "Sat, 21 Nov 2026 12:02:00 GMT",
    }, null],
    ["neither number nor date: unknown", { date: now, "retry-after": "tomorrow" }, null],
    ["a date in words of somebody's own: unknown", {
      date: now,
      "retry-after": "2026-11-21T12:02:00Z",
    }, null],
  ];
  for (const [what, headers, seconds] of lines) {
    await t.step(what, () => assert.equal(readRetryAfter(new Headers(headers)), seconds));
  }
});

Deno.test("Retry-After is taken over", async () => {
  await using tiktok = startScriptedTikTok(
    new Response("", { status: 503, headers: { "retry-after": "17" } }),
  );
  const error = await failureOf(tiktok.client.readCreator("act.mine"));
  assert.deepEqual([error.retry_after_seconds, error.http_status], [17, 503]);
});

Deno.test("a refused connection is rejected: nothing was sent", async () => {
  const error = await failureOf(clientFor("http://127.0.0.1:1").initVideoPost("act.mine", PULL));
  assert.deepEqual([error.code, error.outcome, error.http_status], ["network", "rejected", null]);
});

Deno.test("an answer that is lost or cut off may have been acted upon, and is not asked again", async () => {
  const whole = '{"data":{"publish_id":"v1"},"error":{"code":"ok"}}';
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${whole.length + 1}\r\n\r\n`;
  for (const answer of ["", head, head + whole]) {
    await using server = await startRawServer({ onHead: ({ socket }) => socket.end(answer) });
    const error = await failureOf(clientFor(server.url).initVideoPost("act.mine", PULL));
    assert.deepEqual([error.code, error.outcome], ["network", "unknown"]);
    assert.equal(server.connections.length, 1);
  }
});

Deno.test("silence is a timeout with an unknown outcome", async () => {
  await using server = await startRawServer({});
  const error = await failureOf(clientFor(server.url, 30).initVideoPost("act.mine", PULL));
  assert.deepEqual([error.code, error.outcome], ["timeout", "unknown"]);
});

Deno.test("any other fetch may be injected; what it can't tell counts as sent", async () => {
  const secretive = createTikTokClient({
    api_url: "https://open.tiktokapis.com",
    client_key: "key",
    client_secret: "client-s3cret",
    fetch: (url) => Promise.reject(new TypeError(`error sending request for ${url} act.mine`)),
  });
  const error = await failureOf(secretive.readCreator("act.mine"));
  assert.deepEqual([error.code, error.outcome, error.cause], ["network", "unknown", undefined]);
  assert.ok(!`${error.stack}`.includes("act.mine"));

  const patient = createTikTokClient({
    api_url: "https://open.tiktokapis.com",
    client_key: "key",
    client_secret: "client-s3cret",
    timeout_ms: 20,
    fetch: (_url, init) =>
      new Promise((_, reject) =>
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))
      ),
  });
  assert.equal((await failureOf(patient.readCreator("act.mine"))).code, "timeout");
});
