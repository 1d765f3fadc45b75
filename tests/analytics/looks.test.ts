/** A user looks: what he sees, how new it is, and what his looks cost. */

import { equal, isProblem, match, ok, same } from "../functions/support/assert.ts";
import {
  DAY,
  HOUR,
  look,
  MINUTE,
  nowMs,
  queries,
  queriesOf,
  servedProfile,
  servedVideos,
  startAnalyticsWorld,
  tick,
  tickAll,
  toldProfile,
  toldVideo,
  USER_INFO,
  VIDEO_LIST,
  videosUpTo,
} from "./support.ts";

Deno.test("the first look shows the account and every video, as TikTok says", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 3) });
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });

  const answer = await look(person, connection.id);

  same(Object.keys(answer), ["profile", "videos", "missing_scopes"]);
  same(Object.keys(answer.profile), [
    ...["follower_count", "following_count", "likes_count", "video_count"],
    ...["taken_at", "change", "series"],
  ]);
  const [video] = answer.videos;
  same(Object.keys(video ?? {}), [
    ...["id", "job_id", "title", "create_time", "share_url", "cover_image_url"],
    ...["view_count", "like_count", "comment_count", "share_count", "taken_at", "series"],
  ]);
  same(answer.missing_scopes, []);
  const { shown } = world.tiktok.state;
  same(toldProfile(answer), servedProfile(shown, account));
  same(answer.videos.map(toldVideo), [...servedVideos(shown, account).values()]);
  const said = shown.flatMap(({ videos = [] }) => videos)[0];
  same(
    [video?.id, video?.title, video?.share_url, video?.cover_image_url, video?.job_id],
    [said?.id, said?.title, said?.share_url, said?.cover_image_url, null],
  );
  equal(Date.parse(video?.create_time ?? ""), Number(said?.create_time) * 1000);
  for (const at of [answer.profile.taken_at, video?.taken_at]) {
    ok(Math.abs(Date.parse(at ?? "") - nowMs(world)) < 60_000, `${at}`);
  }
});

Deno.test("what was read to connect the account is not read again for the first look", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 3) });
  const person = await world.person();
  const connection = await person.connect();
  same(await queriesOf(world, () => look(person, connection.id)), { user: 0, list: 1, query: 0 });
  const rows = await world.host.sql.query("select source from private.profile_days");
  same(rows, [{ source: "connect" }]);
});

Deno.test("looking often costs a query a page every ten minutes, and no more", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 23) });
  const person = await world.person();
  const connection = await person.connect();
  await look(person, connection.id);

  const nothing = { user: 0, list: 0, query: 0 };
  for (let times = 0; times < 5; times++) {
    same(await queriesOf(world, () => look(person, connection.id)), nothing);
  }
  await world.skip(9 * MINUTE);
  same(await queriesOf(world, () => look(person, connection.id)), nothing);
  await world.skip(MINUTE + 1);
  same(await queriesOf(world, () => look(person, connection.id)), { user: 1, list: 1, query: 1 });
});

Deno.test("a whole day of looks leaves most of the day's queries to others", async () => {
  await using world = await startAnalyticsWorld({
    videos: (now) => videosUpTo(now, 3),
    daily_limit: 200,
  });
  const [person, other] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  for (let index = 0; index < 8; index++) await other.connect();

  const looks = 90;
  for (let times = 0; times < looks; times++) {
    await look(person, connection.id);
    await world.skip(10 * MINUTE + 1);
  }
  // His part of 180 for nine accounts, at two a look; then twice an hour.
  const cost = queries(world, account);
  ok(cost >= 20 + 2 * 10 && cost <= 20 + 2 * 15 + 4, `${cost} queries`);
});

Deno.test("looks at the same time are one reading, and all see it", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 3) });
  const person = await world.person();
  const connection = await person.connect();
  await world.skip(HOUR);
  const taken = await queriesOf(world, async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => look(person, connection.id)),
    );
    for (const answer of answers) same(answer, answers[0]);
    equal(answers[0]?.videos.length, 3);
  });
  same(taken, { user: 1, list: 1, query: 0 });
});

Deno.test("where TikTok is down, there is what was read before, with its time", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 3) });
  const person = await world.person();
  const connection = await person.connect();
  const before = await look(person, connection.id);
  await world.skip(HOUR);
  for (const path of [USER_INFO, VIDEO_LIST]) {
    world.tiktok.faults.add({ path, kind: "status", status: 503, times: Infinity });
  }
  same(await queriesOf(world, async () => same(await look(person, connection.id), before)), {
    user: 1,
    list: 1,
    query: 0,
  });
  // And it is left alone for a while.
  same(await queriesOf(world, () => look(person, connection.id)), { user: 0, list: 0, query: 0 });
  const log = await world.errorLog();
  same(log.map(({ code, connection_id, user_id }) => [code, connection_id, user_id]), [
    ["tiktok_unavailable", connection.id, person.id],
    ["tiktok_unavailable", connection.id, person.id],
  ]);

  world.tiktok.faults.clear();
  await world.skip(HOUR);
  const after = await look(person, connection.id);
  ok(Date.parse(after.profile.taken_at ?? "") > Date.parse(before.profile.taken_at ?? ""));
});

Deno.test("an account that could never be read is told as such, not made up", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 3) });
  const person = await world.person();
  world.tiktok.faults.add({ path: VIDEO_LIST, kind: "garbage", times: Infinity });
  const connection = await person.connect();
  const { profile, videos } = await look(person, connection.id);
  ok(profile.taken_at);
  same(videos, []);
});

Deno.test("a token that TikTok refuses is refreshed for the look", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 3) });
  const person = await world.person();
  const connection = await person.connect();
  world.tiktok.faults.add({ path: VIDEO_LIST, kind: "expire_token" });
  const { videos } = await look(person, connection.id);
  equal(videos.length, 3);
  equal(world.calls(VIDEO_LIST), 2);
  const [day] = await world.host.sql.query("select taken_for_figures from private.query_days");
  equal(day?.taken_for_figures, 2, "the refused query was sent, and counts");
});

Deno.test("of a connection that has ended its owner sees the history", async (t) => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 3) });
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const before = await look(person, connection.id);
  await t.step("removed at TikTok, learnt by the look", async () => {
    await world.skip(HOUR);
    world.tiktok.users.removeAuthorization(account);
    same(await look(person, connection.id), before);
    const [row] = await world.host.sql.query("select status from public.platform_connections");
    equal(row?.status, "reconnect_required");
    same(await queriesOf(world, () => look(person, connection.id)), { user: 0, list: 0, query: 0 });
  });
  await t.step("and connected again, it goes on", async () => {
    const again = await person.connect({ account });
    equal(again.id, connection.id);
    const { profile, videos } = await look(person, connection.id);
    equal(profile.series.length, 1, "the same day");
    equal(videos[0]?.series.length, 2);
  });
  await t.step("disconnected", async () => {
    equal((await person.post("tiktok-disconnect", { connection_id: connection.id })).status, 200);
    const { videos } = await look(person, connection.id);
    equal(videos[0]?.series.length, 2);
    same(await tickAll(world), { claimed: 0, taken: 0, failed: 0, deferred: 0 });
  });
});

Deno.test("two users of one account have a history each, and nobody has a stranger's", async () => {
  await using world = await startAnalyticsWorld({ videos: (now) => videosUpTo(now, 3) });
  const [first, second] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const early = await first.connect({ account });
  await tickAll(world);
  await world.skip(DAY);
  const late = await second.connect({ account });
  const [long, short] = [await look(first, early.id), await look(second, late.id)];
  equal(long.profile.series.length, 2);
  equal(short.profile.series.length, 1);
  equal(short.videos[0]?.series.length, 1);

  const theirs = await second.get(`tiktok-analytics?connection_id=${early.id}`);
  const nobodys = await second.get(`tiktok-analytics?connection_id=${crypto.randomUUID()}`);
  isProblem(theirs, 404, "not_found");
  isProblem(nobodys, 404, "not_found");
  same({ ...theirs.body, request_id: "" }, { ...nobodys.body, request_id: "" });
});

Deno.test("days are a whole number from 1 to 365", async (t) => {
  await using world = await startAnalyticsWorld();
  const person = await world.person();
  const connection = await person.connect();
  for (const days of ["0", "366", "-1", "1.5", "1e2", "", "30 ", "0x10", "1000", "thirty"]) {
    await t.step(`not ${JSON.stringify(days)}`, async () => {
      const answer = await person.get(
        `tiktok-analytics?connection_id=${connection.id}&days=${encodeURIComponent(days)}`,
      );
      isProblem(answer, 400, "invalid_request");
      same(answer.body.errors, [{
        path: "days",
        message: "must be a whole number, 1 to 365",
      }]);
    });
  }
  for (const days of [1, 30, 365]) {
    await t.step(`but ${days}`, async () => {
      await look(person, connection.id, days);
    });
  }
});

Deno.test("a user's look comes first when the schedule takes up its work", async () => {
  await using world = await startAnalyticsWorld();
  const people = await Promise.all([world.person(), world.person(), world.person()]);
  const connections = [];
  for (const person of people) connections.push(await person.connect());
  await tickAll(world);
  await look(people[2]!, connections[2]!.id);
  await world.skip(DAY);
  const before = world.tiktok.state.calls.length;
  equal((await tick(world, 1)).taken, 1);
  const [call] = world.tiktok.state.calls.slice(before);
  equal(call?.account, connections[2]?.platform_user_id);
  match(call?.path ?? "", /user\/info|video\/list/);
});
