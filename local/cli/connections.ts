/** Which connected account a post is for. */

import { EXIT_CODES, Failure, unreachable, wrongUsage } from "./failure.ts";
import type { Session } from "./session.ts";

type Row = { id: string; username: string | null; display_name: string | null; status: string };

/** The one that was named, or the only one. Whether it may post is the function's to say. */
export async function chooseConnection(
  { supabase }: Session,
  named: string | undefined,
): Promise<string> {
  if (named !== undefined) return named;
  const { data, error, status } = await supabase.from("platform_connections")
    .select("id, username, display_name, status")
    .eq("platform", "tiktok").neq("status", "disconnected").order("connected_at");
  if (error !== null) {
    if (status === 0 || status >= 502) throw unreachable("The Data API did not answer.", error);
    throw new Failure(EXIT_CODES.refused, {
      code: "unexpected_answer",
      title: "The connections cannot be read",
      detail: error.message,
      status,
    });
  }
  const rows: Row[] = data;
  const [only, second] = rows;
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
    rows.map((row) => ({ path: row.id, message: `${nameOf(row)}, ${row.status}` })),
  );
  throw new Failure(EXIT_CODES.usage, document, { connections: rows });
}

function nameOf({ username, display_name }: Row): string {
  return username === null ? display_name ?? "an account" : `@${username}`;
}
