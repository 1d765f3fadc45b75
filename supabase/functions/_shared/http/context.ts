/**
 * What an operation gets to work with. Made anew for each request by the door; tests make their own.
 */

import type { SupabaseClient } from "@supabase/supabase-js";
import type { Config } from "../config/config.ts";
import type { Database } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import type { TikTokClient } from "../tiktok/index.ts";
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
  database: Database;
  tiktok: TikTokClient;
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

/** A signed-in user, checked by the door. */
export type User = {
  id: string;
  /** Acts with this user's own rights, for Storage. */
  client: SupabaseClient;
};
