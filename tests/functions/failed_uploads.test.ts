/** Uploads that come to nothing: they fail once, say why, and nothing is posted. */

import { equal, same } from "./support/assert.ts";
import { prepareFiles } from "./support/files.ts";
import { readClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const INIT = "/v2/post/publish/video/init/";
const PUT = "/video/";

Deno.test("what cannot be mended fails, once, and says why", async (t) => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "100" } });
  const person = await world.person();
  const path = await person.upload("clip.mp4", await readClip());
  const refusals: [string, string, string][] = [
    [INIT, "invalid_params", "tiktok_rejected"],
    [INIT, "spam_risk_user_banned_from_posting", "tiktok_rejected"],
    [INIT, "unaudited_client_can_only_post_to_private_accounts", "tiktok_rejected"],
    [INIT, "scope_not_authorized", "scope_missing"],
    [INIT, "a_code_of_tomorrow", "tiktok_rejected"],
  ];
  for (const [where, tiktok_code, code] of refusals) {
    await t.step(`${tiktok_code} at the init`, async () => {
      const connection = await person.connect();
      world.tiktok.faults.add({ path: where, kind: "error", code: tiktok_code, times: Infinity });
      const job = await person.settle((await person.publish(videoPost(connection.id, path))).id);
      world.tiktok.faults.clear();
      same([job.status, job.error?.code, job.error?.tiktok_code], ["failed", code, tiktok_code]);
      equal(job.attempts, 1);
      same(
        Object.keys(job.error!).filter((name) =>
          ["type", "title", "status", "detail"].includes(name)
        ).length,
        4,
      );
      const entry = (await world.errorLog()).findLast((row) => row.job_id === job.id);
      same([entry?.code, entry?.platform_code, entry?.user_id], [code, tiktok_code, person.id]);
    });
  }
  for (
    const reason of [
      "file_format_check_failed",
      "spam_risk_text",
      "picture_size_check_failed",
    ] as const
  ) {
    await t.step(`${reason} in the processing`, async () => {
      const connection = await person.connect();
      const posted = await person.publish(videoPost(connection.id, path));
      await world.host.idle();
      world.tiktok.failPublish((await person.job(posted.id)).publish_id!, reason);
      const job = await person.settle(posted.id);
      same([job.status, job.error?.code, job.error?.tiktok_code], [
        "failed",
        "tiktok_rejected",
        reason,
      ]);
    });
  }
  await t.step(
    "an upload that TikTok loses again and again: three inits, and no more",
    async () => {
      const connection = await person.connect();
      const before = world.tiktok.state.inits;
      world.tiktok.faults.add({ path: PUT, kind: "expire_upload", times: Infinity });
      const job = await person.settle((await person.publish(videoPost(connection.id, path))).id);
      world.tiktok.faults.clear();
      same([job.status, job.attempts, job.error?.tiktok_code], ["failed", 3, "upload_url_expired"]);
      equal(world.tiktok.state.inits - before, 3);
    },
  );
  await t.step("a file replaced after it was taken: media_rejected, nothing sent", async () => {
    const connection = await person.connect();
    const own = await person.upload("changing.mp4", await readClip());
    const scheduled_at = new Date(Date.now() + 2 * 86_400_000).toISOString();
    const posted = await person.publish(videoPost(connection.id, own, { scheduled_at }));
    const other = await readClip();
    other[other.length - 1]! ^= 1;
    await person.upload("changing.mp4", other);
    const inits = world.tiktok.state.inits;
    const job = await person.settle(posted.id);
    same([job.status, job.error?.code, job.attempts], ["failed", "media_rejected", 0]);
    equal(world.tiktok.state.inits, inits);
  });
  await t.step("a file removed after it was taken: media_rejected", async () => {
    const connection = await person.connect();
    const own = await person.upload("gone.mp4", await readClip());
    const scheduled_at = new Date(Date.now() + 20 * 86_400_000).toISOString();
    const posted = await person.publish(videoDraft(connection.id, own, { scheduled_at }));
    const response = await fetch(`${world.host.url}/storage/v1/object/videos/${own}`, {
      method: "DELETE",
      headers: person.headers,
    });
    await response.body?.cancel();
    const job = await person.settle(posted.id);
    same([job.status, job.error?.code], ["failed", "media_rejected"]);
  });
});

Deno.test("a file replaced in the middle of its upload: media_rejected, and no post", async () => {
  await using world = await startWorld();
  const { person, large } = await prepareFiles(world);
  const connection = await person.connect();
  const reached = Promise.withResolvers<void>();
  const replaced = Promise.withResolvers<void>();
  world.tiktok.faults.add({
    path: PUT,
    nth: 3,
    kind: "wait",
    // Awaited the moment that the third chunk comes.
    until: { then: (...then) => (reached.resolve(), replaced.promise.then(...then)) } as Promise<
      void
    >,
  });
  const posted = await person.publish(videoPost(connection.id, large));
  await reached.promise;
  await person.upload("large.mp4", await readClip());
  replaced.resolve();
  const job = await person.settle(posted.id);
  same([job.status, job.error?.code], ["failed", "media_rejected"]);
  equal(world.tiktok.state.posts.length, 0);
});
