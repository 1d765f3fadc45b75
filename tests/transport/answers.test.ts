import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader } from "../../supabase/functions/_shared/transport/byte_reader.ts";
import { readHead } from "../../supabase/functions/_shared/transport/http_head.ts";
import { frameBody, streamBody } from "../../supabase/functions/_shared/transport/response_body.ts";
import { openPieces } from "../../supabase/functions/_shared/transport/pieces.ts";
import { failureOf } from "./failure_of.ts";

/** Reads an answer that arrives in the given pieces, after which the connection ends. */
async function readAnswer(raw: string, cuts: number[] = [], method = "GET", isPieces = false) {
  const bytes = new TextEncoder().encode(raw);
  const edges = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b)];
  const pieces = [...edges.entries()].map(([index, edge]) => bytes.subarray(edge, edges[index + 1]))
    .filter((piece) => piece.byteLength > 0);
  const reader = new ByteReader({
    read(into) {
      const piece = pieces.shift();
      if (piece === undefined) return Promise.resolve(null);
      const part = piece.subarray(0, into.byteLength);
      into.set(part);
      if (part.byteLength < piece.byteLength) pieces.unshift(piece.subarray(part.byteLength));
      return Promise.resolve(part.byteLength);
    },
  });
  const head = await readHead(reader);
  const body = frameBody(reader, head, method);
  if (body === null) return { ...head, text: null };
  const { stream } = streamBody(body, { max_bytes: Infinity, onEnd: () => {} });
  return { ...head, text: isPieces ? await joinPieces(stream) : await new Response(stream).text() };
}

/** Read as a body is that is sent on. */
async function joinPieces(stream: ReadableStream<Uint8Array>): Promise<string> {
  const pieces = openPieces(stream);
  let text = "";
  for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) {
    text += new TextDecoder().decode(piece);
  }
  return text;
}

const READABLE: Record<string, [raw: string, status: number, text: string | null]> = {
  "with a length": ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"],
  "with one length twice": ["HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi", 200, "hi"],
  "with no bytes": ["HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201, ""],
  "without a reason": ["HTTP/1.1 206\r\nContent-Length: 1\r\n\r\nx", 206, "x"],
  "in chunks": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
    200,
    "hello",
  ],
  "in chunks, with trailers": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nx: y\r\nz: 1\r\n\r\n",
    200,
    "0123456789",
  ],
  "up to the end of the connection": ["HTTP/1.0 200 OK\r\nx:y\r\n\r\nhello", 200, "hello"],
  "after interim ones": [
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: a\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno",
    403,
    "no",
  ],
  "that may have no body": ["HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", 204, null],
};
for (const [name, [raw, status, text]] of Object.entries(READABLE)) {
  Deno.test(`an answer ${name} reads the same, wherever the network cuts it`, async () => {
    const cut = fc.array(fc.nat(), { maxLength: 12 });
    await fc.assert(fc.asyncProperty(cut, fc.boolean(), async (cuts, isPieces) => {
      const answer = await readAnswer(raw, cuts, "GET", isPieces);
      assert.deepEqual([answer.status, answer.text], [status, text]);
    }));
  });
}

Deno.test("an answer to HEAD has no body, whatever its head says", async () => {
  const answer = await readAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", [], "HEAD");
  assert.deepEqual([answer.headers.get("content-length"), answer.text], ["5", null]);
});

const UNREADABLE: Record<string, string> = {
  "is empty": "",
  "ends within its head": "HTTP/1.1 200 OK\r\nContent-Le",
  "is another protocol": "SSH-2.0-OpenSSH\r\n\r\n",
  "has a status that is none": "HTTP/1.1 2000 OK\r\n\r\n",
  "changes the protocol": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
  "ends lines with LF alone": "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
  "folds a header": "HTTP/1.1 200 OK\r\nx: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
  "has a header without a name": "HTTP/1.1 200 OK\r\n: a\r\n\r\n",
  "has a header with a blank in its name": "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
  "has two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
  "has a negative length": "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
  "is compressed unasked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  "has a chunk without a size": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n\r\n",
  "has a chunk longer than it says":
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
  "ends before the last chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
  "ends within the trailers": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: y\r\n",
};
for (const [name, raw] of Object.entries(UNREADABLE)) {
  Deno.test(`an answer that ${name} is a reset`, async () => {
    const error = await failureOf(readAnswer(raw));
    assert.deepEqual([error.code, error.sent], ["reset", true]);
  });
}

/** Says the start, then the same again and again; complains if it is listened to for long. */
function endlessReader(start: string, again: string): ByteReader {
  let text = start;
  let said_bytes = 0;
  return new ByteReader({
    read(into) {
      if (said_bytes > 1024 * 1024) return Promise.reject(new Error("still being read"));
      const { written } = new TextEncoder().encodeInto(text, into);
      said_bytes += written;
      text = again;
      return Promise.resolve(written);
    },
  });
}

const ENDLESS: Record<string, [start: string, again: string]> = {
  "a head": ["HTTP/1.1 200 OK\r\n", "x: y\r\n".repeat(100)],
  "a line": ["HTTP/1.1 200 OK\r\nx: ", "y".repeat(1000)],
  "interim answers": ["", "HTTP/1.1 100 Continue\r\n\r\n".repeat(20)],
  "trailers": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    "x: y\r\n".repeat(100),
  ],
};
for (const [name, [start, again]] of Object.entries(ENDLESS)) {
  Deno.test(`an answer with ${name} without an end is given up`, async () => {
    const reader = endlessReader(start, again);
    const error = await failureOf((async () => {
      const body = frameBody(reader, await readHead(reader), "GET");
      assert.equal(await body?.read(new Uint8Array(8)), 0);
    })());
    assert.deepEqual([error.code, error.cause], ["reset", undefined]);
  });
}

for (const [length_bytes, most_bytes] of [[null, 80_000], [64_000, 64_000], [10_000_000, 0]]) {
  Deno.test(`of a body of ${length_bytes ?? "unknown"} bytes that nobody reads, ${most_bytes} are read at most`, async () => {
    let given_bytes = 0;
    const read = (target: Uint8Array) => {
      const length = Math.min(10_000, target.byteLength, (length_bytes ?? Infinity) - given_bytes);
      given_bytes += length;
      return Promise.resolve(length === 0 ? null : length);
    };
    const body = { read, length_bytes: length_bytes ?? null };
    const { stream } = streamBody(body, { max_bytes: Infinity, onEnd: () => {} });
    // Everything that was ready to run has run by then.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    assert.ok(given_bytes <= (most_bytes ?? 0), `${given_bytes} bytes were read ahead`);
    assert.equal(given_bytes > 0, most_bytes !== 0);
    await stream.cancel();
  });
}

Deno.test("a long body goes straight into the memory of whoever reads it", async () => {
  const given: ArrayBufferLike[] = [];
  const read = (target: Uint8Array) => {
    given.push(target.buffer);
    return Promise.resolve(given.length > 100 ? null : target.fill(given.length).byteLength);
  };
  const body = { read, length_bytes: 100_000_000 };
  const { stream } = streamBody(body, { max_bytes: Infinity, onEnd: () => {} });
  const pieces = openPieces(stream);
  const seen: number[] = [];
  let before: Uint8Array | null = null;
  for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) {
    seen.push(piece[0] ?? 0);
    // The piece before is still whole: the last one is held back until the source has ended.
    assert.equal(before?.[0] ?? 0, seen.length - 1);
    before = piece;
  }
  assert.deepEqual(seen, Array.from({ length: 100 }, (_, index) => index + 1));
});

Deno.test("a byte of a header that is not ASCII survives as Latin-1", async () => {
  const bytes = Uint8Array.from("HTTP/1.1 200 OK\r\nx: \xe9\r\n\r\n", (c) => c.charCodeAt(0));
  const reader = new ByteReader({
    read(into) {
      into.set(bytes);
      return Promise.resolve(bytes.byteLength);
    },
  });
  assert.equal((await readHead(reader)).headers.get("x"), "\xe9");
});
