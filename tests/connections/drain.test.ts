/** How a backlog is worked off, on a clock of its own. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { drain } from "../../supabase/functions/_shared/schedule/drain.ts";

/** A clock that jumps to whatever ends next, once nothing else is left to be done. */
class VirtualClock {
  now_ms = 0;
  #sleepers: { at_ms: number; wake: () => void }[] = [];

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ at_ms: this.now_ms + ms, wake }));
  }

  async run<Result>(work: Promise<Result>): Promise<Result> {
    let ended = false;
    const end = () => ended = true;
    work.then(end, end);
    while (!ended) {
      // Whatever runs without the clock runs first.
      await new Promise((resolve) => setTimeout(resolve));
      const [next] = this.#sleepers.sort((a, b) => a.at_ms - b.at_ms).splice(0, 1);
      if (next === undefined) continue;
      this.now_ms = next.at_ms;
      next.wake();
    }
    return await work;
  }
}

type Play = {
  due: number;
  limit?: number;
  concurrency?: number;
  claim_ms?: number;
  work_ms?: (item: number) => number;
  budget_ms?: number;
  failing_claim?: number;
};

async function play(options: Play) {
  const { due, limit = 100, concurrency = 25, claim_ms = 10, work_ms = () => 200 } = options;
  const { budget_ms = Infinity, failing_claim } = options;
  const clock = new VirtualClock();
  const worked: number[] = [];
  const claims: { at_ms: number; count: number }[] = [];
  let [next, at_work, most_at_work, longest_wait_ms] = [0, 0, 0, 0];
  const claimed_at = new Map<number, number>();
  const drained = drain({
    concurrency,
    limit,
    hasTime: () => clock.now_ms < budget_ms,
    async claim(count) {
      claims.push({ at_ms: clock.now_ms, count });
      if (claims.length === failing_claim) throw new Error("the database is away");
      await clock.sleep(claim_ms);
      const items = Array.from({ length: Math.min(count, due - next) }, () => next++);
      for (const item of items) claimed_at.set(item, clock.now_ms);
      return items;
    },
    async work(item) {
      most_at_work = Math.max(most_at_work, ++at_work);
      longest_wait_ms = Math.max(longest_wait_ms, clock.now_ms - claimed_at.get(item)!);
      await clock.sleep(work_ms(item));
      at_work -= 1;
      worked.push(item);
    },
  });
  const outcome = await clock.run(drained.then(
    (claimed) => ({ claimed, error: null }),
    (error: Error) => ({ claimed: null, error }),
  ));
  return { ...outcome, worked, claims, most_at_work, longest_wait_ms, ended_ms: clock.now_ms };
}

Deno.test("workers do not wait for the next batch: 100 of 200 ms, 25 at once, take 800 ms and one claim", async () => {
  const { claimed, claims, ended_ms } = await play({ due: 1_000 });
  strictEqual(claimed, 100);
  deepStrictEqual(claims.map(({ count }) => count), [25, 25, 25, 25]);
  strictEqual(ended_ms, 10 + 4 * 200);
});

Deno.test("whatever the durations: all that is claimed is done, within the limit, never too many at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(120),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 30 }),
      fc.nat(50),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }),
      async (due, limit, concurrency, claim_ms, durations) => {
        const work_ms = (item: number) => durations[item % durations.length]!;
        const result = await play({ due, limit, concurrency, claim_ms, work_ms });
        strictEqual(result.claimed, Math.min(due, limit));
        deepStrictEqual(
          result.worked.toSorted((a, b) => a - b),
          Array.from({ length: result.claimed! }, (_, item) => item),
        );
        ok(result.most_at_work <= concurrency);
        ok(result.claims.every(({ count }) => count <= Math.min(concurrency, limit)));
        // What the lease of a batch must outlive: one item at work, then its own.
        ok(result.longest_wait_ms <= Math.max(...durations));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("nothing is claimed once the time is over, and what is claimed is done", async () => {
  const { claimed, claims, worked, ended_ms } = await play({ due: 1_000, budget_ms: 300 });
  ok(claims.every(({ at_ms }) => at_ms < 300));
  strictEqual(claimed, 75);
  strictEqual(worked.length, 75);
  strictEqual(ended_ms, 10 + 3 * 200);
});

Deno.test("a claim that fails is told when what was claimed before is done", async () => {
  const { error, worked } = await play({ due: 1_000, failing_claim: 2 });
  strictEqual(error?.message, "the database is away");
  strictEqual(worked.length, 25);
  await rejects(
    drain({
      concurrency: 5,
      limit: 5,
      hasTime: () => true,
      claim: () => Promise.reject(new Error("at once")),
      work: () => Promise.resolve(),
    }),
    /at once/,
  );
});
