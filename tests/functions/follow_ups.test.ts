/** What TikTok tells late, and by no event: ids after moderation, and what a user makes of a draft. */

import { equal, ok, same } from "./support/assert.ts";
import { readClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld, type World } from "./support/world.ts";

const HOUR = 3_600;
const DAY = 86_400;
const STATUS = "/v2/post/publish/status/fetch/";
const PUBLIC = { post: { caption: "Public", privacy_level: "PUBLIC_TO_EVERYONE" } };

async function prepare(world: World) {
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const path = await person.upload("clip.mp4", await readClip());
  /** Posts, and waits until it is settled. */
  const post = async (request: unknown) => await person.settle((await person.publish(request)).id);
  return { person, account, connection, path, post };
}

/** Lets time pass and the schedule tick whenever a settled post is due; counts what was asked. */
async function letPass(world: World, seconds: number): Promise<number> {
  const before = world.calls(STATUS);
  const until = world.ahead_seconds + seconds;
  for (let ticks = 0;; ticks++) {
    ok(ticks < 100, "what is due is never asked about");
    const [row] = await world.host.sql.query<{ seconds: number | null }>(
      `select extract(epoch from min(follow_up_at) - private.now())::float8 as seconds
         from public.publish_jobs`,
    );
    const wait = row?.seconds === null || row === undefined ? Infinity : Number(row.seconds) + 0.01;
    if (world.ahead_seconds + wait > until) break;
    await world.skip(Math.max(0, wait));
    const { body } = await world.schedule.post("tiktok-status-poll", {});
    equal(body.claimed, 0, "what is settled is not on its way");
  }
  await world.skip(until - world.ahead_seconds);
  return world.calls(STATUS) - before;
}

Deno.test("an id that comes when moderation is over", async (t) => {
  await using world = await startWorld({
    env: { TIKTOK_DAILY_POST_LIMIT: "100" },
    tiktok_options: { processing: { moderation_seconds: 5 * HOUR } },
  });
  const { person, connection, path, post } = await prepare(world);
  const job = await post(videoPost(connection.id, path, PUBLIC));
  same([job.status, job.post_ids, job.next_attempt_at], ["published", [], null]);
  await t.step("is asked for ever more rarely", async () => {
    const asked = await letPass(world, 4 * HOUR);
    ok(asked >= 5 && asked <= 9, `${asked} times in four hours`);
    same((await person.job(job.id)).post_ids, []);
  });
  await t.step("and found, and then nobody asks any more", async () => {
    await letPass(world, 8 * HOUR);
    same((await person.job(job.id)).post_ids, [world.tiktok.state.posts[0]?.post_id]);
    equal(await letPass(world, 60 * DAY), 0);
  });
  await t.step("a post that is not public has none, and nobody asks", async () => {
    equal((await post(videoPost(connection.id, path))).status, "published");
    equal(await letPass(world, 60 * DAY), 0);
  });
});

Deno.test("a draft that its user posts when he likes", async (t) => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "100" } });
  const { person, connection, path, post } = await prepare(world);
  const draft = await post(videoDraft(connection.id, path));
  equal(draft.status, "sent_to_inbox");
  const ids: string[] = [];
  await t.step("is found to be published", async () => {
    await letPass(world, 3 * DAY);
    equal((await person.job(draft.id)).status, "sent_to_inbox");
    ids.push(world.tiktok.users.publishDraft(draft.publish_id!).post_id);
    await letPass(world, 4 * DAY);
    const job = await person.job(draft.id);
    same([job.status, job.post_ids], ["published", ids]);
  });
  await t.step("and once more", async () => {
    ids.push(world.tiktok.users.publishDraft(draft.publish_id!, { caption: "Again" }).post_id);
    await letPass(world, 8 * DAY);
    same((await person.job(draft.id)).post_ids, ids);
  });
  await t.step("to friends alone: published, without an id", async () => {
    const other = await post(videoDraft(connection.id, path));
    world.tiktok.users.publishDraft(other.publish_id!, { privacy_level: "MUTUAL_FOLLOW_FRIENDS" });
    await letPass(world, HOUR);
    const job = await person.job(other.id);
    same([job.status, job.post_ids], ["published", []]);
  });
});

Deno.test("asking ends", async (t) => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "100" } });
  const { person, connection, path, post } = await prepare(world);
  await t.step("four weeks after the last news, and after few questions", async () => {
    await post(videoDraft(connection.id, path));
    const asked = await letPass(world, 28 * DAY);
    ok(asked >= 20 && asked <= 26, `${asked} times in four weeks`);
    equal(await letPass(world, 60 * DAY), 0);
  });
  await t.step("at once where TikTok knows the post no longer", async () => {
    const job = await post(videoDraft(connection.id, path));
    world.tiktok.faults.add({ path: STATUS, kind: "error", code: "invalid_publish_id" });
    equal(await letPass(world, 60 * DAY), 1);
    equal((await person.job(job.id)).status, "sent_to_inbox");
  });
  await t.step("but not because TikTok is away for a while", async () => {
    const draft = await post(videoDraft(connection.id, path));
    world.tiktok.faults.add({ path: STATUS, kind: "status", status: 503, times: 3 });
    world.tiktok.users.publishDraft(draft.publish_id!);
    await letPass(world, HOUR);
    equal((await person.job(draft.id)).status, "published");
  });
  await t.step("nor because its user must reconnect first", async () => {
    const draft = await post(videoDraft(connection.id, path));
    world.tiktok.users.publishDraft(draft.publish_id!);
    world.tiktok.users.removeAuthorization(connection.platform_user_id);
    await letPass(world, DAY);
    equal((await person.job(draft.id)).status, "sent_to_inbox");
    await person.connect({ account: connection.platform_user_id });
    await letPass(world, 2 * DAY);
    equal((await person.job(draft.id)).status, "published");
  });
});
