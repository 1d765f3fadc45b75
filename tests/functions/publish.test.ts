/** `POST tiktok-publish`: what is taken, and what becomes of it. */

import { equal, isProblem, match, same } from "./support/assert.ts";
import { readClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const JOB = [
  "attempts",
  "bytes_sent",
  "bytes_total",
  "connection_id",
  "created_at",
  "error",
  "id",
  "next_attempt_at",
  "post_ids",
  "publish_id",
  "scheduled_at",
  "status",
  "updated_at",
];

const hashOf = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();

Deno.test("a video from Storage is posted", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const clip = await readClip();
  const path = await person.upload("clip.mp4", clip);
  const connection = await person.connect();

  await t.step("direct: 202 with a job of exactly the contract's members", async () => {
    const answer = await person.post("tiktok-publish", videoPost(connection.id, path));
    equal(answer.status, 202);
    same(Object.keys(answer.body), ["job"]);
    const { job } = answer.body;
    same(Object.keys(job).sort(), JOB);
    equal(job.status, "queued");
    equal(job.connection_id, connection.id);
    equal(job.bytes_total, clip.length);
    same([job.bytes_sent, job.attempts, job.publish_id, job.error, job.scheduled_at], [
      0,
      0,
      null,
      null,
      null,
    ]);
    same(job.post_ids, []);
    for (const name of ["created_at", "updated_at", "next_attempt_at"]) {
      match(job[name], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
  });
  await t.step("it goes on after the answer, and is published to the byte", async () => {
    const [posted] = await world.host.sql.query<{ id: string }>(
      "select id from public.publish_jobs",
    );
    const job = await person.settle(posted!.id);
    equal(job.status, "published");
    same([job.bytes_sent, job.attempts, job.error, job.next_attempt_at], [
      clip.length,
      1,
      null,
      null,
    ]);
    match(job.publish_id ?? "", /^v_pub_file~/);
    same(job.post_ids, [], "a private post has no id for us");
    equal(world.tiktok.state.posts.length, 1);
    const [post] = world.tiktok.state.posts;
    equal(post?.sha256, await hashOf(clip));
    equal(post?.caption, "A test");
    equal(post?.privacy_level, "SELF_ONLY");
  });
  await t.step("a public post's 19 digits survive", async () => {
    const job = await person.publish(videoPost(connection.id, path, {
      post: { caption: "Public", privacy_level: "PUBLIC_TO_EVERYONE" },
    }));
    const done = await person.settle(job.id);
    same(done.post_ids, [world.tiktok.state.posts.at(-1)?.post_id]);
    match(done.post_ids[0] ?? "", /^\d{19}$/);
  });
  await t.step("switches are off unless set; TikTok is told the negative", async () => {
    const off = world.tiktok.state.posts[0]?.post_info;
    same([off?.disable_comment, off?.disable_duet, off?.disable_stitch], [true, true, true]);
    same([off?.brand_content_toggle, off?.brand_organic_toggle], [false, false]);
    const job = await person.publish(videoPost(connection.id, path, {
      post: {
        caption: "On",
        privacy_level: "PUBLIC_TO_EVERYONE",
        allow_comment: true,
        allow_duet: true,
        allow_stitch: true,
        brand_content: true,
        brand_organic: true,
        ai_generated: true,
        cover_timestamp_ms: 1500,
      },
    }));
    await person.settle(job.id);
    const on = world.tiktok.state.posts.at(-1)?.post_info;
    same([on?.disable_comment, on?.disable_duet, on?.disable_stitch], [false, false, false]);
    same(
      [
        on?.brand_content_toggle,
        on?.brand_organic_toggle,
        on?.is_aigc,
        on?.video_cover_timestamp_ms,
      ],
      [true, true, true, 1500],
    );
  });
  await t.step("draft: ends in the inbox, and creator_info is not asked", async () => {
    const before = world.calls("/v2/post/publish/creator_info/query/");
    const job = await person.publish(videoDraft(connection.id, path));
    const done = await person.settle(job.id);
    equal(done.status, "sent_to_inbox");
    match(done.publish_id ?? "", /^v_inbox_file~/);
    equal(world.calls("/v2/post/publish/creator_info/query/"), before);
    equal(world.tiktok.state.publishes.at(-1)?.files[0]?.sha256, await hashOf(clip));
  });
  await t.step(
    "the schedule alone does it too, where nothing goes on after an answer",
    async () => {
      const edge = Object.getOwnPropertyDescriptor(globalThis, "EdgeRuntime")!;
      Reflect.deleteProperty(globalThis, "EdgeRuntime");
      try {
        const job = await person.publish(videoPost(connection.id, path));
        await world.host.idle();
        equal((await person.job(job.id)).status, "queued");
        equal((await person.settle(job.id)).status, "published");
      } finally {
        Object.defineProperty(globalThis, "EdgeRuntime", edge);
      }
    },
  );
  await t.step("every PUT had its length, its range and no transfer encoding", () => {
    const puts = world.tiktok.state.uploads.flatMap(({ puts }) => puts);
    equal(puts.length, 5);
    for (const put of puts) {
      same(
        [
          put.content_length,
          put.transfer_encoding,
          put.content_type,
          put.status,
          put.first,
          put.total,
        ],
        [String(clip.length), null, "video/mp4", 201, 0, clip.length],
      );
    }
  });
});

Deno.test("what needs a permission that was not given is 403 scope_missing", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const path = await person.upload("clip.mp4", await readClip());
  const drafter = await person.connect({ scopes: ["user.info.basic", "video.upload"] });
  const poster = await person.connect({ scopes: ["user.info.basic", "video.publish"] });
  await t.step("a direct post without video.publish", async () => {
    isProblem(
      await person.post("tiktok-publish", videoPost(drafter.id, path)),
      403,
      "scope_missing",
    );
  });
  await t.step("a draft without video.upload", async () => {
    isProblem(
      await person.post("tiktok-publish", videoDraft(poster.id, path)),
      403,
      "scope_missing",
    );
  });
  await t.step("each may do its own", async () => {
    equal(
      (await person.settle((await person.publish(videoDraft(drafter.id, path))).id)).status,
      "sent_to_inbox",
    );
    equal(
      (await person.settle((await person.publish(videoPost(poster.id, path))).id)).status,
      "published",
    );
  });
});

Deno.test("a dry run checks and leaves nothing behind", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const clip = await readClip();
  const path = await person.upload("clip.mp4", clip);
  const rows = async () =>
    JSON.stringify(
      await world.host.sql.query(
        "select (select count(*) from public.publish_jobs)::int j, (select count(*) from private.post_inits)::int i",
      ),
    );
  await t.step("200 with checks of exactly five members", async () => {
    const answer = await person.post(
      "tiktok-publish",
      videoPost(connection.id, path, { dry_run: true }),
    );
    equal(answer.status, 200);
    same(Object.keys(answer.body), ["dry_run", "checks"]);
    equal(answer.body.dry_run, true);
    for (const check of answer.body.checks) {
      same(Object.keys(check).sort(), ["message", "name", "ok", "path", "severity"]);
      equal(check.ok, true, JSON.stringify(check));
    }
    const advice = answer.body.checks.filter((check: { severity: string }) =>
      check.severity === "advice"
    );
    same(advice.map((check: { name: string }) => check.name), [
      "size_ios",
      "size_android",
      "transfer",
    ]);
    match(advice[2].message, /from Storage to TikTok in one piece/);
  });
  await t.step("200 where checks fail", async () => {
    const answer = await person.post(
      "tiktok-publish",
      videoPost(connection.id, `${person.id}/missing.mp4`, { dry_run: true }),
    );
    equal(answer.status, 200);
    equal(answer.body.checks.some((check: { ok: boolean }) => !check.ok), true);
  });
  await t.step("400 where the input is malformed", async () => {
    isProblem(
      await person.post("tiktok-publish", videoPost(connection.id, "", { dry_run: true })),
      400,
      "invalid_request",
    );
  });
  await t.step("no job, no init, no upload", async () => {
    await world.host.idle();
    equal(await rows(), '[{"j":0,"i":0}]');
    equal(world.tiktok.state.inits, 0);
    equal(world.calls("/video/"), 0);
  });
  await t.step("the idempotency key is neither taken nor looked at", async () => {
    const post = videoPost(connection.id, path, { idempotency_key: "k" });
    equal((await person.post("tiktok-publish", { ...post, dry_run: true })).status, 200);
    const job = await person.publish(post);
    const other = videoDraft(connection.id, path, { idempotency_key: "k", dry_run: true });
    const answer = await person.post("tiktok-publish", other);
    equal(answer.status, 200);
    equal(answer.body.dry_run, true);
    await person.settle(job.id);
  });
});
