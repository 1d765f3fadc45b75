/** docs/scale.md is what its program says, and its program says what the schedule can do. */

import assert from "node:assert/strict";
import { renderScale } from "../../bench/scale/page.ts";
import { simulate } from "../../bench/scale/model.ts";

Deno.test("docs/scale.md is fresh", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/scale.md", import.meta.url));
  assert.equal(page, renderScale(), "run `deno task scale --write`");
});

Deno.test("the schedule's own figures are those of the model", async () => {
  const sql = await Deno.readTextFile(
    new URL("../../supabase/migrations/20261122000900_schedules.sql", import.meta.url),
  );
  assert.match(
    sql,
    /'tiktok-refresh', '\{"limit": 100\}', private\.invocations_for_due_tokens\('tiktok', 100\)/,
  );
  assert.match(
    sql,
    /'tiktok-status-poll', '\{"limit": 25\}', private\.invocations_for_due_jobs\(25\)/,
  );
  assert.match(sql, /limit 8 \* p_batch/);
});

Deno.test("a schedule that can refresh as many as are due is never late; one that can't falls behind", () => {
  const with_room = { connections: 96_000, active_share: 1, outage_minutes: 60 };
  assert.equal(simulate({ ...with_room, refreshes_a_minute: 1_001 }).latest_minutes, 0);
  assert.ok(simulate({ ...with_room, refreshes_a_minute: 900 }).latest_minutes > 5);
});

Deno.test("an outage of an hour is made up for by what there is to spare", () => {
  const { recovered_after_minutes, latest_after_outage_minutes } = simulate({
    connections: 96_000,
    active_share: 1,
    refreshes_a_minute: 2_000,
    outage_minutes: 60,
  });
  assert.ok(Math.abs(latest_after_outage_minutes - 60) <= 1);
  // A thousand a minute were missed, 60,000 in all. A thousand a minute can be made up for, until 36
  // minutes later nobody new is due, since nobody was refreshed 96 minutes before: the other 24,000
  // take twelve minutes.
  assert.ok(recovered_after_minutes !== null && Math.abs(recovered_after_minutes - 48) <= 1);
});
