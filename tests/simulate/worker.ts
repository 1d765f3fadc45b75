/** Runs the seeds that its arguments name, and prints an outcome a line. */

import { Database } from "./database.ts";
import { prepareProcess } from "./process.ts";
import { type Outcome, runSeed } from "./seed.ts";
import { install } from "./surroundings.ts";
import { CDN, TIKTOK_URL } from "./world.ts";

/** Of real time: a seed that takes longer waits for something that never comes. */
const PATIENCE_MS = 900_000;

const [first = 0, last = 0, step = 1, keepsTrace = 0] = Deno.args.map(Number);
const { setTimeout, clearTimeout } = globalThis;

function write(outcome: Outcome): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(outcome)}\n`);
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}

function brokenDown(seed: number, why: string): Outcome {
  return { seed, hash: "", violations: [why], events: 0, statuses: {}, trace: null };
}

const database = await Database.open();
const process = await prepareProcess(TIKTOK_URL, `${CDN.hostname}:${CDN.port}`);
install();
for (let seed = first; seed <= last; seed += step) {
  const watch = setTimeout(() => {
    write(brokenDown(seed, "the seed never ends"));
    Deno.exit(1);
  }, PATIENCE_MS);
  try {
    write(await runSeed(seed, process, database, keepsTrace === 1));
  } catch (error) {
    write(brokenDown(seed, error instanceof Error ? error.stack ?? error.message : String(error)));
  }
  clearTimeout(watch);
}
Deno.exit(0);
