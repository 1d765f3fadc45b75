// deno-lint-ignore-file no-console
/**
 * `deno task bench [--write] [name...]`: measures, and prints tables.
 *
 *   name...    which benches; all of them by default
 *   --write    writes docs/performance.md as well (all benches have to run for that)
 *
 * Needs the PostgreSQL that the tests use; nothing outside 127.0.0.1 is touched but npm, for the
 * programs that ours is compared with. Exits with 1 if a bench fails, not if it misses a goal.
 */
import type { Bench, BenchResult } from "./bench.ts";
import { readMachine } from "./support/machine.ts";
import { printGoals, printTable, renderPage } from "./support/render.ts";

/** In the order of the page. A bench is loaded only when it runs. */
const BENCHES: Record<string, () => Promise<{ bench: Bench }>> = {
  queue: () => import("./queue/index.ts"),
  refresh: () => import("./refresh/index.ts"),
  growth: () => import("./growth/index.ts"),
  upload: () => import("./upload/index.ts"),
  cold_start: () => import("./cold_start/index.ts"),
  latency: () => import("./latency/index.ts"),
};

const page = new URL("../docs/performance.md", import.meta.url);

function readArguments(args: readonly string[]): { names: string[]; write: boolean } {
  const all = Object.keys(BENCHES);
  const names = args.filter((arg) => arg !== "--write" && arg !== "--");
  const unknown = names.filter((name) => !all.includes(name));
  const write = args.includes("--write");
  if (unknown.length > 0 || (write && names.length > 0)) {
    console.error(`deno task bench [--write | name...]\n\nnames: ${all.join(", ")}`);
    Deno.exit(2);
  }
  return { names: names.length > 0 ? names : all, write };
}

const { names, write } = readArguments(Deno.args);
const machine = await readMachine();
console.log(machine.join("\n"));

const results: { bench: Bench; result: BenchResult }[] = [];
let failed = false;
for (const name of names) {
  const started_at = performance.now();
  const seconds = () => ((performance.now() - started_at) / 1000).toFixed(0);
  try {
    const { bench } = await BENCHES[name]!();
    console.log(`\n== ${bench.title}`);
    const result = await bench.run({ log: (line) => console.log(`   ${seconds()} s  ${line}`) });
    for (const table of result.tables) console.log(printTable(table));
    console.log(printGoals(result.goals));
    console.log(`   (${seconds()} s)`);
    results.push({ bench, result });
  } catch (error) {
    failed = true;
    console.error(`bench ${name} failed:`, error);
  }
}

if (write && !failed) {
  await Deno.writeTextFile(page, renderPage(new Date(), machine, results));
  console.log("\ndocs/performance.md is written");
}
Deno.exit(failed ? 1 : 0);
