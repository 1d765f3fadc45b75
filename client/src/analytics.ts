import { call } from "./call.ts";
import type { Abortable } from "./connections.ts";
import type { Supabase } from "./supabase.ts";
import type { Analytics } from "./types.ts";

export type AnalyticsOptions = Abortable & {
  /** How far the series reach back: 1 to 365; 30 if left out. */
  days?: number | undefined;
};

/** The figures of an account and of its videos, with how they came to be. */
export function analytics(
  supabase: Supabase,
  connection_id: string,
  { days, signal }: AnalyticsOptions = {},
): Promise<Analytics> {
  return call(supabase, "tiktok-analytics", {
    method: "GET",
    query: { connection_id, days },
    repeatable: true,
    signal,
  });
}

/** The same as CSV, for a download. */
export function analyticsCsv(
  supabase: Supabase,
  connection_id: string,
  { days, signal }: AnalyticsOptions = {},
): Promise<string> {
  return call(supabase, "tiktok-analytics", {
    method: "GET",
    query: { connection_id, days },
    headers: { Accept: "text/csv" },
    repeatable: true,
    signal,
  });
}
