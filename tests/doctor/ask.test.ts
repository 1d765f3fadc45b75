/** Answers that are none, and answers without an end. */

import assert from "node:assert/strict";
import { createAsk, isSilent } from "../../local/doctor/ask.ts";

async function ask(fetch: typeof globalThis.fetch, timeout_ms?: number) {
  return await createAsk({ fetch })("https://p.supabase.co/", {
    ...(timeout_ms === undefined ? {} : { timeout_ms }),
  });
}

Deno.test("a runtime's own words are never repeated: they may quote a key", async () => {
  const quoting = () => Promise.reject(new TypeError('Invalid header value: "sb_secret_a b"'));
  assert.deepEqual(await ask(quoting), { silent: "no answer" });
  const cause = new Error("client error (Connect): dns error: no such host sb_secret_a");
  const nameless = () => Promise.reject(new TypeError("fetch failed", { cause }));
  assert.deepEqual(await ask(nameless), { silent: "no such host" });
});

Deno.test("an answer without an end is broken off, and is no JSON", async () => {
  let sent_bytes = 0;
  let is_broken_off = false;
  const endless = new ReadableStream({
    pull(controller) {
      sent_bytes += 100_000;
      controller.enqueue(new Uint8Array(100_000));
    },
    cancel() {
      is_broken_off = true;
    },
  });
  const answer = await ask(() => Promise.resolve(new Response(endless)));
  assert.ok(!isSilent(answer) && answer.status === 200 && answer.body === undefined);
  assert.ok(is_broken_off && sent_bytes < 2_000_000, `${sent_bytes}`);
});

Deno.test("an answer that begins and does not end in time is none", async () => {
  using server = holdServer();
  const answer = await ask((_, init) => fetch(server.url, init), 100);
  assert.deepEqual(answer, { silent: "no answer in 0.1 s" });
});

/** Sends a byte, and then nothing more. */
function holdServer() {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }),
      ),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.dispose]: () => void server.shutdown(),
  };
}
