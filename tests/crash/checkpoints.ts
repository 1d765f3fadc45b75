/** The moments at which a host can be killed: around each request that it sends. */

/**
 * - `before`: the request has left the host and never arrives.
 * - `amid`: half of its body has arrived.
 * - `after`: it was carried out, and the answer never reaches the host.
 */
export type Moment = "before" | "amid" | "after";

/** The `nth` request of that name, counted from the last `restart`. */
export type Checkpoint = { name: string; nth: number };

type Armed = { checkpoint: Checkpoint; moment: Moment; reach(): void; dead: Promise<void> };

export class Checkpoints {
  /** What was passed since the last `restart`, in order. */
  passed: Checkpoint[] = [];
  #armed: Armed | null = null;
  #bury = () => {};

  /** Counts anew; a request that is still held is let go of, for its host is dead. */
  restart(): void {
    this.passed = [];
    this.#armed = null;
    this.#bury();
  }

  /** Resolves once a request is held at this checkpoint. */
  arm(checkpoint: Checkpoint, moment: Moment): Promise<void> {
    this.restart();
    const reached = Promise.withResolvers<void>();
    const dead = Promise.withResolvers<void>();
    this.#bury = dead.resolve;
    this.#armed = { checkpoint, moment, reach: reached.resolve, dead: dead.promise };
    return reached.promise;
  }

  /** Counts a request. */
  enter(name: string): Checkpoint {
    const nth = this.passed.filter((other) => other.name === name).length + 1;
    const checkpoint = { name, nth };
    this.passed.push(checkpoint);
    return checkpoint;
  }

  /** Passes at once, or throws `HostDied` when the host that is killed here is dead. */
  async pass(at: Checkpoint, moment: Moment): Promise<void> {
    if (this.#armed === null || this.#armed.moment !== moment) return;
    const { checkpoint, reach, dead } = this.#armed;
    if (checkpoint.name !== at.name || checkpoint.nth !== at.nth) return;
    reach();
    await dead;
    throw new HostDied();
  }
}

/** Ends what was done for a request of a host that is no more. */
export class HostDied extends Error {}
