/** The moments at which a host can be killed: around each request that it sends. */

/**
 * - `before`: the request has left the host and never arrives.
 * - `amid`: half of its body has arrived.
 * - `after`: it was carried out, and the answer never reaches the host.
 */
export type Moment = "before" | "amid" | "after";

/** The `nth` request of that name, counted from the last `restart`. */
export type Checkpoint = { name: string; nth: number };

export class Checkpoints {
  /** What was passed since the last `restart`, in order. */
  passed: Checkpoint[] = [];
  #armed: (Checkpoint & { moment: Moment; reach: () => void }) | null = null;

  restart(): void {
    this.passed = [];
    this.#armed = null;
  }

  /** Resolves once the next request at this checkpoint is held, from where it never returns. */
  arm(checkpoint: Checkpoint, moment: Moment): Promise<void> {
    this.restart();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#armed = { ...checkpoint, moment, reach: resolve };
    return promise;
  }

  /** Counts a request. */
  enter(name: string): Checkpoint {
    const nth = this.passed.filter((other) => other.name === name).length + 1;
    const checkpoint = { name, nth };
    this.passed.push(checkpoint);
    return checkpoint;
  }

  expects({ name, nth }: Checkpoint, moment: Moment): boolean {
    const armed = this.#armed;
    return armed?.name === name && armed.nth === nth && armed.moment === moment;
  }

  /** True if the request is to be held here; whoever waits for that is told. */
  holds(checkpoint: Checkpoint, moment: Moment): boolean {
    if (!this.expects(checkpoint, moment)) return false;
    this.#armed?.reach();
    return true;
  }
}
