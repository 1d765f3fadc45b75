/**
 * What an operation gets to work with. Made anew for each request by the door; tests make their own.
 */

import type { SupabaseClient } from "@supabase/supabase-js";
import type { Config, ConfigWith, Settings } from "../config/config.ts";
import type { Platform } from "../connection/platform.ts";
import type { Database } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import type { Sealer } from "../token/seal.ts";

/** `fetch` as we need it; the timeout is the whole call's. */
export type Fetch = (
  input: string | URL,
  init?: RequestInit & { timeout_ms?: number },
) => Promise<Response>;

export interface Context {
  config: Config;
  request_id: string;
  /** The slug, for the error log. */
  function_slug: string;
  /** The platform that this function is about. */
  platform: Platform;
  database: Database;
  sealer: Sealer;
  log: Log;
  /** Sends a request once, on a connection of its own. */
  fetchOnce: Fetch;
  /** `length` random bytes. */
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  randomUuid(): string;
  /** Milliseconds since 1970, for time budgets and webhooks; what is stored uses the database's clock. */
  now_ms(): number;
  sleep(ms: number): Promise<void>;
  /** Goes on after the answer where the host can do that; where it can't, the schedule does the work. */
  inBackground?: (work: Promise<unknown>) => void;
}

/** What a platform brings to the contexts of its functions; more than the platform, if it likes. */
export type PlatformPart = { platform: Platform };

/** How a platform's functions come by it. */
export type PlatformMaker<Own extends Settings, Part extends PlatformPart> = {
  /** The platform's own settings. */
  settings: Own;
  /** Once a request, so it must be cheap. */
  make(config: ConfigWith<Own>, fetchOnce: Fetch): Part;
};

/** The context of a platform's functions. */
export type PlatformContext<Own extends Settings, Part extends PlatformPart> =
  & Context
  & Part
  & { config: ConfigWith<Own> };

/** A signed-in user, checked by the door. */
export type User = {
  id: string;
  /** Acts with this user's own rights, for Storage. */
  client: SupabaseClient;
};
