/** Puts a request's context together: the one place that knows the runtime's clock, randomness and network. */

import type { SupabaseClient } from "@supabase/supabase-js";
import type { Config } from "../config/config.ts";
import { createDatabase } from "../database/database.ts";
import type { Database } from "../database/database.types.ts";
import { createLog } from "../log/log.ts";
import { createTikTokClient } from "../tiktok/index.ts";
import { createSealer } from "../token/seal.ts";
import { fetchOnce } from "../transport/index.ts";
import type { Context } from "./context.ts";

/** The platform's own global (https://supabase.com/docs/guides/functions/background-tasks). */
declare global {
  var EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;
}

export function composeContext(
  config: Config,
  function_slug: string,
  request_id: string,
  admin: SupabaseClient<Database>,
): Context {
  const edge = globalThis.EdgeRuntime;
  return {
    config,
    request_id,
    function_slug,
    database: createDatabase(admin),
    tiktok: createTikTokClient({
      api_url: config.TIKTOK_API_URL,
      client_key: config.TIKTOK_CLIENT_KEY,
      client_secret: config.TIKTOK_CLIENT_SECRET,
      fetch: fetchOnce,
    }),
    sealer: createSealer(config.TOKEN_ENCRYPTION_KEYS),
    log: createLog({ function: function_slug, request_id }),
    fetchOnce,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    randomUuid: () => crypto.randomUUID(),
    now_ms: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...(edge === undefined ? {} : { inBackground: (work) => edge.waitUntil(work) }),
  };
}
