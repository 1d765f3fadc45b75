/** The first step of a post: checks once more, takes a slot, and sends the init. */

import { requireScope } from "./creator.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { Problem } from "../http/problem.ts";
import { openKnownSource } from "../media/open_source.ts";
import { problemOf, tiktokProblem } from "../platform/tiktok_problem.ts";
import {
  allowUploadUrl,
  CALL_LIMITS,
  type ChunkPlan,
  planChunks,
  TikTokError,
} from "../tiktok/index.ts";
import { randomFraction } from "../token/timing.ts";
import { withAccessToken } from "../token/use_token.ts";
import { type DrivenJob, fenceOf, finishStep, LOST, type Step, tokenFor } from "./job.ts";
import { preflight, rejectionOf } from "./preflight.ts";
import { sendInit } from "./init.ts";
import {
  DAILY_LIMIT_RETRY_SECONDS,
  JOB_LEASE_SECONDS,
  jobBackoffSeconds,
  MAX_FAILURES,
  retryPauseSeconds,
} from "./timing.ts";

/** TikTok's upload addresses live for an hour (…/doc/content-posting-api-reference-direct-post). */
const UPLOAD_URL_SECONDS = 3_600;

type Leave =
  | { state: "go" }
  | { state: "wait" | "unconfirmed"; job: DrivenJob }
  | { state: "lost" };

export async function startPost(
  context: TikTokContext,
  job: DrivenJob,
): Promise<Step> {
  // The creator is asked for direct posts alone.
  const subject = tokenFor(job, job.mode === "direct" ? CALL_LIMITS.creator : null);
  return await withAccessToken(context, subject, async ({ access_token, connection }) => {
    const rejection = await checkAgain(context, access_token, connection.scopes, job);
    if (rejection !== null) {
      return await finishStep(context, job, { status: "failed", problem: rejection });
    }
    const init_id = context.randomUuid();
    const leave = await context.database.call("begin_post_init", {
      ...fenceOf(job),
      p_lease_seconds: JOB_LEASE_SECONDS,
      p_init_id: init_id,
      p_posts_a_day: context.config.TIKTOK_DAILY_POST_LIMIT,
      p_inits_a_minute: CALL_LIMITS.init.a_minute,
    }) as Leave;
    if (leave.state === "lost") return LOST;
    if (leave.state !== "go") return { goes_on: false, status: leave.job.status };
    const plan = job.source === null ? null : planChunks(job.source.size_bytes);
    try {
      const accepted = await sendInit(context.tiktok, access_token, job, plan);
      return await recordInit(context, job, init_id, accepted, plan);
    } catch (error) {
      if (!(error instanceof TikTokError)) throw error;
      if (context.platform.judge(error) === "token_refused") {
        // Surely not taken. The ledger must say so before the second try with a fresh token.
        await finishStep(context, job, {
          status: "queued",
          keep_lease: true,
          changes: { init_id, init_outcome: "rejected" },
        });
        throw error;
      }
      return await handleRefusedInit(context, job, init_id, error);
    }
  });
}

/** The file, the creator's options or the scopes may have changed since the post was taken. */
async function checkAgain(
  context: TikTokContext,
  access_token: string,
  scopes: string[],
  job: DrivenJob,
): Promise<Problem | null> {
  try {
    requireScope(scopes, job.mode === "direct" ? "video.publish" : "video.upload");
    const { media, post, source: known } = job;
    const request = { media, post, caller_waits: false };
    const { checks } = await preflight(context, access_token, request, () => {
      const source = known === null ? null : openKnownSource(context, media, known);
      return Promise.resolve(known === null || source === null ? null : { ...known, source });
    });
    return rejectionOf(checks);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error;
  }
}

async function recordInit(
  context: TikTokContext,
  job: DrivenJob,
  init_id: string,
  accepted: { publish_id: string; upload_url: string | null },
  plan: ChunkPlan | null,
): Promise<Step> {
  const { publish_id, upload_url } = accepted;
  if (upload_url !== null && !allowUploadUrl(upload_url, context.config.TIKTOK_API_URL)) {
    const problem = tiktokProblem(
      "platform_rejected",
      "TikTok named an upload address that is not TikTok's. Nothing was sent there.",
      { platform_code: "upload_url_not_allowed" },
    );
    return await finishStep(context, job, { status: "failed", problem });
  }
  const recorded = await context.database.call("record_post_init", {
    ...fenceOf(job),
    p_lease_seconds: JOB_LEASE_SECONDS,
    p_init_id: init_id,
    p_publish_id: publish_id,
    p_upload_url_sealed: upload_url === null
      ? null
      : await context.sealer.seal(`publish_jobs.upload_url:${job.id}`, upload_url),
    p_upload_expires_in_seconds: upload_url === null ? null : UPLOAD_URL_SECONDS,
    p_chunk_size_bytes: plan?.chunk_size ?? null,
    p_chunk_count: plan?.total_chunk_count ?? null,
    p_bytes_total: job.source?.size_bytes ?? null,
  }) as { state: "ok"; job: DrivenJob } | { state: "lost" };
  return recorded.state === "ok" ? { goes_on: true, job: recorded.job } : LOST;
}

/**
 * An init that was not accepted. Without a readable answer, a pull may become a post by itself and
 * is never repeated; an upload can't be posted before its bytes are in, and is.
 */
async function handleRefusedInit(
  context: TikTokContext,
  job: DrivenJob,
  init_id: string,
  error: TikTokError,
): Promise<Step> {
  // TikTok says itself that it failed, and without bytes nothing can come of it: no slot is lost.
  const isErrored = error.outcome === "unknown" && (error.http_status ?? 0) >= 500 &&
    job.source !== null;
  const changes = { init_id, init_outcome: isErrored ? "errored" as const : error.outcome };
  if (error.outcome === "unknown" && job.source === null) {
    const problem = tiktokProblem(
      "platform_unavailable",
      "TikTok may or may not have taken this post: its answer never arrived. Look at the account before posting again, and cancel this job to clear it.",
      { platform_code: error.code, log_id: error.log_id },
    );
    return await finishStep(context, job, { status: "unconfirmed", problem, changes });
  }
  const problem = problemOf(error);
  const isForNow = error.retry === "after_minute" || error.retry === "after_day" ||
    error.retry === "backoff";
  if (!(isForNow || error.outcome === "unknown") || job.failures + 1 >= MAX_FAILURES) {
    return await finishStep(context, job, { status: "failed", problem, changes });
  }
  const random = randomFraction(context.randomBytes);
  return await finishStep(context, job, {
    status: "queued",
    problem,
    next_attempt_in_seconds: error.retry === "after_day"
      ? DAILY_LIMIT_RETRY_SECONDS + jobBackoffSeconds(0, random)
      : retryPauseSeconds({
        failures: job.failures,
        retry_after_seconds: error.retry_after_seconds,
        is_rate_limit: error.retry === "after_minute",
        random,
      }),
    changes: { ...changes, failed_attempt: true },
  });
}
