/** Where we fetch from: public addresses alone, and the address that was checked is the one used. */

import assert from "node:assert/strict";
import {
  createPublicFetch,
  isAllowedUrl,
  isPublicAddress,
} from "../../supabase/functions/_shared/media/public_hosts.ts";
import { SourceError } from "../../supabase/functions/_shared/media/source_error.ts";
import { probeRemote } from "../../supabase/functions/_shared/media/remote_source.ts";
import type { Lookup } from "../../supabase/functions/_shared/transport/index.ts";

const ADDRESSES: [string, boolean][] = [
  ["8.8.8.8", true],
  ["172.15.255.255", true],
  ["172.32.0.1", true],
  ["2a00:1450:4001:81b::200e", true],
  ["0.0.0.0", false],
  ["10.1.2.3", false],
  ["100.64.0.1", false],
  ["127.0.0.1", false],
  ["169.254.169.254", false],
  ["172.16.0.1", false],
  ["192.168.1.1", false],
  ["198.18.0.1", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["::", false],
  ["::1", false],
  ["::ffff:8.8.8.8", false],
  ["::ffff:169.254.169.254", false],
  ["64:ff9b::a9fe:a9fe", false],
  ["fc00::1", false],
  ["fd00:ec2::254", false],
  ["fe80::1", false],
  ["2001:db8::1", false],
  ["2002:a9fe:a9fe::1", false],
  ["ff02::1", false],
  ["localhost", false],
];

for (const [address, expected] of ADDRESSES) {
  Deno.test(`${address} is ${expected ? "public" : "not public"}`, () => {
    assert.equal(isPublicAddress(address), expected);
  });
}

const isRefused = (error: unknown) => {
  const cause = error instanceof SourceError ? error : (error as Error).cause;
  return cause instanceof SourceError && cause.fault === "not_public";
};
const resolveTo = (...addresses: string[]): Lookup => (_hostname) =>
  Promise.resolve(addresses.map((address) => ({ address, family: 4 as const })));

Deno.test("plain http is refused, unless its host and port are allowed", () => {
  const url = new URL("http://127.0.0.1:8080/a.mp4");
  assert.throws(() => createPublicFetch(url, []), isRefused);
  assert.ok(isAllowedUrl(url, ["127.0.0.1:8080"]));
  assert.ok(!isAllowedUrl(url, ["127.0.0.1:8081"]), "another port is another host");
});

Deno.test("a name that resolves to a private address is refused before anything is sent", async () => {
  const url = new URL("https://cdn.nexus.invalid/a.mp4");
  await assert.rejects(createPublicFetch(url, [], resolveTo("10.0.0.1"))(url), isRefused);
});

Deno.test("one private address among public ones is enough", async () => {
  const url = new URL("https://cdn.nexus.invalid/a.mp4");
  const fetch = createPublicFetch(url, [], resolveTo("8.8.8.8", "127.0.0.1"));
  await assert.rejects(fetch(url), isRefused);
});

Deno.test("an address written as an address is asked for too", async () => {
  const url = new URL("https://169.254.169.254/latest/meta-data");
  const fetch = createPublicFetch(url, [], resolveTo("169.254.169.254"));
  await assert.rejects(fetch(url), isRefused);
});

Deno.test("each redirect is checked like the first address", async () => {
  const asked: string[] = [];
  const probe = probeRemote((url) => {
    asked.push(url.href);
    if (url.hostname !== "cdn.nexus.invalid") return createPublicFetch(url, []);
    const location = "http://169.254.169.254/latest";
    return () => Promise.resolve(new Response(null, { status: 302, headers: { location } }));
  }, "https://cdn.nexus.invalid/a.mp4");
  await assert.rejects(probe, isRefused);
  assert.deepEqual(asked, ["https://cdn.nexus.invalid/a.mp4", "http://169.254.169.254/latest"]);
});

Deno.test("a redirect without end is given up", async () => {
  let hops = 0;
  const probe = probeRemote(() => () => {
    hops++;
    const location = `https://cdn.nexus.invalid/${hops}`;
    return Promise.resolve(new Response(null, { status: 302, headers: { location } }));
  }, "https://cdn.nexus.invalid/a.mp4");
  await assert.rejects(probe, SourceError);
  assert.equal(hops, 4);
});
