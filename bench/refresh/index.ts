/** Ten thousand tokens that are due, refreshed by the schedule's own function. */
import postgres from "postgres";
import type { RefreshAnswer } from "../../supabase/functions/_shared/contract/connection.ts";
import { REFRESH_CONCURRENCY } from "../../supabase/functions/_shared/token/timing.ts";
import type { Bench, BenchContext } from "../bench.ts";
import { type Child, startChild } from "../support/child.ts";
import { ratio, whole } from "../support/figures.ts";
import { DURABLE_IN_WORDS, startServer } from "../support/server.ts";
import { addConnections, countRefreshed, makeDue } from "./connections.ts";
import type { Invocations } from "./function.ts";
import type { StandInReply } from "./stand_in.ts";

const CONNECTIONS = 10_000;
const LATENCY_MS = 200;
/** What the schedule gives an invocation (supabase/migrations/…_schedules.sql). */
const LIMIT = 100;
/** One at a time, this many are enough to know how long all of them would take. */
const ALONE = 50;

const GOAL_RATIO = 0.8;
const GOAL_SECONDS = 180;

export const bench: Bench = {
  name: "refresh",
  title: "Ten thousand tokens that are due",
  async run(context) {
    const { in_turn, ticks, alone_seconds } = await measure(context);
    const ideal_seconds = (at_once: number) => CONNECTIONS * LATENCY_MS / 1000 / at_once;
    const row = (title: string, at_once: number, seconds: number) => [
      title,
      String(at_once),
      whole(seconds),
      whole(ideal_seconds(at_once)),
      ratio(ideal_seconds(at_once) / seconds),
      whole(CONNECTIONS / seconds),
    ];
    const reached = ideal_seconds(REFRESH_CONCURRENCY) / in_turn.seconds;
    return {
      about: ABOUT,
      tables: [{
        title: `${whole(CONNECTIONS)} refreshes, each answered after ${LATENCY_MS} ms`,
        columns: ["", "at once", "seconds", "ideal", "of the ideal", "a second"],
        rows: [
          row("one invocation after another", REFRESH_CONCURRENCY, in_turn.seconds),
          row("a tick's invocations side by side", ticks.most_at_once, ticks.seconds),
          row(`one at a time (of ${ALONE}, times ${CONNECTIONS / ALONE})`, 1, alone_seconds),
        ],
      }],
      goals: [
        {
          text: `one invocation after another reaches ${GOAL_RATIO} of the ideal`,
          met: reached >= GOAL_RATIO,
          reason: `${ratio(reached)}`,
        },
        {
          text: `in less than ${GOAL_SECONDS} seconds`,
          met: in_turn.seconds < GOAL_SECONDS,
          reason: `${whole(in_turn.seconds)} seconds`,
        },
      ],
    };
  },
};

const ABOUT =
  "Connections that are in use, with sealed tokens, all due at once. The function `tiktok-refresh` as it is, " +
  `warm, in a process of its own, with the schedule's limit of ${LIMIT}; the embedded host in another, for its ` +
  `Data API on ${DURABLE_IN_WORDS}; and in a third a server that answers as TikTok's token endpoint does, after ` +
  `${LATENCY_MS} ms. The ideal is that time alone, divided by the refreshes at once. An invocation works on ` +
  `${REFRESH_CONCURRENCY}. The second row starts as many invocations side by side as ` +
  "`private.invocations_for_due_tokens` says (eight while the backlog lasts), one such tick after another: all of " +
  "them in one process here, where the platform has more. The third has the function refresh one connection an " +
  "invocation. Afterwards each connection has been refreshed exactly once. pg_cron ticks once a minute, which " +
  `makes ${8 * LIMIT} a minute: a backlog of ${
    whole(CONNECTIONS)
  } is gone after 13 minutes, of the 24 that its ` +
  "tokens still live.";

interface Way {
  seconds: number;
  most_at_once: number;
}

async function measure({ log }: BenchContext) {
  await using server = await startServer();
  // Not the server's main database: nothing but this bench starts invocations.
  const BENCH_DATABASE_URL = await server.createDatabase("refresh");
  await using stand_in = startChild<unknown, StandInReply>(
    new URL("stand_in.ts", import.meta.url),
    { LATENCY_MS: String(LATENCY_MS) },
  );
  const { origin: BENCH_TIKTOK_URL } = await stand_in.ask({});
  await using host = startChild<unknown, Record<string, string>>(
    new URL("host.ts", import.meta.url),
    { BENCH_DATABASE_URL, BENCH_TIKTOK_URL },
  );
  const env = await host.ask({});
  await using refresh = startChild<Invocations, RefreshAnswer[]>(
    new URL("function.ts", import.meta.url),
    env,
  );
  const sql = postgres(BENCH_DATABASE_URL, { max: 2, onnotice() {} });
  try {
    await addConnections(sql, CONNECTIONS, env.TOKEN_ENCRYPTION_KEYS!);
    log(`${whole(CONNECTIONS)} connections`);
    await warmUp(sql, refresh);

    const sweep = async (countInvocations: () => Promise<number>): Promise<Way> => {
      await makeDue(sql);
      await stand_in.ask({});
      const started_at = performance.now();
      for (let left = CONNECTIONS; left > 0;) {
        const answers = await refresh.ask({ at_once: await countInvocations(), limit: LIMIT });
        const refreshed = answers.reduce((sum, answer) => sum + answer.refreshed, 0);
        if (refreshed === 0) throw new Error(`${left} are left: ${JSON.stringify(answers)}`);
        left -= refreshed;
      }
      const seconds = (performance.now() - started_at) / 1000;
      const { answered, most_at_once } = await stand_in.ask({});
      await checkEachOnce(sql, answered);
      log(`${whole(CONNECTIONS)} refreshed in ${seconds.toFixed(1)} s, ${most_at_once} at once`);
      return { seconds, most_at_once };
    };
    const in_turn = await sweep(() => Promise.resolve(1));
    const ticks = await sweep(async () => {
      const [row] =
        await sql`select private.invocations_for_due_tokens('tiktok', ${LIMIT}) as times`;
      return row!.times;
    });
    return { in_turn, ticks, alone_seconds: await sweepAlone(sql, refresh) };
  } finally {
    await sql.end();
  }
}

type Refresh = Child<Invocations, RefreshAnswer[]>;

async function warmUp(sql: postgres.Sql, refresh: Refresh) {
  await makeDue(sql);
  for (let n = 0; n < 3; n++) await refresh.ask({ at_once: 2, limit: LIMIT });
}

/** How long all of them would take. */
async function sweepAlone(sql: postgres.Sql, refresh: Refresh): Promise<number> {
  await makeDue(sql);
  const started_at = performance.now();
  for (let n = 0; n < ALONE; n++) await refresh.ask({ at_once: 1, limit: 1 });
  return (performance.now() - started_at) / 1000 / ALONE * CONNECTIONS;
}

async function checkEachOnce(sql: postgres.Sql, answered: number) {
  const { refreshed, repeated } = await countRefreshed(sql);
  if (refreshed === CONNECTIONS && repeated === 0 && answered === CONNECTIONS) return;
  throw new Error(`${refreshed} refreshed, ${repeated} of them again, by ${answered} requests`);
}
