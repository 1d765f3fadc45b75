// deno-lint-ignore-file no-console
// node main.js NAME URL ENQUEUE SETTLE JOBS: one contender, one measurement, in a process of its own.
// ENQUEUE and SETTLE name the contender's methods. Prints {enqueue_a_second, settle_a_second} as JSON.
const [name, url, enqueue, settle, count] = process.argv.slice(2);
const { open } = await import(`./${name}.js`);

/** Enough to open every connection and to compile what runs often. */
const WARM_UP_JOBS = 500;

async function measure(contender, jobs) {
  await contender.prepare?.(jobs);
  const rate = async (method) => {
    const started_at = performance.now();
    await contender[method](jobs);
    return Math.round(jobs / (performance.now() - started_at) * 1000);
  };
  const enqueue_a_second = await rate(enqueue);
  const settle_a_second = await rate(settle);
  const left = await contender.countLeft();
  if (left !== 0) throw new Error(`${left} of ${jobs} jobs were left`);
  return { enqueue_a_second, settle_a_second };
}

const contender = await open(url);
await measure(contender, WARM_UP_JOBS);
// For everybody: what autovacuum would have done a minute later.
await contender.tidy();
console.log(JSON.stringify(await measure(contender, Number(count))));
await contender.close();
