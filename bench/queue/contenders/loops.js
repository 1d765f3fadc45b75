/** How many jobs are enqueued, or on their way to their end, at once; and the connections for it. */
export const LOOPS = 10;

/** Calls `work` with 0 to `times` - 1, LOOPS at a time. */
export async function inLoops(times, work) {
  let next = 0;
  const loop = async () => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: LOOPS }, loop));
}
