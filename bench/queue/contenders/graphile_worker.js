// deno-lint-ignore-file no-console
// graphile-worker. A job: added, taken by the pool, given to a task that does nothing, completed, which
// deletes it. The pool, its batches and its statements are its own.
// @ts-ignore: installed where this file is copied to
import { Logger, makeWorkerUtils, runTaskList } from "graphile-worker";
// @ts-ignore: installed where this file is copied to
import pg from "pg";
import { inLoops, LOOPS } from "./loops.js";

const BATCH = 500;

export async function open(url) {
  const pool = new pg.Pool({ connectionString: url, max: LOOPS + 2 });
  pool.on("error", (error) => console.error(error));
  pool.on("connect", (client) => client.on("error", (error) => console.error(error)));
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  await utils.migrate();

  const countLeft = async () => {
    const { rows: [row] } = await pool.query(
      "select count(*)::int as left from graphile_worker.jobs",
    );
    return row.left;
  };

  /** Runs the pool until its task has been called for every job and all are completed. */
  const drain = async (jobs, preset) => {
    let left = jobs;
    const all = Promise.withResolvers();
    const task = () => {
      if (--left === 0) all.resolve();
    };
    const options = { pgPool: pool, logger, concurrency: LOOPS, noHandleSignals: true };
    const workers = runTaskList({ ...options, preset }, { job: task }, pool);
    await all.promise;
    // A shutdown does not wait for the completions that are under way.
    while (await countLeft() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await workers.gracefulShutdown();
  };
  return {
    enqueue: (jobs) => inLoops(jobs, (index) => utils.addJob("job", { index })),
    settle: (jobs) => drain(jobs, {}),
    enqueueBatched: async (jobs) => {
      for (let from = 0; from < jobs; from += BATCH) {
        const specs = Array.from({ length: Math.min(BATCH, jobs - from) }, (_, index) => ({
          identifier: "job",
          payload: { index: from + index },
        }));
        await utils.addJobs(specs);
      }
    },
    settleBatched: (jobs) =>
      drain(jobs, {
        worker: { localQueue: { size: BATCH }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
      }),
    countLeft,
    tidy: () => pool.query("vacuum (analyze)"),
    close: async () => {
      await utils.release();
      await pool.end();
    },
  };
}
