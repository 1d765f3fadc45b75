/** Puts a request's context together: the one place that knows the runtime's clock, randomness and network. */

import type { SupabaseClient } from "@supabase/supabase-js";
import type { ConfigWith, Settings } from "../config/config.ts";
import { createDatabase } from "../database/database.ts";
import type { Database } from "../database/database.types.ts";
import { createLog } from "../log/log.ts";
import { createSealer } from "../token/seal.ts";
import { fetchOnce } from "../transport/index.ts";
import type { PlatformContext, PlatformMaker, PlatformPart } from "./context.ts";

/** The platform's own global (https://supabase.com/docs/guides/functions/background-tasks). */
declare global {
  var EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;
}

export function composeContext<Own extends Settings, Part extends PlatformPart>(
  maker: PlatformMaker<Own, Part>,
  config: ConfigWith<Own>,
  function_slug: string,
  request_id: string,
  admin: SupabaseClient<Database>,
): PlatformContext<Own, Part> {
  const edge = globalThis.EdgeRuntime;
  return {
    ...maker.make(config, fetchOnce),
    config,
    request_id,
    function_slug,
    database: createDatabase(admin),
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
