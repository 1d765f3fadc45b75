/**
 * Drains a queue: many posts of many users, all due at once, on the real functions and the virtual
 * clock, with the schedule ticking once a minute. What is told of it is what TikTok's stand-in saw.
 */

import type { TikTokState } from "../../local/tiktok/index.ts";
import { Database } from "./database.ts";
import { Person } from "./people.ts";
import { prepareProcess } from "./process.ts";
import { SMALLEST_FILE_BYTES } from "./supabase.ts";
import { install } from "./surroundings.ts";
import { CDN, TIKTOK_URL, World } from "./world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const POSTS_A_DAY = 5;
/** As the migration's cron job asks. */
const TICK_LIMIT = 25;

type Call = TikTokState["calls"][number];

export type Drained = {
  /** Posts that TikTok has, and captions that it has more or less than once. */
  published: number;
  wrong_captions: string[];
  virtual_days: number;
  ticks: number;
  events: number;
  /** The most accepted inits of one account in any 24 hours, and requests in any minute, by path. */
  most_posts_a_day: number;
  most_a_minute: Record<string, number>;
  refused: number;
  /** How far one user was ahead of another at the worst moment, while both had posts left. */
  furthest_apart: number;
};

export async function drain(
  { users, posts, onDay = () => {} }: {
    users: number;
    posts: number;
    onDay?: (days: number, published: number) => void;
  },
): Promise<Drained> {
  const database = await Database.open();
  const process = await prepareProcess(TIKTOK_URL, `${CDN.hostname}:${CDN.port}`, {
    users,
    accounts: users,
  });
  process.setEnvironment({ TIKTOK_DAILY_POST_LIMIT: String(POSTS_A_DAY) });
  install();
  await database.pglite.exec(
    `insert into auth.users (id) values ${process.users.map(({ id }) => `('${id}')`).join(", ")};
     set role service_role`,
  );
  const world = new World(1, process, database, false);
  world.faults.stop();
  const { simulator, tiktok } = world;
  simulator.most_events = Infinity;
  await fillQueue(world, posts);

  const began_ms = simulator.now_ms;
  const calls: Call[] = [];
  let ticks = 0;
  let days = 0;
  for (let due_ms = await nextDue(database); due_ms !== null; due_ms = await nextDue(database)) {
    // The schedule ticks on the minute.
    const tick_ms = Math.ceil(Math.max(due_ms, simulator.now_ms + 1) / MINUTE_MS) * MINUTE_MS;
    await simulator.run(tick_ms);
    void world.tick("tiktok-status-poll", TICK_LIMIT);
    ticks++;
    // Long enough for what is claimed to be driven.
    await simulator.run(tick_ms + MINUTE_MS / 2);
    // The stand-in keeps the last ten thousand.
    const kept = tiktok.state.calls;
    calls.push(...kept.slice(kept.lastIndexOf(calls.at(-1)!) + 1));
    if (simulator.now_ms - began_ms > (days + 1) * DAY_MS) {
      onDay(++days, tiktok.state.posts.length);
    }
  }
  const drained = tell(world, calls, posts, began_ms);
  await tiktok.dispose();
  return { ...drained, ticks };
}

/** Everybody is connected, and all his posts are in the queue: as if they had all been taken just now. */
async function fillQueue(world: World, posts: number): Promise<void> {
  const { simulator, process, supabase, database } = world;
  const people = process.users.map((user) => new Person(world, user));
  const connecting = Promise.all(
    people.map((person, index) => person.connect(`-000Simulated${index}`)),
  );
  await simulator.run(simulator.now_ms + HOUR_MS);
  const connections = await connecting;
  for (const [index, { user }] of people.entries()) {
    const path = `${user.id}/post.mp4`;
    const file = { size_bytes: SMALLEST_FILE_BYTES + index, etag: `etag-${index}` };
    supabase.files.set(`videos/${path}`, file);
    for (let number = 0; number < posts; number++) {
      const answer = await database.rpc(
        "create_publish_job",
        JSON.stringify({
          p_job_id: crypto.randomUUID(),
          p_user_id: user.id,
          p_connection_id: connections[index],
          p_job: {
            mode: "direct",
            media: { type: "video", source: { kind: "storage", bucket: "videos", path } },
            post: { caption: captionOf(index, number), privacy_level: "SELF_ONLY" },
            source: { ...file, content_type: "video/mp4" },
            bytes_total: file.size_bytes,
            request_hash: `${index} ${number}`,
            init_posts_by_itself: false,
          },
        }),
      );
      if (!answer.ok) throw new Error(answer.message);
    }
  }
}

function captionOf(user: number, number: number): string {
  return `user ${user}, post ${number}`;
}

async function nextDue(database: Database): Promise<number | null> {
  const [due] = await database.read<{ poll_at: number | null }>("execute simulated_due");
  return due?.poll_at ?? null;
}

function tell(
  { tiktok, process, simulator }: World,
  calls: readonly Call[],
  posts: number,
  began_ms: number,
): Omit<Drained, "ticks"> {
  const published = tiktok.state.posts;
  const captions = new Map<string, number>();
  for (const { caption } of published) captions.set(caption, (captions.get(caption) ?? 0) + 1);
  const wanted = process.users.flatMap((_, user) =>
    Array.from({ length: posts }, (_, number) => captionOf(user, number))
  );
  const inits = calls.filter(({ path, status }) => path.endsWith("/init/") && status === 200);
  const most_a_minute: Record<string, number> = {};
  for (const [path, its] of Map.groupBy(calls, ({ path }) => path)) {
    if (path.startsWith("/v2/post/")) most_a_minute[path] = mostOfOne(its, MINUTE_MS);
  }
  return {
    published: published.length,
    wrong_captions: wanted.filter((caption) => captions.get(caption) !== 1),
    virtual_days: (simulator.now_ms - began_ms) / DAY_MS,
    events: simulator.events,
    most_posts_a_day: mostOfOne(inits, DAY_MS),
    most_a_minute,
    refused: calls.filter(({ status }) => status === null || status >= 400).length,
    furthest_apart: furthestApart(inits, process.users.length, posts),
  };
}

/** The most that one account had within a window of time. */
function mostOfOne(calls: readonly Call[], window_ms: number): number {
  let most = 0;
  for (const its of Map.groupBy(calls, ({ account }) => account).values()) {
    const times = its.map(({ at }) => at).toSorted((one, other) => one - other);
    for (let first = 0, last = 0; last < times.length; last++) {
      while (times[last]! - times[first]! >= window_ms) first++;
      most = Math.max(most, last - first + 1);
    }
  }
  return most;
}

/** Who has none left is no longer in the race. */
function furthestApart(inits: readonly Call[], users: number, posts: number): number {
  const counts = new Map<string | null, number>();
  let furthest = 0;
  for (const { account } of inits.toSorted((one, other) => one.at - other.at)) {
    counts.set(account, (counts.get(account) ?? 0) + 1);
    const racing = [...counts.values()].filter((count) => count < posts);
    const last = counts.size < users ? 0 : Math.min(...racing);
    furthest = Math.max(furthest, ...racing.map((count) => count - last));
  }
  return furthest;
}
