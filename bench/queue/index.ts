/** The publishing queue beside those that a Node project on PostgreSQL would take. */
import type { Bench, BenchContext, Goal, Table } from "../bench.ts";
import { median, ratio, whole } from "../support/figures.ts";
import { DURABLE_IN_WORDS, startServer } from "../support/server.ts";
import { installContenders } from "./install.ts";

const ROUNDS = 5;
const JOBS = 3_000;

/** Methods of a contender (contenders/*.js), and how many jobs of it are measured. */
const ENTRIES = {
  nexus: { contender: "nexus", enqueue: "enqueue", settle: "settle" },
  graphile_worker: { contender: "graphile_worker", enqueue: "enqueue", settle: "settle" },
  pg_boss: { contender: "pg_boss", enqueue: "enqueue", settle: "settle" },
  nexus_posts: { contender: "nexus", enqueue: "enqueue", settle: "settlePosts" },
  nexus_batched: { contender: "nexus", enqueue: "enqueue", settle: "settleBatched" },
  graphile_worker_batched: {
    contender: "graphile_worker",
    enqueue: "enqueueBatched",
    settle: "settleBatched",
  },
  pg_boss_batched: { contender: "pg_boss", enqueue: "enqueueBatched", settle: "settleBatched" },
};
type Entry = keyof typeof ENTRIES;

interface Rates {
  enqueue_a_second: number;
  settle_a_second: number;
}

export const bench: Bench = {
  name: "queue",
  title: "The queue, beside graphile-worker and pg-boss",
  async run(context) {
    const rounds = await measure(context);
    const middle = (entry: Entry, of: keyof Rates) =>
      median(rounds.map((round) => round[entry][of]));
    const row = (title: string, entry: Entry, hasEnqueue = true) => [
      title,
      hasEnqueue ? whole(middle(entry, "enqueue_a_second")) : "",
      whole(middle(entry, "settle_a_second")),
    ];
    const columns = ["jobs a second", "enqueued", "claimed and settled"];
    const tables: Table[] = [
      {
        title: "One job a call, ten at once",
        columns,
        rows: [
          row("ours: claim, settle (2 calls)", "nexus"),
          row("graphile-worker 0.18.0", "graphile_worker"),
          row("pg-boss 12.38.0", "pg_boss"),
          row("ours: a whole post (4 calls)", "nexus_posts", false),
        ],
      },
      {
        title: "In batches",
        columns,
        rows: [
          row("ours: claimed 25 at a time", "nexus_batched", false),
          row("graphile-worker, 500", "graphile_worker_batched"),
          row("pg-boss, 500", "pg_boss_batched"),
        ],
      },
    ];
    const goal = (rival: "graphile_worker" | "pg_boss", name: string, of: keyof Rates): Goal => {
      const ratios = rounds.map((round) => round.nexus[of] / round[rival][of]);
      const met = median(ratios) >= 1;
      const what = of === "enqueue_a_second" ? "enqueues" : "claims and settles";
      const reached = `${ratio(median(ratios))} times its rate (${ratios.map(ratio).join(", ")})`;
      return {
        text: `${what} more than ${name}, unbatched`,
        met,
        reason: met ? reached : `${reached}. ${WHY_BEHIND}`,
      };
    };
    return {
      about: ABOUT,
      tables,
      goals: [
        goal("graphile_worker", "graphile-worker", "enqueue_a_second"),
        goal("pg_boss", "pg-boss", "enqueue_a_second"),
        goal("graphile_worker", "graphile-worker", "settle_a_second"),
        goal("pg_boss", "pg-boss", "settle_a_second"),
      ],
    };
  },
};

const ABOUT =
  `The same server (${DURABLE_IN_WORDS}; each queue in a database of its own), the same Node 22.23.3 and ` +
  `driver (\`pg\`), ten connections; ${
    whole(JOBS)
  } jobs a measurement after a warm-up of 500, each in a ` +
  `process of its own, in turns, medians of ${ROUNDS} rounds. A job of the other two does nothing but to be ` +
  "claimed and completed. Ours is claimed by `claim_due_jobs`, which counts the day's posts and the minute's " +
  "inits of its connection and lends it for 240 s, and ended by `finish_job_step`, fenced by that lease. A " +
  "whole post asks for leave to send its init in between, which writes the ledger (`begin_post_init`), and " +
  "keeps its answer (`record_post_init`). Each job of ours belongs to a user with an account of his own for " +
  "four of them; edge functions call all this through the Data API, which costs more than the queue does. " +
  "Ours keeps its rows, which users look at, as pg-boss does for a while; graphile-worker deletes them. " +
  "pg-boss is measured by `fetch` and `complete`, since its `work` pauses between fetches. We enqueue a post " +
  "a request, and settle one by one: there is no batch of either.";

const WHY_BEHIND =
  "Two calls of ours take 0.74 ms of one connection, and each is a transaction of several statements: the row (36 " +
  "columns, eight indexes, six checks) is locked and written twice, about 0.1 ms each time, and kept; its connection's " +
  "limits are counted in between. Both calls are nested functions, whose statements and expressions PostgreSQL sets up " +
  "anew in each transaction: the profile is flat. graphile-worker updates and deletes a small row in one statement each";

async function measure({ log }: BenchContext): Promise<Record<Entry, Rates>[]> {
  await using node = await installContenders();
  await using server = await startServer();
  const urls: Record<string, string> = {
    nexus: server.url,
    graphile_worker: await server.createDatabase("graphile_worker"),
    pg_boss: await server.createDatabase("pg_boss"),
  };
  const rounds: Record<Entry, Rates>[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const rates: Partial<Record<Entry, Rates>> = {};
    for (const [entry, { contender, enqueue, settle }] of Object.entries(ENTRIES)) {
      const args = ["main.js", contender, urls[contender]!, enqueue, settle, String(JOBS)];
      rates[entry as Entry] = JSON.parse(await node.run(args));
    }
    const { nexus, graphile_worker, pg_boss } = rates;
    log(
      `round ${round} of ${ROUNDS}: settled a second: ours ${nexus?.settle_a_second}, graphile-worker ` +
        `${graphile_worker?.settle_a_second}, pg-boss ${pg_boss?.settle_a_second}`,
    );
    rounds.push(rates as Record<Entry, Rates>);
  }
  return rounds;
}
