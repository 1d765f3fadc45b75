/** Nobody waits for another's trouble, nor for another's many posts. */

import { equal, ok, same } from "./support/assert.ts";
import { readClip, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const TOKEN = "/v2/oauth/token/";
const INIT = "/v2/post/publish/video/init/";

Deno.test("posts that are due together", async (t) => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "100" } });
  const [busy, other] = [await world.person(), await world.person()];
  const busy_path = await busy.upload("clip.mp4", await readClip());
  const other_path = await other.upload("clip.mp4", await readClip());
  /** Posts that are due in an hour: `count` of the one, then a single one of the other. */
  const schedule = async (count: number) => {
    const accounts = [world.takeAccount(), world.takeAccount()] as const;
    const busy_connection = await busy.connect({ account: accounts[0] });
    const other_connection = await other.connect({ account: accounts[1] });
    const due_ms = Date.now() + world.ahead_seconds * 1000 + 3_600_000;
    const at = (ms: number) => ({ scheduled_at: new Date(due_ms + ms).toISOString() });
    const many = [];
    for (let n = 0; n < count; n++) {
      many.push(await busy.publish(videoPost(busy_connection.id, busy_path, at(n))));
    }
    const single = await other.publish(videoPost(other_connection.id, other_path, at(count)));
    await world.skip(3_601);
    return { accounts, many, single };
  };

  await t.step("go in turns: one user's many posts leave room for another's one", async () => {
    const { accounts, many, single } = await schedule(12);
    const before = world.tiktok.state.calls.length;
    await world.schedule.post("tiktok-status-poll", {});
    const inits = world.tiktok.state.calls.slice(before).filter(({ path }) => path === INIT);
    const place = inits.findIndex(({ account }) => account === accounts[1]);
    // Three are driven at once.
    ok(place >= 0 && place < 3, `the other's came as number ${place + 1}`);
    equal(inits.length, 7, "and six of the many, as TikTok's minute allows");
    for (const { id } of [...many, single]) await (id === single.id ? other : busy).settle(id);
  });
  await t.step("are driven before one whose holders died, which is driven alone", async () => {
    const { accounts, many, single } = await schedule(4);
    // Due before all others, and claimed twice by holders that were never heard of again.
    await world.host.sql.query(
      `update public.publish_jobs set next_attempt_at = next_attempt_at - interval '1 hour',
         lapses = 1, lease_owner = gen_random_uuid(), lease_expires_at = private.now()
        where id = $1`,
      [single.id],
    );
    const before = world.tiktok.state.calls.length;
    await world.schedule.post("tiktok-status-poll", {});
    const calls = world.tiktok.state.calls.slice(before);
    const first = calls.findIndex(({ account }) => account === accounts[1]);
    ok(first > calls.findLastIndex(({ account }) => account === accounts[0]), "it comes last");
    for (const { id } of many) equal((await busy.settle(id)).status, "published");
    equal((await other.settle(single.id)).status, "published");
  });
  await t.step("do not wait for the refresh of another's token", async () => {
    const { many, single } = await schedule(2);
    // The tokens are two hours old.
    await world.skip(7_200);
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    world.tiktok.faults.add({
      path: TOKEN,
      kind: "wait",
      until: {
        then: (...then) => (asked.resolve(), answered.promise.then(...then)),
      } as Promise<void>,
    });
    let is_over = false;
    const tick = world.schedule.post("tiktok-status-poll", {}).finally(() => is_over = true);
    await asked.promise;
    const waiting = async () => ({
      busy: (await Promise.all(many.map(({ id }) => busy.job(id))))
        .every(({ status }) => status === "queued"),
      other: (await other.job(single.id)).status === "queued",
    });
    // Whose token is asked for first is left to chance: the posts of the one who got his go on.
    let seen = await waiting();
    while (seen.busy && seen.other && !is_over) seen = await waiting();
    ok(!is_over, "nothing went on until the tick gave up");
    ok(seen.busy !== seen.other, "who has no token yet waits");
    answered.resolve();
    await tick;
    for (const { id } of many) equal((await busy.settle(id)).status, "published");
    equal((await other.settle(single.id)).status, "published");
  });
  await t.step("do not wait for a connection that waits for its user", async () => {
    const { accounts, many, single } = await schedule(3);
    world.tiktok.users.removeAuthorization(accounts[0]);
    const { body } = await world.schedule.post("tiktok-status-poll", {});
    equal(body.claimed, 4);
    ok((await other.job(single.id)).status !== "queued");
    for (const { id } of many) {
      const job = await busy.job(id);
      same([job.status, job.attempts], ["queued", 0]);
    }
  });
});
