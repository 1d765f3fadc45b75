/** Ends a connection: here at once, and at the platform as soon as it can be reached. */

import type { Connection, ConnectionAnswer } from "../contract/connection.ts";
import type { Context, User } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { revokeDueGrants } from "../token/revoke.ts";
import type { Platform } from "./platform.ts";

export async function disconnect(
  context: Context,
  platform: Platform,
  user: User,
  connection_id: string,
): Promise<ConnectionAnswer> {
  const ended = await context.database.call("disconnect_connection", {
    p_connection_id: connection_id,
    p_user_id: user.id,
  }) as { connection: Connection } | null;
  if (ended === null) throw new Problem("not_found", "There is no such connection.");
  // The tokens are gone from the connection already. Should TikTok not answer now, the schedule
  // asks again until it has.
  await revokeDueGrants(context, platform, { limit: 1, connection_id });
  return { connection: ended.connection };
}
