/** TikTok's limits by the minute are kept here, so that TikTok never has to refuse. */

import { equal, isProblem, ok, same } from "./support/assert.ts";
import { readClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld, type World } from "./support/world.ts";

const CREATOR = "/v2/post/publish/creator_info/query/";
const STATUS = "/v2/post/publish/status/fetch/";
const LIMITS = { [CREATOR]: 20, [STATUS]: 30, "/v2/post/publish/video/init/": 6 };
const TICK = "tiktok-status-poll";

/** By the stand-in's own count: nothing was refused, and no minute ever saw more than its limit. */
function keptEveryLimit(world: World): void {
  const { calls } = world.tiktok.state;
  same(calls.filter(({ status }) => status === 429), []);
  for (const [path, limit] of Object.entries(LIMITS)) {
    const byAccount = Map.groupBy(
      calls.filter((call) => call.path === path),
      ({ account }) => account,
    );
    for (const [account, theirs] of byAccount) {
      const most = Math.max(
        ...theirs.map(({ at }) =>
          theirs.filter((other) => other.at > at - 60_000 && other.at <= at).length
        ),
      );
      ok(most <= limit, `${most} requests to ${path} in a minute for ${account}`);
    }
  }
}

Deno.test("creator info: 20 a minute and account, whoever asks", async (t) => {
  await using world = await startWorld();
  const [person, other] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const path = await person.upload("clip.mp4", await readClip());
  const theirs = await other.connect({ account });
  const ask = () => person.get(`tiktok-creator?connection_id=${connection.id}`);

  await t.step("connecting asks as well, and is counted", async () => {
    for (let n = 0; n < 18; n++) equal((await ask()).status, 200);
    isProblem(await ask(), 429, "rate_limited");
    equal(world.calls(CREATOR), 20);
    await world.skip(61);
  });

  await t.step("twenty are answered, of two users who connected one account", async () => {
    for (let n = 0; n < 10; n++) {
      equal((await ask()).status, 200);
      equal((await other.get(`tiktok-creator?connection_id=${theirs.id}`)).status, 200);
    }
  });
  let wait_seconds = 0;
  await t.step("one more: 429 that says how long to wait, and TikTok is not asked", async () => {
    const before = world.calls(CREATOR);
    const answer = await ask();
    isProblem(answer, 429, "rate_limited");
    wait_seconds = Number(answer.headers.get("retry-after"));
    equal(answer.body.retry_after, wait_seconds);
    ok(wait_seconds > 30 && wait_seconds <= 61, `${wait_seconds}`);
    equal(world.calls(CREATOR), before);
  });
  await t.step("a post is refused so, and a dry run; nothing is left behind", async () => {
    isProblem(
      await person.post("tiktok-publish", videoPost(connection.id, path)),
      429,
      "rate_limited",
    );
    isProblem(
      await person.post("tiktok-publish", videoPost(connection.id, path, { dry_run: true })),
      429,
      "rate_limited",
    );
    same(await world.host.sql.query("select 1 from public.publish_jobs"), []);
  });
  await t.step("a draft needs no creator info", async () => {
    const { id } = await person.publish(videoDraft(connection.id, path));
    await world.host.idle();
    ok(["processing", "sent_to_inbox"].includes((await person.job(id)).status));
  });
  await t.step("another account is not held up", async () => {
    const own = await other.connect();
    equal((await other.get(`tiktok-creator?connection_id=${own.id}`)).status, 200);
  });
  await t.step("after that time it is answered again", async () => {
    await world.skip(wait_seconds);
    equal((await ask()).status, 200);
  });
  keptEveryLimit(world);
});

Deno.test("a post that is due while its account's minute is full waits, and is none the worse", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
  const { id } = await person.publish(videoPost(connection.id, path, { scheduled_at }));
  await world.skip(3_601);
  for (let n = 0; n < 20; n++) await person.get(`tiktok-creator?connection_id=${connection.id}`);
  await world.host.cron.tick(TICK);
  const waiting = await person.job(id);
  same([waiting.status, waiting.error, waiting.attempts], ["queued", null, 0]);
  const [row] = await world.host.sql.query(
    `select failures, extract(epoch from next_attempt_at - private.now())::float8 as seconds
       from public.publish_jobs where id = $1`,
    [id],
  );
  equal(row?.failures, 0);
  ok(Number(row?.seconds) > 20 && Number(row?.seconds) < 80, String(row?.seconds));
  equal((await person.settle(id)).status, "published");
  keptEveryLimit(world);
});

Deno.test("status: 30 a minute and account, however many posts are on their way", async () => {
  await using world = await startWorld({
    env: { TIKTOK_DAILY_POST_LIMIT: "100" },
    // Two are asked for at once, by whoever uploads; then for a while.
    tiktok_options: { processing: { polls: 9 } },
  });
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const ids = [];
  for (let n = 0; n < 10; n++) {
    // Six inits a minute.
    if (n % 5 === 0) await world.skip(62);
    ids.push((await person.publish(videoPost(connection.id, path))).id);
    await world.host.idle();
  }
  await world.skip(62);
  const before = world.calls(STATUS);
  for (let n = 0; n < 5; n++) {
    await world.host.sql.query("update public.publish_jobs set next_attempt_at = private.now()");
    await world.host.cron.tick(TICK);
  }
  equal(world.calls(STATUS) - before, 30, "50 were asked for, and 30 allowed");
  const [waiting] = await world.host.sql.query(
    `select count(*)::int as jobs from public.publish_jobs
      where status = 'processing' and error is null and failures = 0
        and next_attempt_at > private.now() + interval '20 s'`,
  );
  equal(waiting?.jobs, 10, "the others wait until there is room");
  for (const id of ids) equal((await person.settle(id)).status, "published");
  keptEveryLimit(world);
});
