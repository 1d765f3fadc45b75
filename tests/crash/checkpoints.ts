/** The moments at which a host can be killed: around each request that it sends. */

/**
 * - `before`: the request has left the host and never arrives.
 * - `amid`: half of its body has arrived.
 * - `after`: it was carried out, and the answer never reaches the host.
 * - `late`: as `before`, but it arrives after all, when another host has taken the work over.
 */
export type Moment = "before" | "amid" | "after" | "late";

/** The `nth` request of that name, counted from the last `restart`. */
export type Checkpoint = { name: string; nth: number };

type Armed = { checkpoint: Checkpoint; moment: Moment; reach(): void; dead: Promise<void> };

export class Checkpoints {
  /** What was passed since the last `restart`, in order. */
  passed: Checkpoint[] = [];
  #armed: Armed | null = null;
  #bury = () => {};
  #late: { send: () => Promise<void>; before: string } | null = null;

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
    if (this.expects(at, moment)) await this.#hold();
    if (moment === "before" && this.#late?.before === at.name) await this.deliver();
  }

  expects({ name, nth }: Checkpoint, moment: Moment): boolean {
    const { checkpoint, moment: armed } = this.#armed ?? {};
    return armed === moment && checkpoint?.name === name && checkpoint.nth === nth;
  }

  /** Holds a request that can still be sent; throws `HostDied`. */
  async keep(send: () => Promise<void>): Promise<never> {
    this.#late = { send, before: "" };
    return await this.#hold();
  }

  /** What was kept arrives right before the next request of that name. */
  deliverBefore(name: string): void {
    if (this.#late !== null) this.#late.before = name;
  }

  /** Delivers what was kept, unless it was delivered before. */
  async deliver(): Promise<void> {
    const late = this.#late;
    this.#late = null;
    await late?.send();
  }

  async #hold(): Promise<never> {
    this.#armed?.reach();
    await this.#armed?.dead;
    throw new HostDied();
  }
}

/** Ends what was done for a request of a host that is no more. */
export class HostDied extends Error {}
