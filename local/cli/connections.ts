/** The connected accounts of the user, and which of them a post is for. */

import { z } from "zod";
import { connection } from "../../supabase/functions/_shared/contract/connection.ts";
import { EXIT_CODES, Failure, unreachable, wrongUsage } from "./failure.ts";
import { quote } from "./printer.ts";
import type { Session } from "./session.ts";

export type Connection = z.output<typeof connection>;

const COLUMNS = Object.keys(connection.shape).join(", ");

/** Those that are not disconnected, the oldest first. */
export async function readConnections({ supabase }: Session): Promise<Connection[]> {
  const { data, error, status } = await supabase.from("platform_connections")
    .select(COLUMNS).eq("platform", "tiktok").neq("status", "disconnected").order("connected_at")
    // Each attempt has its time: four in a row would leave the user waiting for minutes.
    .retry(false);
  if (error !== null) {
    if (status === 0 || status >= 502) throw unreachable("The Data API did not answer.", error);
    throw unreadable(quote(error.message), status);
  }
  // The Data API prints times in a form of its own; all others are the columns as they are.
  const parsed = z.array(connection.extend({
    connected_at: z.string(),
    last_refreshed_at: z.string().nullable(),
  })).safeParse(data);
  if (!parsed.success) throw unreadable("They have another form than this command knows.", status);
  return parsed.data.map((row) => ({
    ...row,
    connected_at: new Date(row.connected_at).toISOString(),
    last_refreshed_at: row.last_refreshed_at && new Date(row.last_refreshed_at).toISOString(),
  }));
}

/** The one that was named, or the only one. Whether it may post is the function's to say. */
export async function chooseConnection(
  session: Session,
  named: string | undefined,
): Promise<string> {
  if (named !== undefined) return named;
  const connections = await readConnections(session);
  const [only, second] = connections;
  if (only === undefined) {
    throw new Failure(EXIT_CODES.refused, {
      code: "not_found",
      title: "No account is connected",
      detail: "Connect a TikTok account first: see `initiate`.",
    });
  }
  if (second === undefined) return only.id;
  const { document } = wrongUsage(
    "Several accounts are connected: say which with --connection.",
    connections.map((one) => ({ path: one.id, message: `${nameOf(one)}, ${one.status}` })),
  );
  throw new Failure(EXIT_CODES.usage, document, {
    connections: connections.map(({ id, username, display_name, status }) => ({
      id,
      username,
      display_name,
      status,
    })),
  });
}

export function nameOf({ username, display_name }: Pick<Connection, "username" | "display_name">) {
  return username === null ? display_name ?? "an account" : `@${username}`;
}

function unreadable(detail: string, status: number): Failure {
  return new Failure(EXIT_CODES.refused, {
    code: "unexpected_answer",
    title: "The connections cannot be read",
    detail,
    status,
  });
}
