/** Jobs in the queue: their time, the daily limit, and cancelling. */

import { equal, isProblem, ok, same } from "./support/assert.ts";
import { pullPost, readClip, videoDraft, videoPost } from "./support/media.ts";
import { CDN, pullable } from "./support/pulls.ts";
import { startWorld, type World } from "./support/world.ts";

const HOUR = 3600;
const TICK = "tiktok-status-poll";

/** An ISO time so many seconds from the world's now. */
async function at(world: World, seconds: number): Promise<string> {
  const [row] = await world.host.sql.query<{ at: string }>(
    "select private.iso(private.now() + make_interval(secs => $1::float8)) as at",
    [seconds],
  );
  return row!.at;
}

Deno.test("scheduled_at", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  await t.step("in the future: not started before", async () => {
    const scheduled_at = await at(world, 2 * HOUR);
    const job = await person.publish(videoPost(connection.id, path, { scheduled_at }));
    same([job.scheduled_at, job.next_attempt_at, job.status], [
      scheduled_at,
      scheduled_at,
      "queued",
    ]);
    await world.host.idle();
    for (const wait of [0, HOUR, HOUR - 60]) {
      await world.skip(wait);
      await world.host.cron.tick(TICK);
    }
    same([(await person.job(job.id)).status, world.tiktok.state.inits], ["queued", 0]);
    await world.skip(61);
    await world.host.cron.tick(TICK);
    equal((await person.settle(job.id)).status, "published");
  });
  await t.step("in the past: now", async () => {
    const job = await person.publish(
      videoPost(connection.id, path, { scheduled_at: "2020-01-01T00:00:00Z" }),
    );
    ok(job.next_attempt_at! >= await at(world, -60));
    equal((await person.settle(job.id)).status, "published");
  });
});

Deno.test("a post that comes wakes its connection's token, a day before", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const scheduled_at = await at(world, 10 * 24 * HOUR);
  const { id } = await person.publish(videoPost(connection.id, path, { scheduled_at }));
  const asked = () => world.calls("/v2/oauth/token/");
  const refreshesInADay = async () => {
    const before = asked();
    for (let hour = 0; hour < 24; hour++) {
      await world.skip(HOUR);
      await world.schedule.post("tiktok-refresh", {});
    }
    return asked() - before;
  };
  ok(await refreshesInADay() > 5, "for a day the connection is in use");
  for (let day = 2; day <= 8; day++) equal(await refreshesInADay(), 0, `it rests on day ${day}`);
  ok(await refreshesInADay() <= 1);
  await world.skip(HOUR);
  ok(await refreshesInADay() > 5, "from a day before its post on it is kept warm");
  const before = asked();
  await world.host.cron.tick(TICK);
  ok((await person.job(id)).status !== "queued", "it is due, and starts");
  equal(asked(), before, "with the token that it has");
});

Deno.test("five posts a connection in 24 hours", async (t) => {
  await using world = await startWorld({ tiktok_options: pullable() });
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  await t.step("five go through: posts, a draft and a pull", async () => {
    const requests = [
      videoPost(connection.id, path),
      videoPost(connection.id, path),
      videoPost(connection.id, path),
      videoDraft(connection.id, path),
      pullPost(connection.id, `${CDN}a.mp4`),
    ];
    for (const request of requests) {
      const job = await person.settle((await person.publish(request)).id);
      ok(["published", "sent_to_inbox"].includes(job.status), JSON.stringify(job));
      await world.skip(30);
    }
  });
  const sixth = await person.publish(videoPost(connection.id, path));
  await t.step("the sixth is taken, stays queued, and says until when", async () => {
    await world.host.idle();
    await world.host.cron.tick(TICK);
    const job = await person.job(sixth.id);
    same([job.status, job.attempts, job.publish_id], ["queued", 0, null]);
    ok(job.next_attempt_at! > await at(world, 20 * HOUR), job.next_attempt_at!);
    equal(world.tiktok.state.inits, 5);
  });
  await t.step("another connection of the same user is not held up", async () => {
    const second = await person.connect();
    const job = await person.publish(videoPost(second.id, path));
    equal((await person.settle(job.id)).status, "published");
  });
  await t.step("it starts when the first of the five is a day old", async () => {
    equal((await person.settle(sixth.id)).status, "published");
    equal(world.tiktok.state.inits, 7);
  });
});

Deno.test("a refused init takes no slot", async () => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "1" } });
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  world.tiktok.faults.add({
    path: "/v2/post/publish/video/init/",
    kind: "error",
    code: "privacy_level_option_mismatch",
  });
  const refused = await person.settle((await person.publish(videoPost(connection.id, path))).id);
  same([refused.status, refused.error?.tiktok_code], ["failed", "privacy_level_option_mismatch"]);
  const before_seconds = world.ahead_seconds;
  const next = await person.settle((await person.publish(videoPost(connection.id, path))).id);
  equal(next.status, "published");
  ok(world.ahead_seconds - before_seconds < HOUR, "it did not wait for the next day");
});

Deno.test("six inits a minute and token: the rest waits, none fails", async () => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "50" } });
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const scheduled_at = await at(world, HOUR);
  const jobs = [];
  for (let n = 0; n < 9; n++) {
    jobs.push(await person.publish(videoPost(connection.id, path, { scheduled_at })));
  }
  await world.skip(HOUR + 1);
  await world.host.cron.tick(TICK);
  const states = await Promise.all(jobs.map(({ id }) => person.job(id)));
  equal(states.filter(({ status }) => status === "queued").length, 3);
  equal(world.tiktok.state.inits, 6);
  equal(world.tiktok.state.calls.filter(({ status }) => status === 429).length, 0);
  for (const { id } of jobs) equal((await person.settle(id)).status, "published");
  equal(world.tiktok.state.posts.length, 9);
});

Deno.test("DELETE tiktok-publish", async (t) => {
  const world_wide_web = { answers_after: Promise.resolve() };
  await using world = await startWorld({ tiktok_options: pullable(world_wide_web) });
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const path = await person.upload("clip.mp4", await readClip());
  const cancel = (id: string) => person.delete(`tiktok-publish?job_id=${id}`);
  const inTheFuture = async () =>
    await person.publish(videoPost(connection.id, path, { scheduled_at: await at(world, HOUR) }));

  await t.step("a queued job is cancelled and never starts", async () => {
    const job = await inTheFuture();
    const answer = await cancel(job.id);
    equal(answer.status, 200);
    same(Object.keys(answer.body), ["job"]);
    same([answer.body.job.status, answer.body.job.next_attempt_at], ["cancelled", null]);
    await world.skip(2 * HOUR);
    await world.host.cron.tick(TICK);
    same([(await person.job(job.id)).status, world.tiktok.state.inits], ["cancelled", 0]);
  });
  await t.step("cancelling twice: 409 not_cancellable", async () => {
    const job = await inTheFuture();
    equal((await cancel(job.id)).status, 200);
    isProblem(await cancel(job.id), 409, "not_cancellable");
  });
  await t.step("a published one: 409", async () => {
    const job = await person.settle((await person.publish(videoPost(connection.id, path))).id);
    isProblem(await cancel(job.id), 409, "not_cancellable");
    equal((await person.job(job.id)).status, "published");
  });
  await t.step("one in the inbox: 409", async () => {
    const job = await person.settle((await person.publish(videoDraft(connection.id, path))).id);
    isProblem(await cancel(job.id), 409, "not_cancellable");
  });
  await t.step("a failed one: 409", async () => {
    world.tiktok.faults.add({
      path: "/v2/post/publish/video/init/",
      kind: "error",
      code: "invalid_params",
    });
    const job = await person.settle((await person.publish(videoPost(connection.id, path))).id);
    equal(job.status, "failed");
    isProblem(await cancel(job.id), 409, "not_cancellable");
  });
  await t.step("one whose bytes are all at TikTok: 409, and it is published", async () => {
    const job = await person.publish(videoPost(connection.id, path));
    await world.host.idle();
    equal((await person.job(job.id)).status, "processing");
    isProblem(await cancel(job.id), 409, "not_cancellable");
    equal((await person.settle(job.id)).status, "published");
  });
  await t.step("a pull that TikTok is still fetching: cancelled there too", async () => {
    await world.skip(24 * HOUR);
    const fetched = Promise.withResolvers<void>();
    world_wide_web.answers_after = fetched.promise;
    const job = await person.publish(pullPost(connection.id, `${CDN}slow.mp4`));
    await world.host.idle();
    equal((await person.job(job.id)).status, "processing");
    const answer = await cancel(job.id);
    fetched.resolve();
    equal(answer.status, 200, JSON.stringify(answer.body));
    equal(answer.body.job.status, "cancelled");
    await world.tiktok.pullsDone();
    equal(
      world.tiktok.state.posts.filter(({ publish_id }) => publish_id === job.publish_id).length,
      0,
    );
    equal(world.tiktok.state.publishes.at(-1)?.fail_reason, "publish_cancelled");
  });
  await t.step(
    "TikTok that cannot be asked: the job stays as it is, and the answer says why",
    async () => {
      const job = await person.publish(videoPost(connection.id, path));
      await world.host.idle();
      world.tiktok.faults.add({ path: "/v2/post/publish/cancel/", kind: "status", status: 503 });
      const answer = await cancel(job.id);
      isProblem(answer, 503, "tiktok_unavailable");
      equal((await person.settle(job.id)).status, "published");
    },
  );
});
