/**
 * Puts the simulation in the place of what the functions, and TikTok's stand-in, get from their
 * runtime: clock, timers, randomness, network, files, console. Their code runs as it is; nothing of
 * it is replaced. For a process of its own, since it never puts anything back.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Random } from "./random.ts";
import type { Owner, Scheduled, Simulator } from "./simulator.ts";
import { MemoryFiles } from "./memory_files.ts";

/** What the surroundings are made of just now; each seed has its own. */
export type Stage = {
  simulator: Simulator;
  /** For secrets, nonces and ids. */
  random: Random;
  connect(hostname: string, port: number): Promise<unknown>;
  fetch(request: Request): Promise<Response>;
  files: MemoryFiles;
  /** Whether the host lets a function work on when it has answered. */
  goes_on_after_answer: boolean;
  /** What was written to the console. */
  console: string[];
};

export const owners = new AsyncLocalStorage<Owner | undefined>();

const RealDate = Date;
let stage: Stage | undefined;
const timers = new Map<number, Scheduled>();

export function enter(next: Stage): void {
  stage = next;
  timers.clear();
}

function now(): Stage {
  if (stage === undefined) throw new Error("nothing is being simulated");
  return stage;
}

export function install(): void {
  installClock();
  installRandomness();
  const set = (on: object, name: string, value: unknown) =>
    Object.defineProperty(on, name, { value, configurable: true, writable: true });
  set(
    globalThis,
    "fetch",
    (input: string | URL | Request, init?: RequestInit) => now().fetch(new Request(input, init)),
  );
  set(
    Deno,
    "connect",
    ({ hostname, port }: Deno.ConnectOptions) => now().connect(hostname ?? "127.0.0.1", port),
  );
  for (const name of ["open", "truncate", "makeTempDirSync", "remove"] as const) {
    // deno-lint-ignore no-explicit-any -- each has its own arguments
    set(Deno, name, (...args: any[]) => (now().files[name] as any)(...args));
  }
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    set(console, level, (...parts: unknown[]) => now().console.push(parts.map(String).join(" ")));
  }
  Object.defineProperty(globalThis, "EdgeRuntime", {
    get: () => stage?.goes_on_after_answer ? { waitUntil: () => {} } : undefined,
  });
}

function installClock(): void {
  const read = () => {
    // The database asks between two seeds, too.
    return Math.floor((stage?.simulator.now_ms ?? 0) + (owners.getStore()?.skew_ms ?? 0));
  };
  class VirtualDate extends RealDate {
    // deno-lint-ignore no-explicit-any -- Date has many constructors
    constructor(...args: any[]) {
      super(...(args.length === 0 ? [read()] : args) as [number]);
    }
    static override now = read;
  }
  globalThis.Date = VirtualDate as DateConstructor;

  let count = 0;
  const set = (run: (...args: unknown[]) => void, delay_ms = 0, ...args: unknown[]) => {
    // PGlite's server has timers of real time, such as one for a start that takes long.
    const isServers = owners.getStore() === undefined &&
      /_setitimer_js/.test(new Error().stack ?? "");
    if (isServers) return 0;
    const id = ++count;
    const fire = () => {
      timers.delete(id);
      run(...args);
    };
    timers.set(id, now().simulator.after(delay_ms, `timer of ${delay_ms} ms`, fire));
    return id;
  };
  const clear = (id?: number) => {
    timers.get(id ?? 0)?.cancel();
    timers.delete(id ?? 0);
  };
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
}

function installRandomness(): void {
  const own = (name: string, value: unknown) =>
    Object.defineProperty(crypto, name, { value, configurable: true });
  own("getRandomValues", (into: Uint8Array) => {
    now().random.fill(new Uint8Array(into.buffer, into.byteOffset, into.byteLength));
    return into;
  });
  Math.random = () => now().random.fraction();
  own("randomUUID", () => {
    const bytes = new Uint8Array(16);
    now().random.fill(bytes);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  });
  const { subtle } = crypto;
  for (
    const name of [
      "encrypt",
      "decrypt",
      "sign",
      "verify",
      "digest",
      "importKey",
      "exportKey",
      "deriveBits",
      "generateKey",
    ] as const
  ) {
    // deno-lint-ignore no-explicit-any -- each has its own arguments
    const real = (subtle[name] as any).bind(subtle);
    Object.defineProperty(subtle, name, {
      // deno-lint-ignore no-explicit-any -- each has its own arguments
      value: (...args: any[]) => now().simulator.native(real(...args)),
      configurable: true,
    });
  }
}
