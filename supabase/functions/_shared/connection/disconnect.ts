/** Ends a connection: here at once, and at the platform as soon as it can be reached. */

import type { Connection, ConnectionAnswer } from "../contract/connection.ts";
import type { Context, User } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { revokeGrant } from "../token/revoke.ts";

export async function disconnect(
  context: Context,
  user: User,
  connection_id: string,
): Promise<ConnectionAnswer> {
  const ended = await context.database.call("disconnect_connection", {
    p_connection_id: connection_id,
    p_user_id: user.id,
  }) as { connection: Connection } | null;
  if (ended === null) throw new Problem("not_found", "There is no such connection.");
  // The tokens are gone from the connection already. Should the platform not answer now, the schedule
  // asks again until it has.
  await revokeGrant(context, connection_id);
  return { connection: ended.connection };
}
