// deno-lint-ignore-file no-console
/**
 * Storage and TikTok's upload address in one process, as cheap as they can be, so that what is measured
 * is who moves the bytes: ranges of a file of zeros, and a sink that counts. One request a connection.
 */
import { TEST_CERTIFICATE, TEST_KEY } from "../../tests/transport/tls_identity.ts";
import { serveParent } from "../support/child.ts";

/** Bytes that were put since it was last asked. */
export type ServerReply = { http: string; https: string; put_bytes: number };

const BUFFER_BYTES = 1024 * 1024;
const zeros = new Uint8Array(BUFFER_BYTES);
let put_bytes = 0;

function serve(listener: { accept(): Promise<Deno.Conn> }): void {
  (async () => {
    while (true) {
      const connection = await listener.accept();
      // Whoever moves the file sees that his connection broke; here is said why.
      answer(connection).catch((error) => console.error("a connection broke:", error));
    }
  })();
}

async function answer(connection: Deno.Conn): Promise<void> {
  try {
    const buffer = new Uint8Array(BUFFER_BYTES);
    let filled = 0;
    let end = -1;
    while (end < 0) {
      const length = await connection.read(buffer.subarray(filled));
      if (length === null) return;
      filled += length;
      end = indexOfHeadEnd(buffer.subarray(0, filled));
    }
    const head = new TextDecoder("latin1").decode(buffer.subarray(0, end));
    if (head.startsWith("GET ")) return await sendRange(connection, head);
    if (/^expect: 100-continue$/im.test(head)) {
      await writeText(connection, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    let left = Number(/^content-length: (\d+)$/im.exec(head)?.[1]) - (filled - end - 4);
    put_bytes += filled - end - 4;
    while (left > 0) {
      const length = await connection.read(buffer);
      if (length === null) return;
      left -= length;
      put_bytes += length;
    }
    const [, last, total] = /^content-range: bytes \d+-(\d+)\/(\d+)$/im.exec(head) ?? [];
    const status = Number(last) + 1 === Number(total) ? "201 Created" : "206 Partial Content";
    await writeText(
      connection,
      `HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
  } finally {
    connection.close();
  }
}

async function sendRange(connection: Deno.Conn, head: string): Promise<void> {
  const total = Number(/^GET \/(\d+)/.exec(head)?.[1]);
  const [, from = "0", to = String(total - 1)] = /^range: bytes=(\d+)-(\d+)$/im.exec(head) ?? [];
  let left = Number(to) - Number(from) + 1;
  await writeText(
    connection,
    `HTTP/1.1 206 Partial Content\r\nETag: "zeros"\r\nContent-Length: ${left}\r\n` +
      `Content-Range: bytes ${from}-${to}/${total}\r\nConnection: close\r\n\r\n`,
  );
  while (left > 0) left -= await connection.write(zeros.subarray(0, Math.min(left, BUFFER_BYTES)));
}

async function writeText(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

function indexOfHeadEnd(bytes: Uint8Array): number {
  for (let at = 3; at < bytes.length; at++) {
    if (bytes[at - 3] === 13 && bytes[at - 2] === 10 && bytes[at - 1] === 13 && bytes[at] === 10) {
      return at - 3;
    }
  }
  return -1;
}

if (import.meta.main) {
  const plain = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const secure = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: TEST_CERTIFICATE,
    key: TEST_KEY,
  });
  serve(plain);
  serve(secure);
  await serveParent<unknown, ServerReply>(() => {
    const counted = put_bytes;
    put_bytes = 0;
    return Promise.resolve({
      http: `http://127.0.0.1:${plain.addr.port}`,
      https: `https://127.0.0.1:${secure.addr.port}`,
      put_bytes: counted,
    });
  });
}
