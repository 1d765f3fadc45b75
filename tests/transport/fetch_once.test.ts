import assert from "node:assert/strict";
import { createFetchOnce, fetchOnce } from "../../supabase/functions/_shared/transport/index.ts";
import { failureOf } from "./failure_of.ts";
import { bodyBytes, OK, startRawServer } from "./raw_server.ts";
import { streamOf } from "./sources.ts";

Deno.test("a POST is sent once, also when a connection that could be kept alive dies", async () => {
  let requests = 0;
  await using server = await startRawServer({
    onHead: ({ socket }) => {
      requests++;
      if (requests === 1) socket.write(OK);
      else socket.destroy();
    },
  });
  const first = await fetchOnce(server.url, { method: "POST", body: "one" });
  assert.equal(await first.text(), "ok");
  const error = await failureOf(fetchOnce(server.url, { method: "POST", body: "two" }));
  assert.deepEqual([error.code, error.sent], ["reset", true]);
  assert.equal(requests, 2);
  assert.equal(server.connections.length, 2);
});

Deno.test("method, path, headers and a form body arrive as given", async () => {
  await using server = await startRawServer({ onHead: ({ socket }) => socket.write(OK) });
  const response = await fetchOnce(new URL("a/b?c=%2C", server.url), {
    method: "post",
    headers: { "X-Test": "yes" },
    body: new URLSearchParams({ code: "*!a" }),
  });
  await response.body?.cancel();
  const head = server.connections[0]?.head.toLowerCase() ?? "";
  assert.ok(head.startsWith("post /a/b?c=%2c http/1.1\r\n"));
  assert.match(head, /\r\nx-test: yes\r\n/);
  assert.match(head, /\r\ncontent-type: application\/x-www-form-urlencoded;charset=utf-8\r\n/);
  assert.match(head, /\r\ncontent-length: 10\r\n/);
  assert.match(head, /\r\nconnection: close\r\n/);
});

Deno.test("a redirect is an answer, not an order", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) =>
      socket.write(`HTTP/1.1 302 Found\r\nLocation: ${server.url}\r\nContent-Length: 0\r\n\r\n`),
  });
  const response = await fetchOnce(server.url, { method: "POST", body: "secret" });
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("location"), server.url);
  assert.equal(server.connections.length, 1);
});

Deno.test("repeated headers of the answer stay apart", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) =>
      socket.write("HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"),
  });
  const response = await fetchOnce(server.url);
  assert.equal(response.body, null);
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
});

const BROKEN_ANSWERS: Record<string, string> = {
  "shorter than its Content-Length": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
  "chunked without an end": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
};
for (const [name, answer] of Object.entries(BROKEN_ANSWERS)) {
  Deno.test(`an answer that is cut off (${name}) never reads as whole`, async () => {
    await using server = await startRawServer({ onHead: ({ socket }) => socket.end(answer) });
    const response = await fetchOnce(server.url);
    const error = await failureOf(response.text());
    assert.deepEqual([error.code, error.sent], ["reset", true]);
  });
}

Deno.test("an answer that is not HTTP is a reset", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) => socket.end("hello\r\n\r\n"),
  });
  assert.equal((await failureOf(fetchOnce(server.url))).code, "reset");
});

Deno.test("an answer longer than allowed ends with a body error", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcdefghi"),
  });
  const response = await fetchOnce(server.url, { max_body_bytes: 8 });
  assert.equal((await failureOf(response.text())).code, "body");
});

Deno.test("an answer is read from the socket only as fast as it is read here", async () => {
  const size_bytes = 64 * 1024 * 1024;
  let written_bytes = 0;
  await using server = await startRawServer({
    onHead: ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size_bytes}\r\n\r\n`);
      const piece = new Uint8Array(256 * 1024);
      const go = () => {
        while (written_bytes < size_bytes) {
          written_bytes += piece.byteLength;
          if (!socket.write(piece)) return void socket.once("drain", go);
        }
      };
      go();
    },
  });
  const response = await fetchOnce(server.url);
  let read_bytes = 0;
  for await (const piece of response.body ?? []) {
    // What is written and not yet read waits in the sockets' buffers, a few MB, never in memory.
    assert.ok(written_bytes - read_bytes < 24 * 1024 * 1024, `${written_bytes - read_bytes} wait`);
    read_bytes += piece.byteLength;
  }
  assert.equal(read_bytes, size_bytes);
});

Deno.test("a silent server ends in a timeout that may have been sent", async () => {
  await using server = await startRawServer({});
  const error = await failureOf(fetchOnce(server.url, { method: "POST", timeout_ms: 40 }));
  assert.deepEqual([error.code, error.sent], ["timeout", true]);
  // The server is not left waiting for a client that has given up.
  await server.first_closed;
});

Deno.test("the timeout counts for the answer's body too", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
  });
  const response = await fetchOnce(server.url, { timeout_ms: 60 });
  assert.equal((await failureOf(response.text())).code, "timeout");
});

Deno.test("a timeout before the connection stands was not sent", async () => {
  const slow = createFetchOnce({ lookup: () => new Promise(() => {}) });
  const { stream, cancelled } = streamOf(10);
  const error = await failureOf(
    slow("http://nexus.test/", { method: "POST", body: stream, timeout_ms: 20 }),
  );
  assert.deepEqual([error.code, error.sent], ["timeout", false]);
  assert.ok(cancelled());
});

Deno.test("an abort before the call sends nothing, one during the call may have sent", async () => {
  const before = await failureOf(fetchOnce("http://127.0.0.1:1/", { signal: AbortSignal.abort() }));
  assert.deepEqual([before.code, before.sent], ["aborted", false]);

  const controller = new AbortController();
  await using server = await startRawServer({ onHead: () => controller.abort("enough") });
  const during = await failureOf(fetchOnce(server.url, { signal: controller.signal }));
  assert.deepEqual([during.code, during.sent, during.cause], ["aborted", true, "enough"]);
});

Deno.test("a refused connection was not sent, and leaves the source cancelled", async () => {
  const { stream, pulled, cancelled } = streamOf(10);
  const error = await failureOf(
    fetchOnce("http://127.0.0.1:1/?upload_token=s3cret", { method: "PUT", body: stream }),
  );
  assert.deepEqual([error.code, error.sent], ["refused", false]);
  assert.deepEqual([pulled(), cancelled()], [0, true]);
  assert.ok(!error.message.includes("s3cret"));
});

const BAD_ADDRESSES = [
  "not a url s3cret",
  "ftp://nexus.test/s3cret",
  "http://s3cret@nexus.test/",
  "http://:s3cret@nexus.test/",
];
for (const address of BAD_ADDRESSES) {
  Deno.test(`the address ${address.replace("s3cret", "…")} is refused without being repeated`, async () => {
    const error = await failureOf(fetchOnce(address));
    assert.deepEqual([error.code, error.sent], ["refused", false]);
    assert.ok(!error.message.includes("s3cret"));
  });
}

Deno.test("a body error of the caller is told before anything is sent", async () => {
  const wrong = fetchOnce("http://127.0.0.1:1/", {
    method: "POST",
    headers: { "content-length": "5" },
    body: "four",
  });
  const error = await failureOf(wrong);
  assert.deepEqual([error.code, error.sent], ["body", false]);
  assert.equal((await failureOf(fetchOnce("http://127.0.0.1:1/", { body: "x" }))).code, "body");
});

Deno.test("a header that would break into the request is refused before it is sent", async () => {
  await using server = await startRawServer({ onHead: ({ socket }) => socket.write(OK) });
  const wrong = [{ headers: { "x-test": "a\r\nb: c" } }, { method: "GET / X\r\n" }];
  for (const init of wrong) {
    assert.equal((await failureOf(fetchOnce(server.url, init))).sent, false);
  }
  assert.equal(server.connections.length, 0);
});

Deno.test("an early 403 is the answer also if the connection broke while sending", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) => {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\ngone");
      socket.destroySoon();
    },
  });
  const size_bytes = 200 * 1024 * 1024;
  const response = await fetchOnce(server.url, {
    method: "PUT",
    headers: { "content-length": String(size_bytes) },
    body: streamOf(size_bytes).stream,
  });
  assert.equal(response.status, 403);
  await response.body?.cancel();
});

Deno.test("an early 403 is the answer, and ends the sending", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) => socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\ngo"),
  });
  const size_bytes = 200 * 1024 * 1024;
  const source = streamOf(size_bytes);
  const response = await fetchOnce(server.url, {
    method: "PUT",
    headers: { "content-length": String(size_bytes) },
    body: source.stream,
  });
  assert.equal(response.status, 403);
  assert.ok(source.cancelled(), "the source is still read");
  server.connections[0]?.socket.write("ne");
  assert.equal(await response.text(), "gone");
  assert.ok(bodyBytes(await server.first_closed) < size_bytes);
});
