/** Claims and works off what is due, a batch at a time, without an idle moment between batches. */

export type Drain<Item> = {
  /** The most items worked on at once, and claimed at once. */
  concurrency: number;
  /** The most items claimed in all. */
  limit: number;
  /** Whether there is time for another batch. */
  hasTime(): boolean;
  /** Up to `count` items that are now the caller's; fewer means that no more are due. */
  claim(count: number): Promise<readonly Item[]>;
  /** Must not throw for one item's sake. */
  work(item: Item): Promise<void>;
};

/**
 * How many were claimed. A batch is claimed while the one before is still at work, so an item waits
 * for as long as another one takes, at most. Should a claim fail, what is claimed is finished first.
 */
export async function drain<Item>(options: Drain<Item>): Promise<number> {
  const { concurrency, limit, hasTime, claim, work } = options;
  const queue: Item[] = [];
  let claimed = 0;
  let exhausted = false;
  let claiming: Promise<void> | null = null;
  let failure: { error: unknown } | null = null;

  const claimBatch = async () => {
    const count = Math.min(concurrency, limit - claimed);
    try {
      const items = await claim(count);
      claimed += items.length;
      exhausted = items.length < count || claimed >= limit;
      queue.push(...items);
    } catch (error) {
      failure = { error };
      exhausted = true;
    }
    claiming = null;
  };
  /** One claims for all; the others go on with what it brings. */
  const refill = (): Promise<void> | null => {
    if (claiming === null && !exhausted && hasTime()) claiming = claimBatch();
    return claiming;
  };
  const worker = async () => {
    while (true) {
      const item = queue.shift();
      if (item === undefined) {
        const refilled = refill();
        if (refilled === null) return;
        await refilled;
        continue;
      }
      if (queue.length === 0) refill();
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, limit) }, worker));
  if (failure !== null) throw (failure as { error: unknown }).error;
  return claimed;
}
