/** Realtime, which spares clients the polling: does the database publish, and does anybody listen. */

import { type Check, checksOf } from "../check.ts";
import type { Facts } from "../facts.ts";
import type { OpensSocket } from "../socket.ts";
import type { Target } from "../target.ts";
import { isMistaken } from "./keys.ts";

const { ok, warn, skip } = checksOf("database");

const NAME = "Realtime";
/** Of Phoenix's messages, as supabase-js names it. */
const PROTOCOL_VERSION = "1.0.0";

/** Never a failure: without it, clients look at their rows now and then. */
export async function checkRealtime(
  { realtime_tables }: Facts,
  target: Target,
  opensSocket: OpensSocket,
): Promise<Check> {
  const missing = ["platform_connections", "publish_jobs"].filter((table) =>
    !realtime_tables.includes(table)
  );
  const troubles = [
    ...(missing.length === 0 ? [] : [{
      detail: `does not tell of ${missing.join(" and ")}: clients poll`,
      advice: `Run: alter publication supabase_realtime add table public.${
        missing.join(", public.")
      };`,
    }]),
    ...(isMistaken(target) || await opensSocket(socketOf(target)) ? [] : [silence(target)]),
  ];
  if (troubles.length === 0 && isMistaken(target)) {
    return skip(NAME, "its socket was not asked: the publishable key is none");
  }
  if (troubles.length === 0) return ok(NAME, "opens, and tells of changes of both tables");
  return warn(
    NAME,
    troubles.map(({ detail }) => detail).join("; "),
    troubles.map(({ advice }) => advice).join(" "),
  );
}

/** Has a key in its query: it is not to be shown. */
function socketOf({ url, publishable_key }: Target): string {
  const socket = new URL("/realtime/v1/websocket", url.replace(/^http/, "ws"));
  socket.searchParams.set("apikey", publishable_key);
  socket.searchParams.set("vsn", PROTOCOL_VERSION);
  return socket.href;
}

function silence({ is_host }: Target): { detail: string; advice: string } {
  return is_host
    ? {
      detail: "the embedded host has none: the client polls",
      advice: "Nothing is to be done here: a Supabase project has it.",
    }
    : {
      detail: "its socket (/realtime/v1/websocket) does not open: clients poll",
      advice: "Check that Realtime is switched on (Realtime, Settings), that the publishable key " +
        "is this project's, and that nothing on the way here holds WebSockets up.",
    };
}
