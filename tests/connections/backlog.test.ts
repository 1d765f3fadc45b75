/** A backlog is worked off by several invocations at once, and each token is refreshed once. */

import { equal, same } from "../functions/support/assert.ts";
import { startWorld } from "../functions/support/world.ts";
import { HOUR, refresh, rowOf, TOKEN, until } from "./support.ts";

Deno.test("a tick starts as many invocations as the backlog is worth", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const ids: string[] = [];
  for (let n = 0; n < 12; n++) ids.push((await person.connect()).id);
  await world.host.sql.query(
    `select private.schedule('small-batches', array['* * * * *'],
       $$select private.invoke_function('tiktok-refresh', '{"limit": 5}', private.invocations_for_due_tokens('tiktok', 5))$$)`,
  );
  const before = world.calls(TOKEN);
  const tick = async () => {
    const answers = world.host.logs.length;
    await world.host.cron.tick("small-batches");
    await world.host.idle();
    return world.host.logs.slice(answers).filter((line) => line.includes("tiktok-refresh")).length;
  };
  equal(await tick(), 1, "due work or not");
  await world.skip(1.7 * HOUR);
  equal(await tick(), 3);
  const versions = await Promise.all(ids.map(async (id) => (await rowOf(world, id)).token_version));
  same(versions, Array(12).fill(2));
  equal(world.calls(TOKEN) - before, 12);
});

Deno.test("an invocation asks TikTok for 25 tokens at once, claims 25 at a time, and stops at its limit", async () => {
  await using world = await startWorld();
  const person = await world.person();
  for (let n = 0; n < 55; n++) await person.connect();
  await world.skip(1.7 * HOUR);
  const answers = Promise.withResolvers<void>();
  const before = world.calls(TOKEN);
  world.tiktok.faults.add({ path: TOKEN, kind: "wait", until: answers.promise, times: Infinity });
  const tick = refresh(world, { limit: 52 });
  // The next batch is the invocation's already while the first is at work, and is not begun.
  const leased = async () => {
    const [row] = await world.host.sql.query<{ leased: number }>(
      "select count(*)::int as leased from public.platform_connections where refresh_lease_owner is not null",
    );
    return row!.leased;
  };
  await until(async () => await leased() === 50 && world.calls(TOKEN) - before >= 25);
  equal(world.calls(TOKEN) - before, 25);
  answers.resolve();
  same(await tick, { claimed: 52, refreshed: 52, reconnect_required: 0, retried_later: 0 });
  equal(world.calls(TOKEN) - before, 52);
});
