/** Accounts whose figures grow, and what the stand-in said of them: the oracle of these tests. */

import type { HostOptions } from "../../local/host/index.ts";
import type { Account, Shown, Video } from "../../local/tiktok/index.ts";
import type {
  AnalyticsAnswer,
  VideoFigures,
} from "../../supabase/functions/_shared/contract/analytics.ts";
import { makeAccounts } from "../functions/support/accounts.ts";
import { equal } from "../functions/support/assert.ts";
import type { Person } from "../functions/support/person.ts";
import { startWorld, type World } from "../functions/support/world.ts";

export const MINUTE = 60;
export const HOUR = 3_600;
export const DAY = 24 * HOUR;

export const USER_INFO = "/v2/user/info/";
export const VIDEO_LIST = "/v2/video/list/";
export const VIDEO_QUERY = "/v2/video/query/";
export const QUERY_PATHS = [USER_INFO, VIDEO_LIST, VIDEO_QUERY];

export const PROFILE_COUNTS = ["follower_count", "following_count", "likes_count", "video_count"];
export const VIDEO_COUNTS = ["view_count", "like_count", "comment_count", "share_count"];

/** Longer than a test's clock runs: a refresh of tokens is no matter of these tests. */
const LONG_TTL_SECONDS = 200 * DAY;

/** Grows by the second, at a pace of its own for each account and video. */
export function grow(account: Account, now_ms: number): Account {
  const passed_seconds = Math.floor(now_ms / 1000) - 1_790_000_000;
  const pace = 1 + (paceOf(account.open_id) % 7);
  return {
    ...account,
    follower_count: account.follower_count + pace * passed_seconds,
    following_count: account.following_count + Math.floor(passed_seconds / 600),
    likes_count: account.likes_count + 3 * pace * passed_seconds,
    videos: account.videos
      .filter(({ create_time }) => create_time * 1000 <= now_ms)
      .map((video) => growVideo(video, now_ms)),
  };
}

export function growVideo(video: Video, now_ms: number): Video {
  const age_seconds = Math.floor(now_ms / 1000) - video.create_time;
  const pace = 1 + (paceOf(video.id) % 11);
  return {
    ...video,
    view_count: pace * age_seconds,
    like_count: Math.floor((pace * age_seconds) / 12),
    comment_count: Math.floor(age_seconds / 900),
    share_count: Math.floor(age_seconds / 1_800),
  };
}

function paceOf(name: string): number {
  return [...name].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 9_973, 7);
}

/** `created_at_ms`, newest first or not; ids of 19 digits that no number holds. */
export function makeVideos(account: number, created_at_ms: number[]): Video[] {
  return created_at_ms.map((at_ms, index) => ({
    id: String(7_600_000_000_000_000_001n + BigInt(account) * 1_000_000_000n + BigInt(index) * 3n),
    create_time: Math.floor(at_ms / 1000),
    title: `Video ${index} of account ${account}`,
    duration: 20,
    width: 1080,
    height: 1920,
    view_count: 0,
    like_count: 0,
    comment_count: 0,
    share_count: 0,
  }));
}

/** `count` of them, one every `apart_seconds`, the newest so long ago. */
export function videosUpTo(now_ms: number, count: number, apart_seconds = HOUR): Video[] {
  return makeVideos(
    0,
    Array.from({ length: count }, (_, index) => now_ms - (index + 1) * apart_seconds * 1000),
  );
}

export type AnalyticsWorldOptions = {
  /** Of the account that is connected first; the others have none. */
  videos?: (now_ms: number) => Video[];
  daily_limit?: number;
  tiktok_options?: HostOptions["tiktok_options"];
};

/** The next four o'clock in UTC, where these tests begin: far from midnight, whenever they run. */
export function fourOClock(): number {
  const now_ms = Date.now();
  const four_ms = Math.floor(now_ms / 1000 / DAY) * DAY * 1000 + 4 * HOUR * 1000;
  return four_ms > now_ms ? four_ms : four_ms + DAY * 1000;
}

export async function startAnalyticsWorld(options: AnalyticsWorldOptions = {}): Promise<World> {
  const now_ms = fourOClock();
  const accounts = makeAccounts(now_ms);
  const [, , , first] = accounts;
  if (first !== undefined) first.videos = options.videos?.(now_ms) ?? [];
  const world = await startWorld({
    ...(options.daily_limit === undefined
      ? {}
      : { env: { TIKTOK_DAILY_QUERY_LIMIT: String(options.daily_limit) } }),
    tiktok_options: {
      accounts,
      grow,
      access_ttl_seconds: LONG_TTL_SECONDS,
      ...options.tiktok_options,
    },
  });
  await world.skip((now_ms - Date.now()) / 1000);
  return world;
}

/** What the database's clock and TikTok's say. */
export function nowMs(world: World): number {
  return Date.now() + world.ahead_seconds * 1000;
}

/** How many queries TikTok has seen; of one account, where it is named. */
export function queries(world: World, account?: string): number {
  return QUERY_PATHS.reduce((sum, path) => sum + world.calls(path, account), 0);
}

/** How many queries `work` made TikTok see, by path. */
export async function queriesOf(
  world: World,
  work: () => Promise<unknown>,
): Promise<{ user: number; list: number; query: number }> {
  const before = QUERY_PATHS.map((path) => world.calls(path));
  await work();
  const [user = 0, list = 0, query = 0] = QUERY_PATHS.map((path, index) =>
    world.calls(path) - (before[index] ?? 0)
  );
  return { user, list, query };
}

export async function look(
  person: Person,
  connection_id: string,
  days?: number,
): Promise<AnalyticsAnswer> {
  const answer = await person.get(
    `tiktok-analytics?connection_id=${connection_id}${days === undefined ? "" : `&days=${days}`}`,
  );
  equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

export type Tick = { claimed: number; taken: number; failed: number; deferred: number };

/** One tick of the schedule; its answer adds up. */
export async function tick(world: World, limit = 100): Promise<Tick> {
  const answer = await world.schedule.post("tiktok-analytics", { limit });
  equal(answer.status, 200, JSON.stringify(answer.body));
  const { claimed, taken, failed, deferred } = answer.body as Tick;
  equal(claimed, taken + failed + deferred, JSON.stringify(answer.body));
  return answer.body;
}

/** Ticks until nothing is due. */
export async function tickAll(world: World): Promise<Tick> {
  const sum = { claimed: 0, taken: 0, failed: 0, deferred: 0 };
  for (let times = 0; times < 50; times++) {
    const answer = await tick(world);
    for (const name of Object.keys(sum) as (keyof Tick)[]) sum[name] += answer[name];
    if (answer.claimed === 0) return sum;
  }
  throw new Error(`the schedule does not come to an end: ${JSON.stringify(sum)}`);
}

/** A point of a series without its time, which the stand-in knows by its own clock only. */
export type Counts = Record<string, unknown>;

function countsOf(row: Record<string, unknown>, names: string[]): Counts {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

export const utcDay = (at: number | string) => new Date(at).toISOString().slice(0, 10);

/** What TikTok said of an account, the last of each UTC day. */
export function servedProfile(shown: Shown[], account: string): Map<string, Counts> {
  const days = new Map<string, Counts>();
  for (const { at, account: whose, user } of shown) {
    if (whose !== account || user?.follower_count === undefined) continue;
    days.set(utcDay(at), countsOf(user, PROFILE_COUNTS));
  }
  return days;
}

/** Everything that TikTok said of each video of an account, in order. */
export function servedVideos(shown: Shown[], account: string): Map<string, Counts[]> {
  const videos = new Map<string, Counts[]>();
  for (const { account: whose, videos: said } of shown) {
    if (whose !== account) continue;
    for (const video of said ?? []) {
      const id = String(video.id);
      videos.set(id, [...(videos.get(id) ?? []), countsOf(video, VIDEO_COUNTS)]);
    }
  }
  return videos;
}

export function toldProfile({ profile }: AnalyticsAnswer): Map<string, Counts> {
  return new Map(
    profile.series.map((point) => [utcDay(point.taken_at), countsOf(point, PROFILE_COUNTS)]),
  );
}

export function toldVideo({ series }: VideoFigures): Counts[] {
  return series.map((point) => countsOf(point, VIDEO_COUNTS));
}
