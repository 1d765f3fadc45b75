/** Following a post with the real supabase-js over a real socket. */

import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { type Job, watch } from "../../client/src/index.ts";
import { RealtimeServer } from "./support/realtime_server.ts";

/** As in the client. */
const LIVE_PAUSE_MS = 60_000;

const queued = { id: "j1", status: "queued" } as Job;

Deno.test("a change arrives over Realtime, with no look between", async () => {
  await using server = new RealtimeServer();
  server.rows = [queued];
  const supabase = createClient(server.url, "sb_publishable_test", {
    auth: { autoRefreshToken: false, persistSession: false },
  });
  using rest = noticeRest();

  const values = watch(supabase, "j1");
  assert.deepEqual((await values.next()).value, queued);
  const next = values.next();
  await rest.begun;
  const looks_before = server.looks;
  server.change({ ...queued, status: "published" });
  assert.equal((await next).value?.status, "published");
  assert.equal(server.looks, looks_before + 1);
  assert.deepEqual(server.bindings, [
    { event: "*", schema: "public", table: "publish_jobs", filter: "id=eq.j1" },
  ]);
  assert.equal((await values.next()).done, true);
  // The sanitizers of the test see to it that the socket is closed as well.
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
