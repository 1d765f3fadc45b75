import assert from "node:assert/strict";
import { fetchOnce } from "../../supabase/functions/_shared/transport/index.ts";
import { failureOf } from "./failure_of.ts";
import { bodyBytes, OK, startRawServer } from "./raw_server.ts";
import type { Connection } from "./raw_server.ts";
import { streamOf } from "./sources.ts";

/** Answers once `size_bytes` of body are in. */
function answerAfter(size_bytes: number) {
  return (connection: Connection) => {
    if (!connection.head.includes("\r\n\r\n")) return;
    if (bodyBytes(connection) === size_bytes) connection.socket.write(OK);
  };
}

function put(url: string, body: ReadableStream<Uint8Array>, length_bytes: number) {
  return fetchOnce(url, {
    method: "PUT",
    headers: { "content-length": String(length_bytes) },
    body,
    timeout_ms: 20_000,
  });
}

Deno.test("a stream goes out with the caller's Content-Length, not chunked", async () => {
  await using server = await startRawServer({ onData: answerAfter(1_000_000) });
  const response = await put(server.url, streamOf(1_000_000).stream, 1_000_000);
  assert.equal(await response.text(), "ok");
  const head = server.connections[0]?.head.toLowerCase() ?? "";
  assert.match(head, /\r\ncontent-length: 1000000\r\n/);
  assert.doesNotMatch(head, /transfer-encoding/);
});

Deno.test("a stream without a length goes out in HTTP's own chunks, empty pieces or not", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) =>
      new Response(`${request.headers.get("transfer-encoding")}: ${await request.text()}`),
  );
  const encoder = new TextEncoder();
  for (const pieces of [[], [""], ["a"], ["", "ab", "", "c".repeat(100_000), ""]]) {
    const response = await fetchOnce(`http://127.0.0.1:${server.addr.port}/`, {
      method: "POST",
      body: ReadableStream.from(pieces.map((piece) => encoder.encode(piece))),
    });
    assert.equal(await response.text(), `chunked: ${pieces.join("")}`);
  }
  await server.shutdown();
});

const WRONG_LENGTHS: Record<string, [source_bytes: number, announced_bytes: number]> = {
  "is one byte shorter": [299_999, 300_000],
  "is shorter by everything": [0, 300_000],
  "is one byte longer": [300_001, 300_000],
  "is longer by a whole piece": [400_000, 300_000],
};
for (const [name, [source_bytes, announced_bytes]] of Object.entries(WRONG_LENGTHS)) {
  Deno.test(`a source that ${name} than announced breaks the connection`, async () => {
    await using server = await startRawServer({ onData: answerAfter(announced_bytes) });
    // Pieces of 100,000 let the announced length be reached at the end of a piece.
    const error = await failureOf(
      put(server.url, streamOf(source_bytes, 100_000).stream, announced_bytes),
    );
    assert.deepEqual([error.code, error.sent], ["body", true]);
    const connection = await server.first_closed;
    assert.ok(bodyBytes(connection) < announced_bytes, "the body reads as whole");
  });
}

Deno.test("what the source threw is the cause", async () => {
  await using server = await startRawServer({});
  const reason = new Error("the object changed");
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(10));
    },
    pull(controller) {
      controller.error(reason);
    },
  });
  const error = await failureOf(put(server.url, source, 100));
  assert.deepEqual([error.code, error.cause], ["body", reason]);
});

Deno.test("a source that waits for ever is cancelled when the server breaks off", async () => {
  await using server = await startRawServer({ onHead: ({ socket }) => socket.destroy() });
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(10));
      return new Promise(() => {});
    },
    cancel() {
      cancelled = true;
    },
  });
  const error = await failureOf(put(server.url, source, 100));
  assert.deepEqual([error.code, error.sent, cancelled], ["reset", true, true]);
});

Deno.test("a slow server slows the source down", async () => {
  const size_bytes = 32 * 1024 * 1024;
  const source = streamOf(size_bytes);
  let most_ahead_bytes = 0;
  await using server = await startRawServer({
    onData: (connection) => {
      most_ahead_bytes = Math.max(most_ahead_bytes, source.pulled() - connection.received_bytes);
      connection.socket.pause();
      setTimeout(() => connection.socket.resume(), 0);
      answerAfter(size_bytes)(connection);
    },
  });
  await (await put(server.url, source.stream, size_bytes)).text();
  // The sockets' own buffers hold some 4 MB on loopback; a queue of ours would hold it all.
  assert.ok(most_ahead_bytes < 12 * 1024 * 1024, `${most_ahead_bytes} bytes ahead`);
});

Deno.test("300 MB pass without the memory growing with them", async () => {
  const size_bytes = 300_000_000;
  await using server = await startRawServer({ onData: answerAfter(size_bytes) });
  const before_bytes = Deno.memoryUsage().rss;
  let peak_bytes = before_bytes;
  const watched = streamOf(size_bytes).stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        peak_bytes = Math.max(peak_bytes, Deno.memoryUsage().rss);
        controller.enqueue(piece);
      },
    }),
  );
  await (await put(server.url, watched, size_bytes)).text();
  const grown_bytes = peak_bytes - before_bytes;
  assert.ok(grown_bytes < 120_000_000, `grown by ${grown_bytes} bytes`);
});
