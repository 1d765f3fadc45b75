import { call } from "./call.ts";
import { readRows } from "./rows.ts";
import type { Supabase } from "./supabase.ts";
import type { Connection, Creator } from "./types.ts";

/** For what can be given up. */
export type Abortable = {
  /** Gives up: the reason is thrown. */
  signal?: AbortSignal | undefined;
};

// By name: `*` would ask for the sealed tokens, and is refused.
const COLUMNS = "id,platform,platform_user_id,username,display_name,avatar_url,scopes,status," +
  "capabilities,connected_at,last_refreshed_at,last_error";

/** The user's TikTok connections, newest first; the disconnected ones too. */
export function connections(
  supabase: Supabase,
  { signal }: Abortable = {},
): Promise<Connection[]> {
  let query = supabase.from("platform_connections").select(COLUMNS).eq("platform", "tiktok")
    .order("connected_at", { ascending: false });
  if (signal) query = query.abortSignal(signal);
  return readRows(query, signal);
}

/** What the account may post right now. Ask whenever the form is shown: TikTok demands it. */
export async function creator(
  supabase: Supabase,
  connection_id: string,
  { signal }: Abortable = {},
): Promise<Creator> {
  const answer = await call<{ creator: Creator }>(supabase, "tiktok-creator", {
    method: "GET",
    query: { connection_id },
    repeatable: true,
    signal,
  });
  return answer.creator;
}

/** Ends a connection: its tokens are gone, and TikTok is told. */
export async function disconnect(
  supabase: Supabase,
  connection_id: string,
  { signal }: Abortable = {},
): Promise<Connection> {
  const answer = await call<{ connection: Connection }>(supabase, "tiktok-disconnect", {
    body: { connection_id },
    repeatable: true,
    signal,
  });
  return answer.connection;
}
