/**
 * The heart of the simulation: a virtual clock, and a queue of events ordered by it. Code under test
 * runs only between two events, until all of it waits for another one; so a run is a function of its
 * seed alone.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers";

/** Some thirty times what a seed needs. */
const EVENTS_OF_A_SEED = 50_000;

/** Work of one process, which can be killed: nothing of it runs after that. */
export type Owner = {
  name: string;
  killed: boolean;
  /** It is killed instead of its next event but this many; `Infinity`: never. */
  steps_left: number;
  /** Nothing of it runs before this: a process that was put to sleep, and knows nothing of it. */
  asleep_until_ms: number;
  /** Called before each of its events. */
  onStep(label: string): void;
  onKilled(): void;
  /** How far its clock is from the database's. */
  skew_ms: number;
  /** How long it slept in all. */
  slept_ms: number;
  /** It slept, or the database did not hear or answer it: what it held may be lost. */
  troubled: boolean;
};

type Event = {
  at_ms: number;
  order: number;
  label: string;
  owner: Owner | undefined;
  run(): unknown;
};

export type Scheduled = { cancel(): void };

export class Simulator {
  now_ms: number;
  events = 0;
  /** More than these can only be without end. */
  most_events = EVENTS_OF_A_SEED;
  /** What happened, for a failing seed's report; kept only if asked for. */
  readonly trace: string[] | null;
  readonly owners: AsyncLocalStorage<Owner | undefined>;
  #queue: Event[] = [];
  #order = 0;
  #natives: Promise<unknown>[] = [];
  #hash = 2166136261;

  constructor(
    now_ms: number,
    keepsTrace: boolean,
    owners: AsyncLocalStorage<Owner | undefined>,
  ) {
    this.now_ms = now_ms;
    this.trace = keepsTrace ? [] : null;
    this.owners = owners;
  }

  /** The same for two runs if, and only if, the same events happened at the same times. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** Writes something into the trace. */
  note(label: string): void {
    const line = `${this.now_ms.toFixed(0)} ${label}`;
    this.trace?.push(line);
    for (let index = 0; index < line.length; index++) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 16777619);
    }
  }

  /** Runs something later, on behalf of whoever is running now, or of `owner`. */
  after(
    delay_ms: number,
    label: string,
    run: () => unknown,
    owner: Owner | undefined = this.owners.getStore(),
  ): Scheduled {
    const event = {
      at_ms: this.now_ms + Math.max(0, delay_ms),
      order: this.#order++,
      label,
      owner,
      run,
    };
    insert(this.#queue, event);
    return {
      cancel: () => {
        const index = this.#queue.indexOf(event);
        if (index >= 0) this.#queue.splice(index, 1);
      },
    };
  }

  /** `after` as a promise. */
  async wait(delay_ms: number, label: string): Promise<void> {
    await new Promise<void>((resolve) => this.after(delay_ms, label, resolve));
  }

  /**
   * A promise that something outside of the simulation settles (cryptography, on other threads). It
   * is waited for before the next event, so that how long it really takes changes nothing.
   */
  native<Result>(promise: Promise<Result>): Promise<Result> {
    const { promise: ours, resolve, reject } = Promise.withResolvers<Result>();
    // Settled in the order in which they were begun.
    const before = this.#natives.at(-1);
    const settled = (async () => {
      await before;
      await promise.then(resolve, reject);
    })();
    this.#natives.push(settled);
    return ours;
  }

  /** Runs events until none is left, or until the next one is later than `until_ms`. */
  async run(until_ms = Infinity): Promise<void> {
    await this.#rest();
    while (true) {
      const event = this.#queue.at(-1);
      if (event === undefined || event.at_ms > until_ms) break;
      this.#queue.pop();
      const { owner } = event;
      if (owner?.killed) continue;
      if (owner !== undefined && owner.asleep_until_ms > event.at_ms) {
        // Its events keep their order: that of a queue which nobody has read meanwhile.
        insert(this.#queue, { ...event, at_ms: owner.asleep_until_ms });
        continue;
      }
      this.now_ms = Math.max(this.now_ms, event.at_ms);
      if (++this.events > this.most_events) throw new Error("the events have no end");
      this.note(event.label);
      if (owner !== undefined && --owner.steps_left < 0) this.kill(owner);
      else {
        owner?.onStep(event.label);
        await this.owners.run(owner, event.run as () => Promise<void>);
      }
      await this.#rest();
    }
    if (until_ms !== Infinity) this.now_ms = Math.max(this.now_ms, until_ms);
  }

  kill(owner: Owner): void {
    this.note(`${owner.name} is killed`);
    owner.killed = true;
    owner.onKilled();
  }

  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  /** Until whatever runs waits for an event. */
  async #rest(): Promise<void> {
    await immediate();
    while (this.#natives.length > 0) {
      const last = this.#natives.at(-1);
      await last;
      if (this.#natives.at(-1) === last) this.#natives = [];
      await immediate();
    }
  }
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The queue's end is what comes first. */
function insert(queue: Event[], event: Event): void {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle]!;
    const isBefore = event.at_ms < other.at_ms ||
      (event.at_ms === other.at_ms && event.order < other.order);
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, event);
}
