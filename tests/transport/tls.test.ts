import assert from "node:assert/strict";
import { createFetchOnce, fetchOnce } from "../../supabase/functions/_shared/transport/index.ts";
import { failureOf } from "./failure_of.ts";
import { startRawServer } from "./raw_server.ts";
import { streamOf } from "./sources.ts";
import { TEST_AUTHORITY, TEST_CERTIFICATE, TEST_KEY } from "./tls_identity.ts";

function startTlsServer() {
  let requests = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: TEST_CERTIFICATE, key: TEST_KEY, onListen: () => {} },
    async (request) => {
      requests++;
      return new Response(String((await request.arrayBuffer()).byteLength));
    },
  );
  const url = `https://localhost:${server.addr.port}/`;
  return {
    url,
    requests: () => requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const LOCALHOST = { lookup: () => Promise.resolve([{ address: "127.0.0.1", family: 4 as const }]) };

Deno.test("a stream passes over TLS to the address that was looked up", async () => {
  await using server = startTlsServer();
  const fetchTrusting = createFetchOnce({ ...LOCALHOST, ca: TEST_AUTHORITY });
  const response = await fetchTrusting(server.url, {
    method: "PUT",
    headers: { "content-length": "1000000" },
    body: streamOf(1_000_000).stream,
  });
  assert.equal(await response.text(), "1000000");
});

Deno.test("a certificate that nobody vouches for ends before anything is sent", async () => {
  await using server = startTlsServer();
  const error = await failureOf(createFetchOnce(LOCALHOST)(server.url, { method: "POST" }));
  assert.deepEqual([error.code, error.sent], ["tls", false]);
  assert.equal(server.requests(), 0);
});

Deno.test("a certificate for another name ends before anything is sent", async () => {
  await using server = startTlsServer();
  const fetchTrusting = createFetchOnce({ ...LOCALHOST, ca: TEST_AUTHORITY });
  const error = await failureOf(fetchTrusting(server.url.replace("localhost", "nexus.test")));
  assert.deepEqual([error.code, error.sent], ["tls", false]);
  assert.equal(server.requests(), 0);
});

Deno.test("a server that does not speak TLS, or breaks off, is a tls error", async () => {
  await using plain = await startRawServer({ onData: ({ socket }) => socket.end("nonsense") });
  await using rude = await startRawServer({ onData: ({ socket }) => socket.destroy() });
  for (const { port } of [plain, rude]) {
    const error = await failureOf(fetchOnce(`https://127.0.0.1:${port}/`));
    assert.deepEqual([error.code, error.sent], ["tls", false]);
  }
});
