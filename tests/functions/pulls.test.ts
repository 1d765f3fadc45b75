/** Posts that TikTok fetches by itself: an init without a readable answer is never repeated. */

import type { Fault } from "../../local/tiktok/index.ts";
import { equal, isProblem, match, same } from "./support/assert.ts";
import { pullPost, readClip, videoPost } from "./support/media.ts";
import { CDN, pullable } from "./support/pulls.ts";
import { startWorld } from "./support/world.ts";

const DIRECT = "/v2/post/publish/video/init/";
const DRAFT = "/v2/post/publish/inbox/video/init/";
const PHOTOS = "/v2/post/publish/content/init/";
const TICK = "tiktok-status-poll";

const draft = (connection_id: string) => {
  const { post: _, ...rest } = pullPost(connection_id, `${CDN}a.mp4`);
  return { ...rest, mode: "draft" };
};
const photos = (connection_id: string) => ({
  connection_id,
  mode: "direct",
  media: { type: "photos", urls: [`${CDN}1.jpg`, `${CDN}2.jpg`], cover_index: 1 },
  post: { title: "Two", caption: "Both of them", privacy_level: "SELF_ONLY" },
});
const kinds: [string, string, (id: string) => unknown][] = [
  ["a direct pull", DIRECT, (id) => pullPost(id, `${CDN}a.mp4`)],
  ["a draft pull", DRAFT, draft],
  ["photos", PHOTOS, photos],
];

Deno.test("a pull", async (t) => {
  await using world = await startWorld({
    tiktok_options: pullable(),
    env: { TIKTOK_DAILY_POST_LIMIT: "100" },
  });
  const person = await world.person();
  for (const [what, path, request] of kinds) {
    await t.step(`${what} is posted`, async () => {
      const connection = await person.connect();
      const before = world.calls(path);
      const job = await person.settle((await person.publish(request(connection.id))).id);
      equal(job.status, what === "a draft pull" ? "sent_to_inbox" : "published");
      same([job.bytes_total, job.error], [null, null]);
      match(job.publish_id!, /_url~/);
      equal(world.calls(path), before + 1);
    });
  }
  await t.step("photos keep title, text, order and cover", () => {
    const post = world.tiktok.state.publishes.find(({ media }) => media === "photos");
    same([post?.title, post?.description, post?.urls], ["Two", "Both of them", [
      `${CDN}1.jpg`,
      `${CDN}2.jpg`,
    ]]);
  });
  await t.step("an address that nobody proved to own fails, with TikTok's code", async () => {
    const connection = await person.connect();
    const job = await person.settle(
      (await person.publish(pullPost(connection.id, "https://other.nexus.invalid/a.mp4"))).id,
    );
    same([job.status, job.error?.tiktok_code], ["failed", "url_ownership_unverified"]);
  });
  await t.step(
    "a file that TikTok cannot fetch is tried anew, since TikTok said that it failed",
    async () => {
      const connection = await person.connect();
      const posted = await person.publish(pullPost(connection.id, `${CDN}missing.mp4`));
      const job = await person.settle(posted.id);
      same([job.status, job.error?.tiktok_code, job.attempts], ["failed", "video_pull_failed", 3]);
      equal(
        world.tiktok.state.posts.filter(({ publish_id }) => publish_id === job.publish_id).length,
        0,
      );
    },
  );
  await t.step("a token refused at the init is refreshed, and it is sent once more", async () => {
    const account = world.takeAccount();
    const connection = await person.connect({ account });
    world.tiktok.faults.add({ path: DIRECT, kind: "expire_token" });
    const job = await person.settle(
      (await person.publish(pullPost(connection.id, `${CDN}a.mp4`))).id,
    );
    equal(job.status, "published");
    equal(world.tiktok.state.posts.filter(({ open_id }) => open_id === account).length, 1);
  });
});

Deno.test("a pull whose answer was not readable is unconfirmed and stays so", async (t) => {
  await using world = await startWorld({
    tiktok_options: pullable(),
    env: { TIKTOK_DAILY_POST_LIMIT: "100" },
  });
  const person = await world.person();
  const losses: [string, (path: string) => Fault][] = [
    ["its reply was lost", (path) => ({ path, kind: "lose_reply" })],
    ["it was cut off before TikTok acted", (path) => ({ path, kind: "refuse" })],
    ["a 500 came, after it was taken", (path) => ({ path, kind: "status_after", status: 500 })],
    ["a 503 came", (path) => ({ path, kind: "status", status: 503 })],
    ["no JSON came", (path) => ({ path, kind: "garbage" })],
    ["JSON without publish_id came", (path) => ({
      path,
      kind: "garbage",
      body: '{"data":{},"error":{"code":"ok","message":"","log_id":"1"}}',
    })],
    [
      "TikTok said internal_error",
      (path) => ({ path, kind: "error", code: "internal_error", status: 500 }),
    ],
  ];
  for (const [what, path, request] of kinds) {
    for (const [loss, fault] of losses) {
      await t.step(`${what}: ${loss}`, async () => {
        const connection = await person.connect();
        const before = world.calls(path);
        world.tiktok.faults.add(fault(path));
        const posted = await person.publish(request(connection.id));
        await world.host.idle();
        const job = await person.job(posted.id);
        same([job.status, job.next_attempt_at, job.attempts], ["unconfirmed", null, 1]);
        equal(job.error?.code, "tiktok_unavailable");
        for (const seconds of [300, 3600, 86_400]) {
          await world.skip(seconds);
          await world.host.cron.tick(TICK);
        }
        equal((await person.job(posted.id)).status, "unconfirmed");
        equal(world.calls(path), before + 1, "it was sent once");
        const cancelled = await person.delete(`tiktok-publish?job_id=${posted.id}`);
        same([cancelled.status, cancelled.body.job.status], [200, "cancelled"]);
        isProblem(
          await person.delete(`tiktok-publish?job_id=${posted.id}`),
          409,
          "not_cancellable",
        );
        equal(world.calls(path), before + 1);
      });
    }
  }
  await t.step("posting again is a new POST", async () => {
    const connection = await person.connect();
    equal(
      (await person.settle((await person.publish(photos(connection.id))).id)).status,
      "published",
    );
  });
});

Deno.test("a holder that sleeps past its lease in the middle of an init", async (t) => {
  await using world = await startWorld({
    tiktok_options: pullable(),
    env: { TIKTOK_DAILY_POST_LIMIT: "100" },
  });
  const person = await world.person();
  const file = await person.upload("clip.mp4", await readClip());
  const sleepThrough = async (request: (connection_id: string) => unknown) => {
    const account = world.takeAccount();
    const connection = await person.connect({ account });
    const sent = Promise.withResolvers<void>();
    const wake = Promise.withResolvers<void>();
    world.tiktok.faults.add({
      path: DIRECT,
      kind: "wait",
      until: { then: (...then) => (sent.resolve(), wake.promise.then(...then)) } as Promise<void>,
    });
    const job = await person.publish(request(connection.id));
    await sent.promise;
    await world.skip(241);
    // Somebody else's turn: the lease has run out.
    await world.schedule.post(TICK, {});
    const meanwhile = (await person.job(job.id)).status;
    wake.resolve();
    const done = await person.settle(job.id);
    const posts = world.tiktok.state.posts.filter(({ open_id }) => open_id === account).length;
    return { meanwhile, status: done.status, posts, account };
  };
  await t.step("a pull is unconfirmed: the first init was sent, and is the only one", async () => {
    const { account, ...end } = await sleepThrough((id) => pullPost(id, `${CDN}a.mp4`));
    await world.tiktok.pullsDone();
    // What the sleeper brought is taken all the same.
    same([end.meanwhile, end.status], ["unconfirmed", "published"]);
    equal(world.tiktok.state.publishes.filter(({ open_id }) => open_id === account).length, 1);
  });
  await t.step("an upload is begun anew, and becomes one post", async () => {
    const { status, posts } = await sleepThrough((id) => videoPost(id, file));
    same([status, posts], ["published", 1]);
  });
});
