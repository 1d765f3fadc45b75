import assert from "node:assert/strict";
import { createFetchOnce } from "../../supabase/functions/_shared/transport/index.ts";
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
