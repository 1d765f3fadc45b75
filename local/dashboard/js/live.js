/**
 * Repeats `load` while the tab is visible; never two at a time.
 * @param {{load: () => Promise<void>, waitMs: () => number | undefined}} options
 *   `waitMs` is asked after each load: how long until the next, undefined to rest until `wake`
 */
export function keepLive({ load, waitMs }) {
  let timer;
  let running = false;
  let asked_again = false;
  let stopped = false;

  async function tick() {
    clearTimeout(timer);
    if (stopped) return;
    if (running) {
      // What is being read now may be older than what the caller waits for.
      asked_again = true;
      return;
    }
    running = true;
    try {
      await load();
    } finally {
      running = false;
    }
    if (asked_again) {
      asked_again = false;
      return await tick();
    }
    const wait_ms = waitMs();
    if (!stopped && !document.hidden && wait_ms !== undefined) timer = setTimeout(tick, wait_ms);
  }

  const onVisibility = () => document.hidden ? clearTimeout(timer) : tick();
  document.addEventListener("visibilitychange", onVisibility);
  return {
    wake: tick,
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    },
  };
}
