/** `post.publish.*`: settle a job at once, in any order, as often as TikTok sends them. */

import { equal, match, ok, same } from "./support/assert.ts";
import { deliverEvents, sendEvent } from "./support/events.ts";
import { pullPost, readClip, videoDraft, videoPost } from "./support/media.ts";
import { CDN, pullable } from "./support/pulls.ts";
import { startWorld, type World } from "./support/world.ts";

const DAY = 86_400;
const STATUS = "/v2/post/publish/status/fetch/";
const PUBLIC = { post: { caption: "Public", privacy_level: "PUBLIC_TO_EVERYONE" } };

async function prepare(world: World) {
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const path = await person.upload("clip.mp4", await readClip());
  /** Posts, and goes as far as TikTok's processing. */
  const submit = async (request: unknown) => {
    // TikTok takes six inits a minute.
    await world.skip(61);
    const { id } = await person.publish(request);
    await world.host.idle();
    const job = await person.job(id);
    equal(job.status, "processing");
    return { id, publish_id: job.publish_id! };
  };
  return { person, account, connection, path, submit };
}

Deno.test("events settle what TikTok has", async (t) => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "100" } });
  const { person, account, connection, path, submit } = await prepare(world);

  await t.step("published, with the id of a public post; TikTok is not asked", async () => {
    const { id, publish_id } = await submit(videoPost(connection.id, path, PUBLIC));
    const before = world.calls(STATUS);
    equal(await deliverEvents(world), 2);
    const job = await person.job(id);
    same([job.status, job.next_attempt_at, job.error], ["published", null, null]);
    same(job.post_ids, [
      world.tiktok.state.posts.find((post) => post.publish_id === publish_id)!.post_id,
    ]);
    await world.skip(7 * DAY);
    equal((await world.schedule.post("tiktok-status-poll", {})).body.claimed, 0);
    equal(world.calls(STATUS), before);
  });
  await t.step("a draft is in the inbox", async () => {
    const { id } = await submit(videoDraft(connection.id, path));
    await deliverEvents(world);
    equal((await person.job(id)).status, "sent_to_inbox");
  });
  await t.step("a draft that its user posts, twice, has two ids", async () => {
    const { id, publish_id } = await submit(videoDraft(connection.id, path));
    await deliverEvents(world);
    const posts = [
      world.tiktok.users.publishDraft(publish_id),
      world.tiktok.users.publishDraft(publish_id, { caption: "Again" }),
    ];
    await deliverEvents(world);
    const job = await person.job(id);
    same([job.status, job.post_ids], ["published", posts.map(({ post_id }) => post_id)]);
  });
  await t.step("the same body twice is taken once", async () => {
    const { id, publish_id } = await submit(videoDraft(connection.id, path));
    const content = { publish_id, publish_type: "INBOX_SHARE" };
    await sendEvent(world, account, "post.publish.inbox_delivered", content, 2);
    equal((await person.job(id)).status, "sent_to_inbox");
    const [row] = await world.host.sql.query(
      `select count(*)::int as events from private.webhook_events
        where event = 'post.publish.inbox_delivered'`,
    );
    equal(row?.events, 3, "two of the steps before, and one of this");
  });
  const orders: [string, string[], string, string[]][] = [
    ["as they happen", ["inbox_delivered", "complete", "publicly_available"], "published", ["7"]],
    ["backwards", ["publicly_available", "complete", "inbox_delivered"], "published", ["7"]],
    ["the id under TikTok's other spelling", ["publicaly_available"], "published", ["7"]],
    [
      "each three times",
      [
        "inbox_delivered",
        "inbox_delivered",
        "complete",
        "inbox_delivered",
        "publicly_available",
        "complete",
        "publicly_available",
        "complete",
        "publicly_available",
      ],
      "published",
      ["7"],
    ],
    [
      "no longer public, afterwards: what was known stays",
      [
        "publicly_available",
        "no_longer_publicaly_available",
      ],
      "published",
      ["7"],
    ],
    ["one that nobody knows", ["inbox_delivered", "something_new"], "sent_to_inbox", []],
  ];
  for (const [what, events, status, post_ids] of orders) {
    await t.step(what, async () => {
      const { id, publish_id } = await submit(videoDraft(connection.id, path));
      for (const [nr, event] of events.entries()) {
        await sendEvent(world, account, `post.publish.${event}`, {
          publish_id,
          publish_type: "INBOX_SHARE",
          nr,
          ...(event.endsWith("_available") ? { post_id: 7 } : {}),
        });
      }
      const job = await person.job(id);
      same([job.status, job.post_ids], [status, post_ids]);
      await world.skip(DAY);
    });
  }
  await t.step("an id of 19 digits that comes weeks later is kept to the digit", async () => {
    const { id, publish_id } = await submit(videoPost(connection.id, path));
    equal((await person.settle(id)).status, "published");
    await world.skip(45 * DAY);
    await sendEvent(world, account, "post.publish.publicly_available", {
      publish_id,
      post_id: 7678907398077074696n,
      publish_type: "DIRECT_POST",
    });
    same((await person.job(id)).post_ids, ["7678907398077074696"]);
  });
  await t.step("about another account, or a post that is not ours, nothing happens", async () => {
    const { id, publish_id } = await submit(videoPost(connection.id, path));
    await sendEvent(world, world.takeAccount(), "post.publish.complete", { publish_id });
    await sendEvent(world, account, "post.publish.complete", { publish_id: "v_pub_file~other" });
    equal((await person.job(id)).status, "processing");
    equal((await person.settle(id)).status, "published");
  });
});

Deno.test("a failure that TikTok tells by an event", async (t) => {
  await using world = await startWorld({
    env: { TIKTOK_DAILY_POST_LIMIT: "100" },
    tiktok_options: pullable(),
  });
  const { person, account, connection, path, submit } = await prepare(world);

  const tellFailure = (publish_id: string, reason: string) =>
    sendEvent(world, account, "post.publish.failed", { publish_id, reason });
  /** Seconds until the schedule looks at it. */
  const dueIn = async (id: string) => {
    const [row] = await world.host.sql.query(
      `select extract(epoch from next_attempt_at - private.now())::float8 as seconds
         from public.publish_jobs where id = $1`,
      [id],
    );
    return Number(row?.seconds);
  };

  await t.step("ends the job at once where nothing can mend it, in words", async () => {
    const { id, publish_id } = await submit(videoPost(connection.id, path));
    await tellFailure(publish_id, "spam_risk_text");
    const job = await person.job(id);
    same([job.status, job.error?.code, job.error?.tiktok_code], [
      "failed",
      "tiktok_rejected",
      "spam_risk_text",
    ]);
    match(job.error!.detail, /^TikTok considers the text to be spam/);
  });
  await t.step(
    "an upload that may be tried again is asked about at once, and begun anew",
    async () => {
      const { id, publish_id } = await submit(videoPost(connection.id, path));
      await world.host.sql.query(
        "update public.publish_jobs set next_attempt_at = next_attempt_at + interval '1 h'",
      );
      world.tiktok.failPublish(publish_id, "internal");
      await tellFailure(publish_id, "internal");
      equal((await person.job(id)).status, "processing");
      ok(await dueIn(id) <= 0);
      await world.schedule.post("tiktok-status-poll", {});
      same([(await person.job(id)).status, (await person.job(id)).error?.tiktok_code], [
        "queued",
        "internal",
      ]);
      const done = await person.settle(id);
      same([done.status, done.attempts, done.publish_id === publish_id], ["published", 2, false]);
    },
  );
  await t.step("so is a pull, three times and no more", async () => {
    const { id } = await person.publish(pullPost(connection.id, `${CDN}missing.mp4`));
    for (let attempt = 1; attempt <= 3; attempt++) {
      await world.host.idle();
      await world.tiktok.pullsDone();
      await deliverEvents(world);
      await person.tickWhenDue(await person.job(id));
      await person.tickWhenDue(await person.job(id));
    }
    const job = await person.settle(id);
    same([job.status, job.attempts, job.error?.tiktok_code], ["failed", 3, "video_pull_failed"]);
  });
  await t.step("a cancel in TikTok is a cancel here", async () => {
    const { id, publish_id } = await submit(videoPost(connection.id, path));
    await tellFailure(publish_id, "publish_cancelled");
    same([(await person.job(id)).status, (await person.job(id)).error], ["cancelled", null]);
  });
  await t.step("what was given up here, and is published all the same, is published", async () => {
    const { id, publish_id } = await submit(videoPost(connection.id, path, PUBLIC));
    await person.post("tiktok-disconnect", { connection_id: connection.id });
    equal((await person.job(id)).status, "failed");
    await deliverEvents(world);
    const job = await person.job(id);
    same([job.status, job.error], ["published", null]);
    same(job.post_ids, [
      world.tiktok.state.posts.find((post) => post.publish_id === publish_id)!.post_id,
    ]);
  });
});
