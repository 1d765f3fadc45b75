/** What the same questions cost among a thousand rows and among a million. */
import postgres from "postgres";
import { prepareMigrated } from "../../tests/database/support.ts";
import type { Bench, BenchContext } from "../bench.ts";
import { median, ratio, whole } from "../support/figures.ts";
import { startServer } from "../support/server.ts";
import { openAsker } from "./asker.ts";
import { CASES } from "./cases.ts";
import { fill } from "./fill.ts";

const SIZES = [1_000, 100_000, 1_000_000];
const ROUNDS = 300;
const GOAL_RATIO = 1.5;

/** Filling a million rows need not wait for the disk, and reading them does not. */
const SETTINGS = { shared_buffers: "1GB", max_wal_size: "8GB", jit: "on" };

export const bench: Bench = {
  name: "growth",
  title: "A thousand rows, and a million",
  async run(context) {
    const medians = await measure(context);
    const growth = CASES.map((_, index) => medians.at(-1)![index]! / medians[0]![index]!);
    return {
      about: ABOUT,
      tables: [{
        title: "Milliseconds, as the asker sees them",
        columns: ["", ...SIZES.map(whole), "a million to a thousand"],
        rows: CASES.map(({ title }, index) => [
          title,
          ...medians.map((of_size) => of_size[index]!.toFixed(2)),
          ratio(growth[index]!),
        ]),
      }],
      goals: CASES.map(({ title }, index) => ({
        text: `${title}: at a million at most ${GOAL_RATIO} times what it takes at a thousand`,
        met: growth[index]! <= GOAL_RATIO,
        reason: ratio(growth[index]!),
      })),
    };
  },
};

const ABOUT =
  "Three databases of one server (1 GB of `shared_buffers`), with as many connections, posts, states, and readings " +
  "of videos each; of a hundred rows one is due, or live. Who is looked at has the same at every size: two " +
  "connections, twenty posts, ten videos of a hundred readings. The dashboard's two are asked as `authenticated`, " +
  `under row level security, the others by the functions' role. Medians of ${ROUNDS} rounds, in turns, one at a ` +
  "time, over a local connection. The plans, which are why this holds, are asserted by " +
  "`tests/database/growth.test.ts`: no scan and no sort of a table.";

/** By size, the median of each case. */
async function measure({ log }: BenchContext): Promise<number[][]> {
  await using server = await startServer(SETTINGS);
  await using stack = new AsyncDisposableStack();
  const askers = [];
  for (const rows of SIZES) {
    const url = await server.createDatabase(`rows_${rows}`);
    await prepareMigrated(url);
    const sql = postgres(url, { max: 1, onnotice() {} });
    await fill(sql, rows);
    await sql.end();
    log(`${whole(rows)} rows`);
    askers.push(stack.use(openAsker(url)));
  }
  const taken_ms = askers.map(() => CASES.map((): number[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, question] of CASES.entries()) {
      for (const [size, asker] of askers.entries()) {
        taken_ms[size]![index]!.push(await asker.ask(question));
      }
    }
  }
  return taken_ms.map((of_size) => of_size.map(median));
}
