import { type Fault, Faults } from "./faults.ts";
import type { Settings } from "./options.ts";
import { RateLimits } from "./rate_limits.ts";
import { Minter } from "./secrets.ts";
import type { Store } from "./store.ts";

/** One request as the stand-in saw it; kept in memory, for tests to count. */
export interface Call {
  method: string;
  path: string;
  /** Milliseconds. */
  at: number;
  /** Null while under way, 0 where the socket was destroyed. */
  status: number | null;
  /** The `open_id` of the token, or of the upload. */
  account: string | null;
  /** Why it was refused, or what broke; holds no secret. */
  reason: string | null;
}

/** What the Display API said, as it said it; kept in memory, for tests to compare. */
export interface Shown {
  /** Milliseconds. */
  at: number;
  /** The `open_id`. */
  account: string;
  user?: Record<string, unknown>;
  videos?: Record<string, unknown>[];
}

/** What every endpoint works on. */
export interface World {
  settings: Settings;
  store: Store;
  minter: Minter;
  limits: RateLimits;
  faults: Faults;
  calls: Call[];
  shown: Shown[];
  media_dir: string;
  /** Downloads under way, by publish_id; their progress is not worth the journal. */
  pulls: Map<string, { done: Promise<void>; abort: AbortController; bytes: number }>;
}

/** One request being answered. */
export interface Exchange {
  world: World;
  request: Request;
  url: URL;
  call: Call;
  fault: Fault | null;
}

export function makeWorld(settings: Settings, store: Store, media_dir: string): World {
  return {
    settings,
    store,
    media_dir,
    minter: new Minter(settings),
    limits: new RateLimits(),
    faults: new Faults(),
    calls: [],
    shown: [],
    pulls: new Map(),
  };
}

/** Keeps the newest: a stand-in may run for weeks. */
export function recordShown(
  { world, call }: Exchange,
  answer: Omit<Shown, "at" | "account">,
): void {
  world.shown.push({ at: world.settings.now(), account: call.account ?? "", ...answer });
  if (world.shown.length > 20_000) world.shown.shift();
}
