/** A month of fifty accounts: the history is what TikTok said, and TikTok was not asked too often. */

import type { AnalyticsAnswer } from "../../supabase/functions/_shared/contract/analytics.ts";
import { makeAccounts } from "../functions/support/accounts.ts";
import { equal, ok, same } from "../functions/support/assert.ts";
import {
  type Counts,
  DAY,
  fourOClock,
  HOUR,
  look,
  makeVideos,
  nowMs,
  PROFILE_COUNTS,
  QUERY_PATHS,
  servedProfile,
  servedVideos,
  startAnalyticsWorld,
  tickAll,
  toldProfile,
  toldVideo,
  utcDay,
  VIDEO_COUNTS,
} from "./support.ts";

const ACCOUNTS = 50;
const DAYS = 30;
/** Less than is asked for on most days: about 50 profiles, and 100 tops of lists. */
const DAILY_LIMIT = 150;
/**
 * What the schedule may ask by the later of its two ticks, at four in the afternoon: of the nine tenths that
 * are for figures half at once, and the rest as the day goes on.
 */
const BY_FOUR_O_CLOCK = Math.ceil(0.9 * DAILY_LIMIT * (1 + 16 / 24) / 2);
/** Whose owners look every evening. */
const LOOKED_AT = 15;
/** TikTok is down on these, counted from the first. */
const OUTAGE = [11, 12];

Deno.test("thirty days of fifty accounts: exactly what TikTok said, within the limit", async () => {
  const first_ms = fourOClock();
  const accounts = makeAccounts(first_ms);
  // Each has a video every five days, the first ones from before, the last ones still to come; every
  // tenth has more than fit on a page.
  accounts.slice(3, 3 + ACCOUNTS).forEach((account, index) => {
    const count = index % 10 === 0 ? 28 : 10;
    account.videos = makeVideos(
      index,
      Array.from({ length: count }, (_, n) => first_ms + (25 - 5 * n - index / 10) * DAY * 1000),
    );
  });
  await using world = await startAnalyticsWorld({
    daily_limit: DAILY_LIMIT,
    tiktok_options: { accounts },
  });
  const day = () => Math.floor((nowMs(world) - first_ms) / (DAY * 1000));

  // So many a day can be connected: the tenth that is kept for it, and what figures leave.
  const people = [];
  const person = await world.person();
  for (let index = 0; index < ACCOUNTS; index++) {
    const account = world.takeAccount();
    people.push({ account, connection: await person.connect({ account }) });
  }

  let deferred = 0;
  const outageQueries: number[] = [];
  while (day() < DAYS) {
    const isDown = OUTAGE.includes(day());
    world.tiktok.faults.clear();
    if (isDown) {
      for (const path of QUERY_PATHS) {
        world.tiktok.faults.add({ path, kind: "status", status: 503, times: Infinity });
      }
    }
    const before = QUERY_PATHS.reduce((sum, path) => sum + world.calls(path), 0);
    deferred += (await tickAll(world)).deferred;
    if (Math.round(world.ahead_seconds / (12 * HOUR)) % 2 === 1) {
      for (const { connection } of people.slice(0, LOOKED_AT)) await look(person, connection.id, 1);
    }
    if (isDown) {
      outageQueries.push(QUERY_PATHS.reduce((sum, path) => sum + world.calls(path), 0) - before);
    }
    await world.skip(12 * HOUR);
  }
  world.tiktok.faults.clear();

  const perDay = new Map<string, number>();
  for (const { path, at } of world.tiktok.state.calls) {
    if (!QUERY_PATHS.includes(path)) continue;
    perDay.set(utcDay(at), (perDay.get(utcDay(at)) ?? 0) + 1);
  }
  for (const [date, count] of perDay) ok(count <= DAILY_LIMIT, `${count} queries on ${date}`);
  const counts = [...perDay.values()];
  ok(
    counts.filter((count) => count >= BY_FOUR_O_CLOCK).length > 20,
    `on most days all that may be asked is asked: ${counts}`,
  );
  ok(deferred > 100, `${deferred} times that was not enough`);
  for (const count of outageQueries) ok(count < 40, `an outage costs ${count} queries`);

  const readings: number[] = [];
  for (const { account, connection } of people) {
    const answer = await look(person, connection.id, 365);
    const said = world.tiktok.state.shown;
    const served = servedProfile(said, account);
    same(toldProfile(answer), served);
    checkSums(answer, [...served.values()], servedVideos(said, account));
    readings.push(served.size);
    const videos = servedVideos(said, account);
    same(answer.videos.map(({ id }) => id).sort(), [...videos.keys()].sort());
    for (const video of answer.videos) same(toldVideo(video), videos.get(video.id), video.id);
    const times = answer.videos.map(({ create_time }) => create_time ?? "");
    same(times, [...times].sort().reverse(), "newest first");
  }
  const { shown } = world.tiktok.state;
  ok(shown.length > 3_000, "there is something to compare");
  // Nobody is forgotten: but for the outage, everybody has nearly every day.
  const most = DAYS + 1 - OUTAGE.length;
  for (const count of readings) ok(count >= most - 4 && count <= most, `${readings}`);

  const dates = new Set(shown.map(({ at }) => utcDay(at)));
  equal(dates.size, most, "the days of the outage are gaps for all");
});

/** The account's totals and change, and its best videos, worked out anew from what TikTok said. */
function checkSums(
  { profile, videos }: AnalyticsAnswer,
  days: Counts[],
  served: Map<string, Counts[]>,
): void {
  const [first, last] = [days[0], days.at(-1)];
  for (const name of PROFILE_COUNTS) {
    const [from, to] = [Number(first?.[name]), Number(last?.[name])];
    equal(profile[name as "follower_count"], to, name);
    equal(profile.change?.[name as "follower_count"], to - from, `change of ${name}`);
  }
  for (const name of VIDEO_COUNTS) {
    const said = [...served].map(([id, readings]) => ({
      id,
      count: Number(readings.at(-1)?.[name]),
    }));
    const told = videos.map((video) => ({
      id: video.id,
      count: video[name as "view_count"] ?? NaN,
    }));
    same(topOf(told), topOf(said), `most ${name}`);
    equal(sumOf(told), sumOf(said), `all ${name}`);
  }
}

type Counted = { id: string; count: number };

const topOf = (videos: Counted[]) =>
  videos.toSorted((a, b) => b.count - a.count || a.id.localeCompare(b.id)).slice(0, 5);
const sumOf = (videos: Counted[]) => videos.reduce((sum, { count }) => sum + count, 0);
