/** What an attack could leave behind: rows, requests to TikTok, posts. */

import { readTables } from "../../functions/support/search.ts";
import type { World } from "../../functions/support/world.ts";

const ERROR_LOG = "private.error_log";
/** Count the calls to TikTok, which are counted at TikTok too; a state that is used takes its call along. */
const COUNTS = ["private.call_windows", "private.query_days"];
/** Belong to a connection, and come, change and go with it. */
const COMPANIONS = [
  "private.analytics_accounts",
  "private.snapshot_tasks",
  "private.profile_days",
];

export type Traces = {
  /** How many rows were added, changed or removed, by table; the error log apart. */
  rows: Record<string, number>;
  /** What TikTok was asked, sorted. */
  asked: string[];
  /** The codes of the new entries in the error log. */
  logged: string[];
  /** How many posts are on anybody's profile that were not there before. */
  posts: number;
};

export class Snapshot {
  private constructor(
    private readonly tables: ReadonlyMap<string, readonly string[]>,
    private readonly calls: readonly string[],
    private readonly posts: number,
  ) {}

  /** Of all there is, once nothing is under way. */
  static async take(world: World): Promise<Snapshot> {
    await world.host.idle();
    await world.tiktok.pullsDone();
    const tables = (await readTables(world.host.sql)).map(({ name, text }) =>
      [name, text === "" ? [] : text.split("\n")] as const
    );
    const { calls, posts } = world.tiktok.state;
    return new Snapshot(
      new Map(tables),
      calls.map(({ method, path }) => `${method} ${path}`),
      posts.length,
    );
  }

  /** What is different in a later one. */
  compare(later: Snapshot): Traces {
    const asked = later.calls.slice(this.calls.length).sort();
    const rows: Record<string, number> = {};
    for (const [name, lines] of later.tables) {
      const count = countChanges(this.tables.get(name) ?? [], lines);
      if (count > 0 && name !== ERROR_LOG) rows[name] = count;
    }
    const expected = [
      ...(asked.length > 0 || "private.oauth_states" in rows ? COUNTS : []),
      ...("public.platform_connections" in rows ? COMPANIONS : []),
    ];
    for (const name of expected) delete rows[name];
    return {
      rows,
      asked,
      logged: without(later.tables.get(ERROR_LOG) ?? [], this.tables.get(ERROR_LOG) ?? [])
        .map((line) => JSON.parse(line).code),
      posts: later.posts - this.posts,
    };
  }
}

/** A changed row is one line gone and another come. */
function countChanges(before: readonly string[], after: readonly string[]): number {
  return Math.max(without(before, after).length, without(after, before).length);
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
