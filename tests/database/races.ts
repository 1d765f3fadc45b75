/** What tests of races share. */
import type postgres from "postgres";

/** Runs `work` that many times at once. */
export const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** How many items have which key. */
export function countBy<T>(items: T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

/** Resolves once some statement of the server waits for a lock; asks again and again, never sleeps. */
export async function waitUntilBlocked(sql: postgres.Sql): Promise<void> {
  for (const until_ms = Date.now() + 60_000; Date.now() < until_ms;) {
    const [row] = await sql`select from pg_stat_activity where wait_event_type = 'Lock'`;
    if (row) return;
  }
  throw new Error("nothing came to wait for a lock within ten seconds");
}
