/** How changes are learnt of: by Realtime where it answers, by looking where it does not. */

import assert from "node:assert/strict";
import type { Job } from "../../client/src/index.ts";
import { watch, watchConnections, watchJobs } from "../../client/src/index.ts";
import { ScriptedSupabase } from "./support/scripted_supabase.ts";

const ID = "0f8b6a52-7a0e-4c3f-8f1d-3c6a9d2e4b70";
const queued = { id: ID, status: "queued", bytes_sent: 0 } as Job;
const uploading = { ...queued, status: "uploading", bytes_sent: 5 } as Job;
const published = { ...uploading, status: "published" } as Job;

async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const collected: Value[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

Deno.test("each change is told once, and a settled job is the last", async () => {
  using supabase = new ScriptedSupabase([[queued], [queued], [uploading], [published]]);
  const told = await collect(watch(supabase.client, ID));
  assert.deepEqual(told, [queued, uploading, published]);
});

Deno.test("without Realtime, the pauses grow, and start anew after a change", async () => {
  const same = Array.from({ length: 9 }, () => [queued]);
  using supabase = new ScriptedSupabase([...same, [uploading], [uploading], [published]]);
  await collect(watch(supabase.client, ID));
  assert.deepEqual(
    supabase.pauses_ms.map(Math.round),
    [1000, 1500, 2250, 3375, 5063, 7594, 11391, 15000, 15000, 1000, 1500],
  );
});

Deno.test("Realtime that does not answer is given up, so that nothing goes on trying", async () => {
  using supabase = new ScriptedSupabase([[queued], [published]]);
  const values = watch(supabase.client, ID);
  await values.next();
  assert.deepEqual(supabase.channels(), { open: 1, removed: 0 });
  supabase.patienceEnds();
  assert.deepEqual(supabase.channels(), { open: 0, removed: 1 });
  await collect(values);
  assert.deepEqual(supabase.channels(), { open: 0, removed: 1 });
});

Deno.test("with Realtime, a look is taken at what it tells, and else but once a minute", async () => {
  using supabase = new ScriptedSupabase([[queued], [queued], [uploading], [published]]);
  supabase.onSubscribe = (channel) => channel.system("ok");
  supabase.onPause = (pause_ms) => {
    assert.equal(pause_ms, 60_000);
    supabase.channel.change();
    return "forever";
  };
  const told = await collect(watch(supabase.client, ID));
  assert.deepEqual(told.map(({ status }) => status), ["queued", "uploading", "published"]);
  assert.deepEqual(supabase.channel.binding, {
    event: "*",
    schema: "public",
    table: "publish_jobs",
    filter: `id=eq.${ID}`,
  });
  supabase.patienceEnds();
  assert.deepEqual(supabase.channels(), { open: 0, removed: 1 }, "removed at the end, once");
});

Deno.test("a channel that is only joined is not yet trusted", async () => {
  using supabase = new ScriptedSupabase([[queued], [published]]);
  supabase.onSubscribe = (channel) => channel.status("SUBSCRIBED");
  await collect(watch(supabase.client, ID));
  assert.deepEqual(supabase.pauses_ms, [1000]);
});

Deno.test("when Realtime goes away, looking begins at once", async () => {
  using supabase = new ScriptedSupabase([[queued], [queued], [uploading], [published]]);
  supabase.onSubscribe = (channel) => channel.system("ok");
  let is_lost = false;
  supabase.onPause = () => {
    if (is_lost) return "over";
    is_lost = true;
    supabase.channel.status("CHANNEL_ERROR");
    return "forever";
  };
  await collect(watch(supabase.client, ID));
  assert.equal(supabase.pauses_ms[0], 60_000);
  assert.ok(supabase.pauses_ms.slice(1).every((pause_ms) => pause_ms < 10_000));
});

Deno.test("news that comes while the last value is being handled is not lost", async () => {
  using supabase = new ScriptedSupabase([[queued], [uploading], [published]]);
  supabase.onPause = () => {
    supabase.channel.system("ok");
    return "forever";
  };
  const seen: string[] = [];
  for await (const { status } of watch(supabase.client, ID)) {
    seen.push(status);
    if (status === "uploading") supabase.channel.change();
  }
  assert.deepEqual(seen, ["queued", "uploading", "published"]);
  assert.deepEqual(supabase.pauses_ms, [1000]);
});

Deno.test("a lost connection is waited for", async () => {
  using supabase = new ScriptedSupabase([[queued], "offline", "unavailable", [published]]);
  const told = await collect(watch(supabase.client, ID));
  assert.deepEqual(told, [queued, published]);
});

Deno.test("what no waiting helps against is thrown, and the channel is removed", async () => {
  for (
    const [answer, code] of [[[], "not_found"], ["signed_out", "unauthorized"]] as const
  ) {
    using supabase = new ScriptedSupabase([answer as [] | "signed_out"]);
    await assert.rejects(collect(watch(supabase.client, ID)), { code });
    assert.deepEqual(supabase.channels(), { open: 0, removed: 1 });
  }
});

Deno.test("an aborted signal ends the loop quietly: before, between and during a look", async (t) => {
  await t.step("before", async () => {
    using supabase = new ScriptedSupabase([]);
    const signal = AbortSignal.abort();
    assert.deepEqual(await collect(watch(supabase.client, ID, { signal })), []);
  });
  await t.step("between", async () => {
    using supabase = new ScriptedSupabase([[queued]]);
    const controller = new AbortController();
    supabase.onPause = () => {
      controller.abort();
      return "forever";
    };
    const told = await collect(watch(supabase.client, ID, controller));
    assert.deepEqual(told, [queued]);
    assert.deepEqual(supabase.channels(), { open: 0, removed: 1 });
  });
  await t.step("during", async () => {
    const controller = new AbortController();
    using supabase = new ScriptedSupabase([[queued], () => {
      controller.abort();
      return [uploading];
    }]);
    const told = await collect(watch(supabase.client, ID, controller));
    assert.deepEqual(told, [queued]);
  });
});

Deno.test("whoever breaks out of the loop leaves no channel behind", async () => {
  using supabase = new ScriptedSupabase([[queued]]);
  for await (const _ of watch(supabase.client, ID)) break;
  assert.deepEqual(supabase.channels(), { open: 0, removed: 1 });
});

Deno.test("the last one out closes the socket, and another's channel keeps it open", async () => {
  using supabase = new ScriptedSupabase([[queued], [queued], [published]]);
  const outer = watch(supabase.client, ID);
  await outer.next();
  for await (const _ of watch(supabase.client, ID)) break;
  await Promise.resolve();
  assert.equal(supabase.disconnections, 0);
  await collect(outer);
  await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  assert.equal(supabase.disconnections, 1);
});

Deno.test("lists are followed until the signal, each of its own table", async () => {
  for (
    const { follow, table } of [
      { follow: watchJobs, table: "publish_jobs" },
      { follow: watchConnections, table: "platform_connections" },
    ]
  ) {
    using supabase = new ScriptedSupabase([[queued], [queued], [published, queued]]);
    const controller = new AbortController();
    const lists: unknown[] = [];
    for await (const list of follow(supabase.client, controller)) {
      lists.push(list);
      if (lists.length === 2) controller.abort();
    }
    assert.deepEqual(lists, [[queued], [published, queued]]);
    assert.deepEqual(supabase.channel.binding, { event: "*", schema: "public", table });
  }
});
