import { call } from "./call.ts";
import type { Abortable } from "./connections.ts";
import { invalid, mustBeUuid, TikTokIntegrationError } from "./error.ts";
import { readRows } from "./rows.ts";
import type { Supabase } from "./supabase.ts";
import type { Job } from "./types.ts";

const COLUMNS = "id,connection_id,status,publish_id,post_ids,bytes_total,bytes_sent,attempts," +
  "scheduled_at,next_attempt_at,error,created_at,updated_at";

export type JobsOptions = Abortable & {
  /** Only those of one connection. */
  connection_id?: string | undefined;
  /** At most so many; 30 if left out. */
  limit?: number | undefined;
};

/** The user's posts, newest first. Throws `invalid_request`. */
export async function jobs(supabase: Supabase, options: JobsOptions = {}): Promise<Job[]> {
  mustBeJobsOptions(options);
  const { connection_id, limit = 30, signal } = options;
  let query = supabase.from("publish_jobs").select(COLUMNS);
  if (connection_id !== undefined) query = query.eq("connection_id", connection_id);
  let page = query.order("created_at", { ascending: false }).limit(limit);
  if (signal) page = page.abortSignal(signal);
  return await readRows(page, signal);
}

export function mustBeJobsOptions({ connection_id, limit = 0 }: JobsOptions): void {
  if (connection_id !== undefined) mustBeUuid("connection_id", connection_id);
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw invalid("limit", "must be 0 or a whole number above");
  }
}

/** One post, as it is now. Throws `invalid_request`, `not_found`. */
export async function job(
  supabase: Supabase,
  job_id: string,
  { signal }: Abortable = {},
): Promise<Job> {
  mustBeUuid("job_id", job_id);
  let query = supabase.from("publish_jobs").select(COLUMNS).eq("id", job_id);
  if (signal) query = query.abortSignal(signal);
  const [row] = await readRows<Job>(query, signal);
  if (row) return row;
  throw new TikTokIntegrationError({
    code: "not_found",
    status: 404,
    detail: "There is no such job.",
  });
}

/** Cancels a post. Throws `not_cancellable` once it is too late. */
export async function cancel(
  supabase: Supabase,
  job_id: string,
  { signal }: Abortable = {},
): Promise<Job> {
  const answer = await call<{ job: Job }>(supabase, "tiktok-publish", {
    method: "DELETE",
    query: { job_id },
    signal,
  });
  return answer.job;
}

const SETTLED: ReadonlySet<Job["status"]> = /* @__PURE__ */ new Set<Job["status"]>([
  "published",
  "sent_to_inbox",
  "failed",
  "cancelled",
  "unconfirmed",
]);

/** Whether nothing more happens to a post by itself. */
export function isSettled({ status }: Pick<Job, "status">): boolean {
  return SETTLED.has(status);
}
