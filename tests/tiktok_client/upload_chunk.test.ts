import assert from "node:assert/strict";
import type { ChunkOutcome } from "../../supabase/functions/_shared/tiktok/index.ts";
import { startRawServer } from "../transport/raw_server.ts";
import { streamOf } from "../transport/sources.ts";
import { clientFor, startScriptedTikTok } from "./scripted_tiktok.ts";

const PATH = "/upload?upload_id=1&upload_token=s3cret-token";
const CHUNK = { content_type: "video/mp4", first: 100_000, last: 299_999, total: 300_000 };

function upload(
  api_url: string,
  overrides: Partial<Parameters<ReturnType<typeof clientFor>["uploadChunk"]>[0]> = {},
): Promise<ChunkOutcome> {
  const body = streamOf(200_000).stream;
  const upload_url = `${api_url.replace(/\/$/, "")}${PATH}`;
  return clientFor(api_url).uploadChunk({ ...CHUNK, upload_url, body, ...overrides });
}

type Expected = Partial<Record<"uploaded_bytes" | "code" | "outcome", unknown>>;

const STATUSES: [status: number, last: number, kind: ChunkOutcome["kind"], expected: Expected][] = [
  [206, 299_998, "stored", { uploaded_bytes: 299_999 }],
  [201, 299_999, "complete", { uploaded_bytes: 300_000 }],
  [200, 299_999, "complete", { uploaded_bytes: 300_000 }],
  [200, 299_998, "stored", { uploaded_bytes: 299_999 }],
  [403, 299_999, "expired", { code: "upload_url_expired", outcome: "rejected" }],
  [404, 299_999, "gone", { code: "upload_not_found", outcome: "rejected" }],
  [400, 299_999, "refused", { code: "upload_refused", outcome: "rejected" }],
  [307, 299_999, "refused", { code: "upload_refused", outcome: "rejected" }],
  [416, 299_999, "out_of_step", { code: "upload_out_of_step", outcome: "rejected" }],
  [429, 299_999, "retry", { code: "rate_limit_exceeded", outcome: "rejected" }],
  [500, 299_999, "retry", { code: "http_5xx", outcome: "unknown" }],
  [504, 299_999, "retry", { code: "http_5xx", outcome: "unknown" }],
];
for (const [status, last, kind, expected] of STATUSES) {
  const place = last === 299_999 ? "the last" : "a middle";
  Deno.test(`HTTP ${status} to ${place} chunk is ${kind}`, async () => {
    await using tiktok = startScriptedTikTok(
      new Response("upload_token=s3cret-token", { status, headers: { location: "/elsewhere" } }),
    );
    const length_bytes = last - CHUNK.first + 1;
    const outcome = await upload(tiktok.url, { last, body: streamOf(length_bytes).stream });
    assert.equal(outcome.kind, kind);
    const facts = "error" in outcome ? outcome.error : outcome;
    for (const [name, value] of Object.entries(expected)) {
      assert.equal((facts as Record<string, unknown>)[name], value);
    }
    assert.ok(!JSON.stringify(outcome).includes("s3cret"));
    assert.equal(tiktok.seen.length, 1);
  });
}

Deno.test("a chunk is sent to the address as given, with its range and length, and no token", async () => {
  await using tiktok = startScriptedTikTok(new Response(null, { status: 201 }));
  await upload(tiktok.url);
  const [seen] = tiktok.seen;
  assert.deepEqual([seen?.method, `${seen?.path}?${seen?.query}`], ["PUT", PATH]);
  assert.equal(seen?.headers.get("content-type"), "video/mp4");
  assert.equal(seen?.headers.get("content-length"), "200000");
  assert.equal(seen?.headers.get("content-range"), "bytes 100000-299999/300000");
  assert.equal(seen?.headers.get("transfer-encoding"), null);
  assert.equal(seen?.headers.get("authorization"), null);
  assert.equal(seen?.body.length, 200_000);
});

const PROGRESS: [header: string | null, named: number | null][] = [
  ["bytes 0-100000/300000", 100_000],
  ["bytes 0-99999/300000", 99_999],
  ["bytes */300000", null],
  ["nonsense", null],
  [null, null],
];
for (const [header, named] of PROGRESS) {
  Deno.test(`a 416 with Content-Range "${header}" gives both readings, or none`, async () => {
    const headers: Record<string, string> = header === null ? {} : { "content-range": header };
    await using tiktok = startScriptedTikTok(new Response(null, { status: 416, headers }));
    const outcome = await upload(tiktok.url);
    assert.ok(outcome.kind === "out_of_step");
    assert.deepEqual(
      outcome.progress,
      named === null ? null : { if_count_bytes: named, if_last_index_bytes: named + 1 },
    );
  });
}

Deno.test("a lost answer asks for the same chunk again, and was sent", async () => {
  await using server = await startRawServer({ onHead: ({ socket }) => socket.destroy() });
  const outcome = await upload(server.url);
  assert.ok(outcome.kind === "retry");
  assert.deepEqual([outcome.error.code, outcome.error.outcome], ["network", "unknown"]);
});

Deno.test("a silent server is a timeout, and the source is cancelled", async () => {
  await using server = await startRawServer({});
  // Longer than the sockets can buffer, so that the source is still in use.
  const source = streamOf(100_000_000);
  const outcome = await upload(server.url, {
    first: 0,
    last: 99_999_999,
    total: 100_000_000,
    body: source.stream,
    timeout_ms: 300,
  });
  assert.ok(outcome.kind === "retry");
  assert.deepEqual([outcome.error.code, outcome.error.outcome], ["timeout", "unknown"]);
});

Deno.test("an early 403 ends the upload before all bytes are sent", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) => socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
  });
  const source = streamOf(200_000_000);
  const outcome = await upload(server.url, {
    first: 0,
    last: 199_999_999,
    total: 200_000_000,
    body: source.stream,
  });
  assert.equal(outcome.kind, "expired");
  assert.ok(source.cancelled() && source.pulled() < 200_000_000);
});

Deno.test("a source that fails is told apart from TikTok's failures, with its reason", async () => {
  await using tiktok = startScriptedTikTok(new Response(null, { status: 201 }));
  const reason = new Error("the object changed");
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(reason);
    },
  });
  const outcome = await upload(tiktok.url, { body });
  assert.ok(outcome.kind === "source_failed");
  assert.equal(outcome.cause, reason);
  assert.equal(outcome.error.outcome, "rejected");
});

for (const size_bytes of [199_999, 200_001]) {
  Deno.test(`a source of ${size_bytes} bytes never passes for a chunk of 200000`, async () => {
    await using tiktok = startScriptedTikTok(new Response(null, { status: 201 }));
    const outcome = await upload(tiktok.url, { body: streamOf(size_bytes).stream });
    assert.equal(outcome.kind, "source_failed");
  });
}

Deno.test("an address that is not TikTok's gets nothing", async () => {
  await using stranger = startScriptedTikTok(new Response(null, { status: 201 }));
  const source = streamOf(200_000);
  const outcome = await upload("http://127.0.0.1:1", {
    upload_url: `${stranger.url}${PATH}`,
    body: source.stream,
  });
  assert.ok(outcome.kind === "refused");
  assert.equal(outcome.error.code, "upload_url_not_allowed");
  assert.deepEqual([stranger.seen.length, source.cancelled()], [0, true]);
});
