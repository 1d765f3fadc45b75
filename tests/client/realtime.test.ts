/** Following a post with the real supabase-js over a real socket. */

import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { type Job, watch } from "../../client/src/index.ts";
import { fileURLToPath } from "node:url";
import { RealtimeServer } from "./support/realtime_server.ts";

/** As in the client. */
const LIVE_PAUSE_MS = 60_000;

/** A process's own end included; realtime-js's timer, if it is left behind, lasts ten seconds. */
const MAX_LINGERING_MS = 2_500;
const WATCH_APP = fileURLToPath(new URL("support/watch_app.ts", import.meta.url));

const ID = "0f8b6a52-7a0e-4c3f-8f1d-3c6a9d2e4b70";
const queued = { id: ID, status: "queued" } as Job;

Deno.test("a change arrives over Realtime, with no look between", async () => {
  await using server = new RealtimeServer();
  server.rows = [queued];
  const supabase = createClient(server.url, "sb_publishable_test", {
    auth: { autoRefreshToken: false, persistSession: false },
  });
  using rest = noticeRest();

  const values = watch(supabase, ID);
  assert.deepEqual((await values.next()).value, queued);
  const next = values.next();
  await rest.begun;
  const looks_before = server.looks;
  server.change({ ...queued, status: "published" });
  assert.equal((await next).value?.status, "published");
  assert.equal(server.looks, looks_before + 1);
  assert.deepEqual(server.bindings, [
    { event: "*", schema: "public", table: "publish_jobs", filter: `id=eq.${ID}` },
  ]);
  assert.equal((await values.next()).done, true);
  // The sanitizers of the test see to it that the socket is closed as well.
});

Deno.test("a script ends as soon as what it watches does", async (t) => {
  for (const has_realtime of [true, false]) {
    await t.step(has_realtime ? "with Realtime" : "on a host that has none", async () => {
      await using server = new RealtimeServer({ has_realtime });
      server.rows = [{ ...queued, status: "published" }];
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", WATCH_APP, server.url],
        stdout: "piped",
      }).spawn();
      let said = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        said += text;
        if (said === "published\n") break;
      }
      const settled_at = performance.now();
      assert.ok((await child.status).success);
      const lingered_ms = performance.now() - settled_at;
      assert.ok(lingered_ms < MAX_LINGERING_MS, `${Math.round(lingered_ms)} ms`);
    });
  }
});

Deno.test("a channel that the app opens while the last one's socket closes is joined", async () => {
  await using server = new RealtimeServer();
  server.rows = [queued];
  const supabase = createClient(server.url, "sb_publishable_test", {
    auth: { autoRefreshToken: false, persistSession: false },
  });
  const { realtime } = supabase;
  const closing = Promise.withResolvers<void>();
  const disconnect = realtime.disconnect.bind(realtime);
  realtime.disconnect = () => {
    closing.resolve();
    return disconnect();
  };
  const joined = Promise.withResolvers<void>();
  server.onJoin = ({ connections }) => connections === 2 && joined.resolve();
  using rest = noticeRest();

  const values = watch(supabase, ID);
  await values.next();
  const next = values.next();
  await rest.begun;
  server.change({ ...queued, status: "published" });
  await next;
  await values.next();
  await closing.promise;
  const channel = supabase.channel("the app's").subscribe();
  await joined.promise;
  await supabase.removeChannel(channel);
  await disconnect();
});

/** Resolves once looking rests, as it does while Realtime answers: from then on only news leads to a look. */
function noticeRest(): { begun: Promise<void> } & Disposable {
  const before = globalThis.setTimeout;
  const { promise, resolve } = Promise.withResolvers<void>();
  globalThis.setTimeout = ((act: () => void, ms = 0) => {
    if (ms === LIVE_PAUSE_MS) resolve();
    return before(act, ms);
  }) as typeof setTimeout;
  return {
    begun: promise,
    [Symbol.dispose]() {
      globalThis.setTimeout = before;
    },
  };
}
