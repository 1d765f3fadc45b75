/** Every video, whatever TikTok's pages look like; and what becomes of those that vanish. */

import type { Account } from "../../local/tiktok/index.ts";
import type { World } from "../functions/support/world.ts";
import { equal, ok, same } from "../functions/support/assert.ts";
import { readClip } from "../functions/support/media.ts";
import {
  DAY,
  grow,
  HOUR,
  look,
  makeVideos,
  MINUTE,
  queriesOf,
  servedVideos,
  startAnalyticsWorld,
  tick,
  tickAll,
  toldVideo,
  VIDEO_LIST,
  VIDEO_QUERY,
  videosUpTo,
} from "./support.ts";

for (const short_pages of [false, true]) {
  Deno.test(`45 videos are all there, with pages that are ${short_pages ? "short" : "full"}`, async () => {
    await using world = await startAnalyticsWorld({
      videos: (now) => videosUpTo(now, 45),
      tiktok_options: { short_pages },
    });
    const person = await world.person();
    const account = world.takeAccount();
    const connection = await person.connect({ account });
    const [owner] = world.tiktok.state.accounts.filter(({ open_id }) => open_id === account);
    const ids = owner?.videos.map(({ id }) => id) ?? [];

    const taken = await queriesOf(world, async () => {
      const { videos } = await look(person, connection.id);
      same(videos.map(({ id }) => id), ids, "newest first, each digit of their ids");
      for (const video of videos) equal(video.series.length, 1);
    });
    same(taken, { user: 0, list: 3, query: 0 });
    ok(
      ids.every((id) => /^\d{19}$/.test(id) && String(Number(id)) !== id),
      "ids that no number holds",
    );
  });
}

Deno.test("the schedule reads what a look began, and what is new", async (t) => {
  await using world = await startAnalyticsWorld({
    // Ten a day: 45 are there, and more come.
    videos: (now) =>
      makeVideos(1, Array.from({ length: 100 }, (_, n) => now + (55 - n) * 2.4 * HOUR * 1000)),
  });
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const known = async () => {
    const rows = await world.host.sql.query<{ count: number }>(
      "select count(*)::int as count from private.videos where gone_at is null",
    );
    return rows[0]?.count;
  };
  await t.step("page by page, by whoever has time", async () => {
    world.tiktok.faults.add({ path: VIDEO_LIST, kind: "status", status: 502, nth: 2 });
    await look(person, connection.id);
    equal(await known(), 20, "one page");
    same(await queriesOf(world, () => tickAll(world)), { user: 0, list: 0, query: 0 });
    await world.skip(HOUR);
    same(await queriesOf(world, () => tickAll(world)), { user: 0, list: 2, query: 0 });
    equal(await known(), 45, "it went on at the second page");
  });
  await t.step("a day later a page has the new ones and joins the known", async () => {
    await world.skip(DAY - HOUR);
    // Twenty on the page; the other 35 are not a week old, and due.
    same(await queriesOf(world, () => tickAll(world)), { user: 1, list: 1, query: 2 });
    equal(await known(), 55);
  });
  await t.step(
    "three days later a page does not reach down to them, and the list is read anew",
    async () => {
      await world.skip(3 * DAY);
      same(await queriesOf(world, () => tickAll(world)), { user: 1, list: 5, query: 0 });
      equal(await known(), 85);
      const { videos } = await look(person, connection.id);
      const served = servedVideos(world.tiktok.state.shown, account);
      equal(videos.length, 85);
      for (const video of videos) same(toldVideo(video), served.get(video.id));
    },
  );
});

Deno.test("a video is read often while it is young, and rarely when it is old", async () => {
  const ages = [1 * HOUR, 3 * DAY, 20 * DAY, 100 * DAY];
  await using world = await startAnalyticsWorld({
    // Each below a page of its own age.
    videos: (now) =>
      makeVideos(
        1,
        ages.flatMap((age) => Array.from({ length: 20 }, (_, n) => now - (age + n * 60) * 1000)),
      ),
  });
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  await tickAll(world);
  for (let hours = 0; hours < 24; hours += 1) {
    await world.skip(HOUR);
    await tickAll(world);
  }
  const readings = async () => {
    const { videos } = await look(person, connection.id);
    const served = servedVideos(world.tiktok.state.shown, account);
    for (const video of videos) same(toldVideo(video), served.get(video.id), video.id);
    return [0, 20, 40, 60].map((index) => videos[index]?.series.length);
  };
  // One at first; then every two hours, every six, and once after midnight. Those that the schedule has
  // not read just now are read by this look.
  same(await readings(), [1 + 12, 1 + 4, 1 + 1 + 1, 1 + 0 + 1]);
  await world.skip(5 * MINUTE);
  same(await readings(), [13, 5, 3, 2], "new enough");
  await world.skip(6 * MINUTE);
  same(await readings(), [14, 6, 4, 3], "all of them are too old for who looks");
});

function hide(world: World, account: string, change: (account: Account) => Account): void {
  const [row] = world.tiktok.state.accounts.filter(({ open_id }) => open_id === account);
  if (row !== undefined) world.tiktok.users.update(account, change(row));
}

Deno.test("a video that vanishes keeps its history, and loses its links", async (t) => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 5) });
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const before = await look(person, connection.id);
  const [gone] = before.videos.slice(2);
  await world.skip(HOUR);
  hide(
    world,
    account,
    (row) => ({ ...row, videos: row.videos.filter(({ id }) => id !== gone?.id) }),
  );
  await t.step("after TikTok was asked for it by its id", async () => {
    const taken = await queriesOf(world, async () => {
      const { videos } = await look(person, connection.id);
      equal(videos.length, 5);
      same(videos[2], { ...gone, share_url: null, cover_image_url: null });
      equal(videos[1]?.series.length, 2);
    });
    same(taken, { user: 1, list: 1, query: 1 });
  });
  await t.step("once, and no more", async () => {
    await world.skip(HOUR);
    same(await queriesOf(world, () => look(person, connection.id)), { user: 1, list: 1, query: 0 });
  });
  await t.step("and out of the period it is gone", async () => {
    await world.skip(2 * DAY);
    equal((await look(person, connection.id, 1)).videos.length, 4);
    equal((await look(person, connection.id, 30)).videos.length, 5);
  });
  await t.step("an account that turned private shows the same", async () => {
    hide(world, account, (row) => ({ ...row, visibility: "private" }));
    await world.skip(HOUR);
    const { videos } = await look(person, connection.id, 30);
    equal(videos.length, 5);
    same(
      videos.map(({ share_url, cover_image_url }) => share_url ?? cover_image_url),
      Array(5).fill(null),
    );
  });
  await t.step("until it is public again", async () => {
    hide(world, account, (row) => ({ ...row, visibility: "public" }));
    await world.skip(HOUR);
    const { videos } = await look(person, connection.id, 30);
    equal(videos.filter(({ share_url }) => share_url !== null).length, 4);
  });
});

Deno.test("covers and avatars are never shown broken", async (t) => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 25) });
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const load = async (url: string) => {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status;
  };
  const check = async () => {
    const { videos } = await look(person, connection.id);
    equal(videos.length, 25);
    const covers = videos.map(({ cover_image_url }) => cover_image_url).filter((url) =>
      url !== null
    );
    for (const url of covers) equal(await load(url), 200);
    return covers;
  };
  await t.step("a look renews them", async () => {
    equal((await check()).length, 25);
    await world.skip(7 * HOUR);
    equal((await check()).length, 25);
  });
  await t.step("half an hour later they still work", async () => {
    const covers = await check();
    await world.skip(5 * HOUR);
    for (const path of [VIDEO_LIST, VIDEO_QUERY]) {
      world.tiktok.faults.add({ path, kind: "status", status: 503, times: Infinity });
    }
    const later = await check();
    same(later, covers, "as old as they may be");
    await world.skip(30 * 60);
    for (const url of later) equal(await load(url), 200);
  });
  await t.step("where they can't be renewed, there is none", async () => {
    equal((await check()).length, 0);
  });
  await t.step("the avatar is renewed every day, without figures too", async () => {
    const plain = await person.connect({
      account: world.takeAccount(),
      scopes: ["user.info.basic", "user.info.profile"],
    });
    await world.host.sql.query(
      "update public.platform_connections set avatar_url = 'https://expired.example/' where id = $1",
      [plain.id],
    );
    await world.skip(DAY);
    await tickAll(world);
    const [row] = await world.host.sql.query<{ avatar_url: string }>(
      "select avatar_url from public.platform_connections where id = $1",
      [plain.id],
    );
    equal(await load(row?.avatar_url ?? ""), 200);
  });
});

Deno.test("a video that was posted here has its job, by its exact id", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 2) });
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const job = await person.publish({
    connection_id: connection.id,
    media: { type: "video", source: { kind: "storage", bucket: "videos", path } },
    mode: "direct",
    post: { caption: "Posted here", privacy_level: "PUBLIC_TO_EVERYONE" },
  });
  const { post_ids } = await person.settle(job.id);
  const { videos } = await look(person, connection.id);
  same(videos.map(({ id, job_id }) => [id, job_id]), [
    [post_ids[0], job.id],
    ...videos.slice(1).map(({ id }) => [id, null]),
  ]);
  equal(videos.length, 3);

  const another = await world.person();
  const same_account = await another.connect({ account: connection.platform_user_id });
  const theirs = await look(another, same_account.id);
  same(theirs.videos.map(({ id, job_id }) => [id, job_id]), videos.map(({ id }) => [id, null]));
});

Deno.test("who was too late with a page writes nothing", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using world = await startAnalyticsWorld({
    videos: (now) => videosUpTo(now, 45),
    tiktok_options: { grow },
  });
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  world.tiktok.faults.add({ path: VIDEO_LIST, kind: "wait", nth: 2, until: promise });
  const first = tick(world);
  while (world.calls(VIDEO_LIST) < 2) await new Promise((done) => setTimeout(done, 10));
  // Its lease ends while it waits, and another one goes on.
  await world.skip(200);
  const second = await tickAll(world);
  resolve();
  same(second.taken, 1);
  same(await first, { claimed: 1, taken: 0, failed: 0, deferred: 1 });
  equal(world.calls(VIDEO_LIST), 4, "the second page was asked for twice");
  const { videos } = await look(person, connection.id);
  equal(videos.length, 45);
  for (const video of videos) equal(video.series.length, 1, video.id);
});
