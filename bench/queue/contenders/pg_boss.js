// deno-lint-ignore-file no-console
// pg-boss. A job: sent, fetched, completed. By `fetch` and `complete` themselves: `work`, which calls
// these, pauses half a second at least between two fetches of one job each.
// @ts-ignore: installed where this file is copied to
import { PgBoss } from "pg-boss";
// @ts-ignore: installed where this file is copied to
import pg from "pg";
import { inLoops, LOOPS } from "./loops.js";

const QUEUE = "jobs";
const BATCH = 500;

export async function open(url) {
  const boss = new PgBoss({ connectionString: url, max: LOOPS, supervise: false, schedule: false });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue(QUEUE);
  const pool = new pg.Pool({ connectionString: url, max: 1 });

  const drain = async (batchSize) => {
    const worker = async () => {
      while (true) {
        const jobs = await boss.fetch(QUEUE, { batchSize });
        if (jobs.length === 0) return;
        await boss.complete(QUEUE, jobs.map(({ id }) => id));
      }
    };
    await Promise.all(Array.from({ length: LOOPS }, worker));
  };
  return {
    enqueue: (jobs) => inLoops(jobs, (index) => boss.send(QUEUE, { index })),
    settle: () => drain(1),
    enqueueBatched: async (jobs) => {
      for (let from = 0; from < jobs; from += BATCH) {
        const length = Math.min(BATCH, jobs - from);
        await boss.insert(
          QUEUE,
          Array.from({ length }, (_, index) => ({ data: { index: from + index } })),
        );
      }
    },
    settleBatched: () => drain(BATCH),
    countLeft: async () => {
      const { rows: [row] } = await pool.query(
        "select count(*)::int as left from pgboss.job where state <> 'completed'",
      );
      return row.left;
    },
    tidy: () => pool.query("vacuum (analyze)"),
    close: async () => {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}
