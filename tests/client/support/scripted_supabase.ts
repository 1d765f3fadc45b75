/**
 * A SupabaseClient whose rows, Realtime and timers do as they are told: time does not pass by itself.
 * Only what following changes takes of supabase-js is here; the real one is used everywhere else.
 */

import type { Supabase } from "../../../client/src/index.ts";

/** What a look at the rows gives: rows, or what goes wrong. */
type Look = unknown[] | "offline" | "unavailable" | "signed_out";

const FAILURES = { offline: 0, unavailable: 503, signed_out: 401 };

/** Longer than any pause between two looks, and not one of Realtime's. */
const PATIENCE_MS = 10_000;

export class ScriptedSupabase implements Disposable {
  /** How long each pause between two looks would have been. */
  readonly pauses_ms: number[] = [];
  onSubscribe: (channel: ScriptedChannel) => void = () => {};
  /** Whether a pause is over at once, or lasts until something ends it. */
  onPause: (pause_ms: number) => "over" | "forever" = () => "over";
  /** How often the socket was closed. */
  disconnections = 0;
  readonly #looks: (Look | (() => Look))[];
  readonly #channels: ScriptedChannel[] = [];
  #removed = 0;
  #endPatience: (() => void) | undefined;
  readonly #setTimeout = globalThis.setTimeout;

  constructor(looks: (Look | (() => Look))[]) {
    this.#looks = [...looks];
    globalThis.setTimeout = ((act: () => void, ms: number) => {
      if (ms === PATIENCE_MS) this.#endPatience = act;
      else {
        this.pauses_ms.push(ms);
        if (this.onPause(ms) === "over") queueMicrotask(act);
      }
      return 0;
    }) as unknown as typeof setTimeout;
  }

  [Symbol.dispose]() {
    globalThis.setTimeout = this.#setTimeout;
  }

  get channel(): ScriptedChannel {
    const channel = this.#channels.at(-1);
    if (channel === undefined) throw new Error("there is no channel");
    return channel;
  }

  channels() {
    return { open: this.#channels.length - this.#removed, removed: this.#removed };
  }

  /** So long that Realtime should have answered. */
  patienceEnds(): void {
    this.#endPatience?.();
  }

  get client(): Supabase {
    return {
      from: () => this.#query(),
      channel: () => {
        const channel = new ScriptedChannel((subscribed) => this.onSubscribe(subscribed));
        this.#channels.push(channel);
        return channel;
      },
      removeChannel: () => {
        this.#removed += 1;
        return Promise.resolve("ok");
      },
      getChannels: () => Array.from({ length: this.#channels.length - this.#removed }),
      realtime: { disconnect: () => this.disconnections += 1 },
    } as unknown as Supabase;
  }

  #query() {
    const query = Promise.resolve().then(() => this.#look());
    const builder = { then: query.then.bind(query) };
    const names = ["select", "eq", "order", "limit", "abortSignal"];
    return Object.assign(builder, Object.fromEntries(names.map((name) => [name, () => builder])));
  }

  #look() {
    const next = this.#looks.shift();
    const look = typeof next === "function" ? next() : next;
    if (look === undefined) throw new Error("nobody should look any more");
    if (Array.isArray(look)) return { data: look, error: null, status: 200 };
    return { data: null, error: { message: look }, status: FAILURES[look] };
  }
}

class ScriptedChannel {
  binding: unknown;
  change = () => {};
  status: (status: string) => void = () => {};
  #system: (message: object) => void = () => {};

  constructor(readonly subscribed: (channel: ScriptedChannel) => void) {}

  /** Realtime says whether the database's changes reach this channel. */
  system(status: "ok" | "error"): void {
    this.#system({ extension: "postgres_changes", status });
  }

  on(kind: string, binding: unknown, tell: (message: object) => void): this {
    if (kind === "system") this.#system = tell;
    else {
      this.binding = binding;
      this.change = () => tell({});
    }
    return this;
  }

  subscribe(tell: (status: string) => void): this {
    this.status = tell;
    this.subscribed(this);
    return this;
  }
}
