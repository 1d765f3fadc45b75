import assert from "node:assert/strict";
import { createFetchOnce } from "../../supabase/functions/_shared/transport/index.ts";
import type { Lookup } from "../../supabase/functions/_shared/transport/index.ts";
import { resolveHost } from "../../supabase/functions/_shared/transport/connection.ts";
import { failureOf } from "./failure_of.ts";
import { OK, startRawServer } from "./raw_server.ts";

Deno.test("the connection goes to the address that the lookup gave", async () => {
  await using server = await startRawServer({ onHead: ({ socket }) => socket.write(OK) });
  const asked: string[] = [];
  const fetchChecked = createFetchOnce({
    lookup: (hostname) => {
      asked.push(hostname);
      return Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
    },
  });
  const response = await fetchChecked(`http://nexus.test:${server.port}/`);
  assert.equal(await response.text(), "ok");
  assert.deepEqual(asked, ["nexus.test"]);
  assert.match(server.connections[0]?.head ?? "", /\r\nhost: nexus\.test:/i);
});

Deno.test("what the lookup refuses is not connected to, and its reason is the cause", async () => {
  const reason = new Error("a private address");
  const fetchChecked = createFetchOnce({ lookup: () => Promise.reject(reason) });
  const error = await failureOf(fetchChecked("http://nexus.test/"));
  assert.deepEqual([error.code, error.sent, error.cause], ["dns", false, reason]);
});

Deno.test("IPv4 addresses are tried before IPv6 ones", async () => {
  const lookup: Lookup = () =>
    Promise.resolve([
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
      { address: "127.0.0.2", family: 4 },
    ]);
  assert.deepEqual(await resolveHost("nexus.test", lookup), ["127.0.0.1", "127.0.0.2", "::1"]);
});

Deno.test("an address that refuses is followed by the next one", async () => {
  await using server = await startRawServer({ onHead: ({ socket }) => socket.write(OK) });
  const fetchChecked = createFetchOnce({
    lookup: () =>
      Promise.resolve([
        // The labels only make sure that the one which refuses comes first.
        { address: "127.0.0.1", family: 6 },
        { address: "::1", family: 4 },
      ]),
  });
  const response = await fetchChecked(`http://nexus.test:${server.port}/`);
  assert.equal(await response.text(), "ok");
  assert.equal(server.connections.length, 1);
});

Deno.test("an answer of the lookup that is a name again is not connected to", async () => {
  await using server = await startRawServer({ onHead: ({ socket }) => socket.write(OK) });
  const fetchChecked = createFetchOnce({
    lookup: () => Promise.resolve([{ address: "localhost", family: 4 }]),
  });
  const error = await failureOf(fetchChecked(`http://nexus.test:${server.port}/`));
  assert.equal(error.code, "dns");
  assert.equal(server.connections.length, 0);
});

for (const host of ["127.0.0.1", "[::1]", "2130706433", "0x7f.1"]) {
  Deno.test(`the lookup is asked for the address ${host} too`, async () => {
    await using server = await startRawServer({ onHead: ({ socket }) => socket.write(OK) });
    const asked: string[] = [];
    const fetchChecked = createFetchOnce({
      lookup: (hostname) => {
        asked.push(hostname);
        return Promise.resolve([]);
      },
    });
    const error = await failureOf(fetchChecked(`http://${host}:${server.port}/`));
    assert.equal(error.code, "dns");
    assert.deepEqual(asked, [host === "[::1]" ? "::1" : "127.0.0.1"]);
    assert.equal(server.connections.length, 0);
  });
}

Deno.test("a name that does not exist is a dns error that was not sent", async () => {
  const error = await failureOf(createFetchOnce()("http://does-not-exist.invalid/"));
  assert.deepEqual([error.code, error.sent], ["dns", false]);
});
