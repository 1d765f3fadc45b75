// deno-lint-ignore-file no-console
/**
 * `deno task simulate`: the publishing engine against everything that can go wrong, thousands of times.
 *
 *   --seeds N      how many seeds to run (default 100)
 *   --from S       the first of them (default: one that changes with the time)
 *   --seed X       one seed, with its whole trace
 *   --minutes M    as many seeds as fit
 *   --workers W    processes side by side (default 2)
 *   --mutations    breaks the engine on purpose, and shows the seed that finds it out
 *
 * What is simulated is not the engine: the functions' own `fetch` runs, unchanged, with its transport,
 * and the real migrations, in PGlite. Around them everything is in memory and virtual: clock, timers,
 * randomness and connections (surroundings.ts), Storage and the Data API (supabase.ts), TikTok (the
 * stand-in in local/tiktok). Code runs only between two events of one queue (simulator.ts), so that a
 * seed is the whole story: it draws users, accounts and posts (people.ts, seed.ts), ticks and webhooks
 * (schedule.ts), and what goes wrong: connections that are refused, broken, cut or silent, answers that
 * are late, torn or lost, refusals, dead tokens, processes that are killed or put to sleep between any
 * two of their steps, clocks that are wrong, a database that is not heard (faults.ts, network.ts).
 *
 * Then the faults stop, the clock runs on until nothing is left to be done, and checks.ts compares what
 * TikTok has with what is here. A seed that violates something is printed; `--seed` plays it again, event
 * by event.
 */

import { runSeeds } from "./workers.ts";

const USAGE =
  "deno task simulate [--seeds N | --minutes M] [--from S] [--workers W] | --seed X | --mutations";

function readOptions(args: readonly string[]): Record<string, number> {
  const options: Record<string, number> = {};
  for (let index = 0; index < args.length; index++) {
    const name = args[index]!.replace(/^--/, "");
    if (name === "") continue;
    if (name === "mutations") {
      options.mutations = 1;
      continue;
    }
    const value = Number(args[++index]);
    if (
      !["seeds", "from", "seed", "minutes", "workers"].includes(name) || !Number.isFinite(value)
    ) {
      console.error(USAGE);
      Deno.exit(2);
    }
    options[name] = value;
  }
  return options;
}

const options = readOptions(Deno.args);
if (options.mutations === 1) {
  const { runMutations } = await import("./mutations.ts");
  Deno.exit(await runMutations(options.workers ?? 2) ? 0 : 1);
}
const keepsTrace = options.seed !== undefined;
const first = options.seed ?? options.from ?? Math.floor(Date.now() / 1000) % 1_000_000_000;
const count = keepsTrace ? 1 : options.minutes === undefined ? options.seeds ?? 100 : Infinity;
const until_ms = Date.now() + (options.minutes ?? Infinity) * 60_000;
const started_ms = Date.now();
if (!keepsTrace) console.log(`from seed ${first}`);
const statuses: Record<string, number> = {};
let done = 0;
let events = 0;
let failed = 0;
await runSeeds({ first, count, workers: options.workers ?? 2, keepsTrace, until_ms }, (outcome) => {
  done++;
  events += outcome.events;
  for (const [status, jobs] of Object.entries(outcome.statuses)) {
    statuses[status] = (statuses[status] ?? 0) + jobs;
  }
  for (const line of outcome.trace ?? []) console.log(line);
  if (outcome.violations.length === 0) return true;
  failed++;
  console.log(`seed ${outcome.seed} (${outcome.hash}):`);
  for (const violation of outcome.violations) console.log(`  ${violation}`);
  return failed < 20;
});
const seconds = (Date.now() - started_ms) / 1000;
console.log(
  `${done} seeds, ${failed} with violations, ${events} events, ${Math.round(seconds)} s ` +
    `(${Math.round(seconds * 1000 / done)} ms a seed)`,
);
console.log(`jobs: ${JSON.stringify(statuses)}`);
// Where nothing is published, nothing is shown.
Deno.exit(failed === 0 && (keepsTrace || (statuses.published ?? 0) > 0) ? 0 : 1);
