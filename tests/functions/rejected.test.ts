/** 422 `media_rejected`: everything that is wrong with a post, at once, each with its path. */

import { equal, isProblem, ok, pathsOf, same } from "./support/assert.ts";
import { pullPost, readClip, readUnfitClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

Deno.test("a post that breaks rules is refused with all of them", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const clip = await readClip();
  const good = await person.upload("clip.mp4", clip);
  const unfit = await person.upload("unfit.mp4", await readUnfitClip());
  const text = await person.upload("notes.mp4", "this is no video at all");
  const cut = await person.upload("cut.mp4", clip.slice(0, 3000));
  const empty = await person.upload("empty.mp4", new Uint8Array());
  const post = (change: object) => ({ caption: "x", privacy_level: "SELF_ONLY", ...change });
  const photos = (urls: string[], change: object = {}) => ({
    connection_id: connection.id,
    mode: "direct",
    media: { type: "photos", urls },
    post: post({}),
    ...change,
  });

  const rejected: [string, object, string[]][] = [
    ["a file that is not there", videoPost(connection.id, `${person.id}/none.mp4`), [
      "media.source.path",
    ]],
    ["a bucket that is not there", {
      ...videoPost(connection.id, good),
      media: { type: "video", source: { kind: "storage", bucket: "nowhere", path: good } },
    }, ["media.source.path"]],
    ["an empty file", videoPost(connection.id, empty), ["media.source.path"]],
    ["a text", videoPost(connection.id, text), ["media.source.path"]],
    ["a file that ends early", videoPost(connection.id, cut), ["media.source.path"]],
    ["a draft of a text", videoDraft(connection.id, text), ["media.source.path"]],
    [
      "a caption of 2201 units",
      videoPost(connection.id, good, { post: post({ caption: "a".repeat(2201) }) }),
      ["post.caption"],
    ],
    [
      "a caption of 1101 emoji",
      videoPost(connection.id, good, { post: post({ caption: "😀".repeat(1101) }) }),
      ["post.caption"],
    ],
    [
      "branded content in private",
      videoPost(connection.id, good, { post: post({ brand_content: true }) }),
      ["post.privacy_level"],
    ],
    [
      "an audience that is not offered",
      videoPost(connection.id, good, { post: post({ privacy_level: "FOLLOWER_OF_CREATOR" }) }),
      ["post.privacy_level"],
    ],
    [
      "an audience that nobody knows",
      videoPost(connection.id, good, { post: post({ privacy_level: "EVERYBODY" }) }),
      ["post.privacy_level"],
    ],
    [
      "a cover after the video's end",
      videoPost(connection.id, good, { post: post({ cover_timestamp_ms: 16_001 }) }),
      ["post.cover_timestamp_ms"],
    ],
    ["a pull by plain http", pullPost(connection.id, "http://cdn.nexus.invalid/a.mp4"), [
      "media.source.url",
    ]],
    ["36 photos", photos(Array(36).fill("https://cdn.nexus.invalid/a.jpg")), ["media.urls"]],
    [
      "two photos by plain http",
      photos([
        "http://cdn.nexus.invalid/a.jpg",
        "https://cdn.nexus.invalid/b.jpg",
        "http://cdn.nexus.invalid/c.jpg",
      ]),
      ["media.urls.0", "media.urls.2"],
    ],
    [
      "a photo title of 91 units",
      photos(["https://cdn.nexus.invalid/a.jpg"], { post: post({ title: "t".repeat(91) }) }),
      ["post.title"],
    ],
    [
      "a photo text of 4001 units",
      photos(["https://cdn.nexus.invalid/a.jpg"], { post: post({ caption: "t".repeat(4001) }) }),
      ["post.caption"],
    ],
  ];
  for (const [what, request, paths] of rejected) {
    await t.step(what, async () => {
      const answer = await person.post("tiktok-publish", request);
      isProblem(answer, 422, "media_rejected");
      same(pathsOf(answer), paths);
      ok(answer.body.errors.every(({ message }: { message: string }) => message.length > 10));
    });
  }
  // TikTok lets creator_info be asked 20 times a minute.
  await world.skip(61);
  await t.step("many at once: the file's, the text's and the creator's", async () => {
    world.tiktok.users.update(account, {
      duet_disabled: true,
      comment_disabled: true,
      max_video_duration_seconds: 2,
    });
    const answer = await person.post(
      "tiktok-publish",
      videoPost(connection.id, unfit, {
        post: post({
          caption: "a".repeat(2300),
          privacy_level: "FOLLOWER_OF_CREATOR",
          allow_comment: true,
          allow_duet: true,
          allow_stitch: true,
        }),
      }),
    );
    isProblem(answer, 422, "media_rejected");
    const file = pathsOf(answer).filter((path) => path === "media.source.path");
    // Duration, resolution, 9:16 and frame rate.
    equal(file.length, 4, JSON.stringify(answer.body.errors));
    same(pathsOf(answer).filter((path) => path !== "media.source.path"), [
      "media.source",
      "post.allow_comment",
      "post.allow_duet",
      "post.caption",
      "post.privacy_level",
    ]);
  });
  await t.step("the same in a dry run are checks, and the advice stays advice", async () => {
    const { status, body } = await person.post(
      "tiktok-publish",
      videoPost(connection.id, unfit, { dry_run: true }),
    );
    equal(status, 200);
    const failed = body.checks.filter((check: { ok: boolean }) => !check.ok);
    same(failed.map((check: { name: string }) => check.name).sort(), [
      "aspect_ratio",
      "creator_duration",
      "duration",
      "frame_rate",
      "resolution",
    ]);
  });
  world.tiktok.users.update(account, {
    duet_disabled: false,
    comment_disabled: false,
    max_video_duration_seconds: 600,
  });
  await t.step("exactly 2200 units pass", async () => {
    const answer = await person.post(
      "tiktok-publish",
      videoPost(connection.id, good, {
        post: post({ caption: "😀".repeat(1100) }),
      }),
    );
    equal(answer.status, 202, JSON.stringify(answer.body));
    await world.host.idle();
  });
  await t.step("a video of 16 s where the account may post 15", async () => {
    world.tiktok.users.update(account, { max_video_duration_seconds: 15 });
    const answer = await person.post("tiktok-publish", videoPost(connection.id, good));
    isProblem(answer, 422, "media_rejected");
    same(pathsOf(answer), ["media.source"]);
    world.tiktok.users.update(account, { max_video_duration_seconds: 600 });
  });
  await t.step("nothing but the good one became a job", async () => {
    await world.host.idle();
    equal((await world.host.sql.query("select 1 from public.publish_jobs")).length, 1);
    equal(world.tiktok.state.inits, 1);
  });
});

Deno.test("an account that is banned meanwhile is told at once, one that must wait is not refused", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const path = await person.upload("clip.mp4", await readClip());
  await t.step("banned: 403 account_not_eligible", async () => {
    world.tiktok.users.update(account, { posting: "spam_risk_user_banned_from_posting" });
    isProblem(
      await person.post("tiktok-publish", videoPost(connection.id, path)),
      403,
      "account_not_eligible",
    );
  });
  await t.step("too many posts today: taken, and waits", async () => {
    world.tiktok.users.update(account, { posting: "spam_risk_too_many_posts" });
    const job = await person.publish(videoPost(connection.id, path));
    await world.host.idle();
    equal((await person.job(job.id)).status, "queued");
    equal((await person.job(job.id)).error?.tiktok_code, "spam_risk_too_many_posts");
    world.tiktok.users.update(account, { posting: "allowed" });
    equal((await person.settle(job.id)).status, "published");
  });
});

Deno.test("MEDIA_PROFILE=tiktok takes what TikTok takes", async () => {
  await using world = await startWorld({ env: { MEDIA_PROFILE: "tiktok" } });
  const person = await world.person();
  const connection = await person.connect();
  const unfit = await person.upload("unfit.mp4", await readUnfitClip());
  const answer = await person.post("tiktok-publish", videoDraft(connection.id, unfit));
  isProblem(answer, 422, "media_rejected");
  // 240 px and 12 frames a second are below TikTok's own rules; 3 s and 4:3 are not.
  equal(answer.body.errors.length, 2, JSON.stringify(answer.body.errors));
});

Deno.test("addresses that we would fetch ourselves must be public", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const port = new URL(world.tiktok.state.accounts.length > 0 ? world.host.tiktok_origin : "").port;
  const addresses = [
    "http://cdn.nexus.invalid/a.mp4",
    "https://cdn.nexus.invalid/a.mp4",
    "https://127.0.0.1/a.mp4",
    `http://127.0.0.1:${port}/a.mp4`,
    "https://localhost/a.mp4",
    "https://[::1]/a.mp4",
    "https://[::ffff:127.0.0.1]/a.mp4",
    "https://10.0.0.1/a.mp4",
    "https://192.168.1.1/a.mp4",
    "https://172.16.0.1/a.mp4",
    "https://169.254.169.254/latest/meta-data",
    "https://[fd00::1]/a.mp4",
    "https://0.0.0.0/a.mp4",
    "https://2130706433/a.mp4",
    "https://0x7f.1/a.mp4",
  ];
  for (const url of addresses) {
    await t.step(`relay of ${url} is 422`, async () => {
      const answer = await person.post("tiktok-publish", {
        connection_id: connection.id,
        mode: "draft",
        media: { type: "video", source: { kind: "url", url, transfer: "relay" } },
      });
      isProblem(answer, 422, "media_rejected");
      same(pathsOf(answer), ["media.source.url"]);
    });
  }
});
