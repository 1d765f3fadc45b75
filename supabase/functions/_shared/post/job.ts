/** A job as its driver sees it, and the steps that report back to the database. */

import type { Job, JobStatus, Media, PostInfo } from "../contract/post.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { logEntry } from "../http/failure.ts";
import type { Problem } from "../http/problem.ts";
import type { KnownSource } from "../media/source.ts";
import type { LimitedCall, TokenUse } from "../token/use_token.ts";
import { JOB_LEASE_SECONDS, TOKEN_PATIENCE_MS } from "./timing.ts";

/** What claim_due_jobs hands to the holder of the lease. */
export type DrivenJob =
  & Pick<
    Job,
    "id" | "connection_id" | "status" | "publish_id" | "bytes_total" | "bytes_sent"
  >
  & {
    user_id: string;
    mode: "direct" | "draft";
    media: Media;
    post: PostInfo | null;
    source: KnownSource | null;
    failures: number;
    /** Inits of this job that TikTok took; each costs one of the day's posts. */
    inits_accepted: number;
    upload_url_sealed: string | null;
    chunk_size_bytes: number | null;
    chunk_count: number | null;
    last_chunk_sent: boolean;
    submitted_seconds_ago: number | null;
    lease_owner: string;
    lease_version: number;
    /** Its holders were ended so often that it is not driven beside others. */
    alone: boolean;
  };

/** Where a step left the job: it goes on at once, or it rests (settled, waiting, or lost). */
export type Step = { goes_on: true; job: DrivenJob } | {
  goes_on: false;
  status: JobStatus | "lost";
};

export const LOST: Step = { goes_on: false, status: "lost" };

/** The three arguments that fence every write of a step. */
export function fenceOf(job: DrivenJob) {
  return {
    p_job_id: job.id,
    p_lease_owner: job.lease_owner,
    p_lease_version: job.lease_version,
  };
}

/** A token for one call of a step. */
export function tokenFor(
  { connection_id }: { connection_id: string },
  call: LimitedCall | null,
): TokenUse {
  return { connection_id, user_id: null, call, patience_ms: TOKEN_PATIENCE_MS };
}

type StepEnd = {
  status: JobStatus;
  /** When an unsettled job is due again; 0 = at once. */
  next_attempt_in_seconds?: number;
  problem?: Problem;
  /** The holder goes on with the next step right away. */
  keep_lease?: boolean;
  changes?: {
    init_id?: string;
    init_outcome?: "rejected" | "errored" | "unknown";
    /** TikTok says itself that nothing came of the accepted init. */
    init_failed?: true;
    post_ids?: string[];
    submitted?: true;
    failed_attempt?: true;
    /** Nothing was tried; the last try's problem is still the last. */
    keep_error?: true;
  };
};

/** Ends a step: one call, fenced. */
export async function finishStep(
  context: TikTokContext,
  job: DrivenJob,
  end: StepEnd,
): Promise<Step> {
  const { problem, keep_lease = false } = end;
  const answer = await context.database.call("finish_job_step", {
    ...fenceOf(job),
    p_from_status: job.status,
    p_status: end.status,
    p_next_attempt_in_seconds: end.next_attempt_in_seconds ?? 0,
    p_error: problem?.toDocument(context.request_id) ?? null,
    p_keep_lease: keep_lease,
    p_changes: end.changes ?? {},
    p_log: problem === undefined ? null : jobLogEntry(context, job, problem),
  }) as { state: "ok"; job: DrivenJob } | { state: "lost" };
  if (answer.state === "lost") return LOST;
  // Of a job that rests, the status is all that is told.
  return keep_lease
    ? { goes_on: true, job: answer.job }
    : { goes_on: false, status: answer.job.status };
}

function jobLogEntry(context: TikTokContext, job: DrivenJob, problem: Problem) {
  const entry = logEntry(context, problem);
  return entry === null
    ? null
    : { ...entry, user_id: job.user_id, connection_id: job.connection_id, job_id: job.id };
}

/** Keeps the upload's offset and renews the lease; false: the lease is lost. */
export async function recordProgress(
  context: TikTokContext,
  job: DrivenJob,
  bytes_sent: number,
  last_chunk_next: boolean,
): Promise<boolean> {
  const { state } = await context.database.call("record_upload_progress", {
    ...fenceOf(job),
    p_lease_seconds: JOB_LEASE_SECONDS,
    p_bytes_sent: bytes_sent,
    p_last_chunk_next: last_chunk_next,
  }) as { state: "ok" | "lost" };
  return state === "ok";
}
