/** The simulation itself: that a seed is the whole story, and that it finds what is broken. */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { Outcome } from "./seed.ts";
import { runSeeds } from "./workers.ts";

async function run(first: number, count: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const options = { first, count, workers: 1, keepsTrace: true, until_ms: Infinity };
  await runSeeds(options, (outcome) => outcomes.push(outcome) > 0);
  return outcomes;
}

Deno.test("a seed plays the same, alone and after others, event by event", async () => {
  const [, , after_others] = await run(4, 3);
  const [alone] = await run(6, 1);
  ok(after_others !== undefined && alone !== undefined);
  deepStrictEqual(after_others.trace, alone.trace);
  ok(alone.events > 100, `the seed has only ${alone.events} events`);
});
