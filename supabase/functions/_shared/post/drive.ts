/**
 * Drives a job: one step after the other, as long as its holder keeps the lease and has time. Who
 * the holder is does not matter: the request that took the post, in the background, or the schedule.
 */

import type { Job, StatusPollAnswer } from "../contract/post.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { concerning, toProblem } from "../http/failure.ts";
import { Problem } from "../http/problem.ts";
import { sourcePath } from "../media/open_source.ts";
import { SOURCE_FAULTS, SourceError } from "../media/source_error.ts";
import { inParallel } from "../schedule/in_parallel.ts";
import { CALL_LIMITS } from "../tiktok/index.ts";
import { randomFraction } from "../token/timing.ts";
import { TokenWait } from "../token/use_token.ts";
import { followUpPosts } from "./follow_up.ts";
import { type DrivenJob, finishStep, type Step } from "./job.ts";
import { giveUp, isOverdue, pollStatus } from "./poll.ts";
import { startPost } from "./start.ts";
import {
  type Budget,
  createBudget,
  JOB_LEASE_SECONDS,
  MAX_FAILURES,
  MAX_SOURCE_FAILURES,
  retryPauseSeconds,
  tokenPauseSeconds,
} from "./timing.ts";
import { uploadVideo } from "./upload.ts";

/** Uploads share the invocation's bandwidth and memory; a few at a time keep both small. */
const CONCURRENCY = 3;

type Claimed = { items: DrivenJob[]; failed: number };
type Rest = Exclude<keyof StatusPollAnswer, "claimed">;

/** The schedule's tick: claims what is due and moves it on; then asks about posts that are settled. */
export async function driveDueJobs(
  context: TikTokContext,
  limit: number,
): Promise<StatusPollAnswer> {
  const { items, failed } = await claim(context, limit, null);
  const answer: StatusPollAnswer = {
    claimed: items.length + failed,
    published: 0,
    sent_to_inbox: 0,
    failed,
    unconfirmed: 0,
    waiting: 0,
  };
  const budget = createBudget(context.now_ms());
  const drive = async (job: DrivenJob) => {
    answer[await driveJob(context, job, budget)] += 1;
  };
  await inParallel(CONCURRENCY, inTurns(items.filter(({ alone }) => !alone)), drive);
  for (const job of items.filter(({ alone }) => alone)) await drive(job);
  if (context.now_ms() < budget.until_ms) await followUpPosts(context, budget);
  return answer;
}

/**
 * What is only to be asked about comes first, since it is quickly done; then the connections in turns,
 * so that one with much to do, or in trouble, keeps no other waiting.
 */
function inTurns(jobs: DrivenJob[]): DrivenJob[] {
  const seen = new Map<string, number>();
  const placed = jobs.map((job) => {
    const turn = seen.get(job.connection_id) ?? 0;
    seen.set(job.connection_id, turn + 1);
    return { job, place: job.status === "processing" ? -1 : turn };
  });
  return placed.sort((a, b) => a.place - b.place).map(({ job }) => job);
}

/** Starts a job that was taken just now, where the host lets work go on after the answer. */
export function driveInBackground(context: TikTokContext, job: Job): void {
  context.inBackground?.((async () => {
    try {
      const { items } = await claim(context, 1, job.id);
      const budget = createBudget(context.now_ms());
      for (const item of items) await driveJob(context, item, budget);
    } catch (error) {
      // The schedule finds the job all the same.
      context.log.warn("background_failed", {
        job_id: job.id,
        code: toProblem(error, context).code,
      });
    }
  })());
}

async function claim(
  context: TikTokContext,
  limit: number,
  job_id: string | null,
): Promise<Claimed> {
  return await context.database.call("claim_due_jobs", {
    p_lease_owner: context.randomUuid(),
    p_lease_seconds: JOB_LEASE_SECONDS,
    p_limit: limit,
    p_job_id: job_id,
    p_posts_a_day: context.config.TIKTOK_DAILY_POST_LIMIT,
    p_inits_a_minute: CALL_LIMITS.init.a_minute,
  }) as Claimed;
}

/** Drives one job until it rests. One job's trouble never ends another's turn. */
async function driveJob(
  context: TikTokContext,
  claimed: DrivenJob,
  budget: Budget,
): Promise<Rest> {
  let job = claimed;
  try {
    while (true) {
      const step = await takeStep(context, job, budget, job === claimed);
      if (!step.goes_on) return restOf(step);
      job = step.job;
    }
  } catch (error) {
    // The lease runs out by itself and the job is due again; nothing is lost.
    const { code } = toProblem(error, context);
    context.log.error("job_step_failed", { job_id: job.id, status: job.status, code });
    return "waiting";
  }
}

async function takeStep(
  context: TikTokContext,
  job: DrivenJob,
  budget: Budget,
  isResumed: boolean,
): Promise<Step> {
  try {
    if (context.now_ms() >= budget.until_ms) {
      return await finishStep(context, job, { status: job.status });
    }
    if (job.status === "queued") return await startPost(context, job);
    if (job.status === "uploading") {
      return await uploadVideo(context, job, budget, isResumed);
    }
    return await pollStatus(context, job);
  } catch (error) {
    return await postpone(context, job, error);
  }
}

/** A step that failed without an answer about the post itself is tried again, ever more rarely. */
async function postpone(context: TikTokContext, job: DrivenJob, error: unknown): Promise<Step> {
  const random = randomFraction(context.randomBytes);
  if (error instanceof TokenWait) {
    return await finishStep(context, job, {
      status: job.status,
      next_attempt_in_seconds: tokenPauseSeconds(error.retry_after_seconds, random),
      changes: { keep_error: true },
    });
  }
  const problem = error instanceof SourceError
    ? sourceProblem(job, error)
    : toProblem(concerning(error, { job_id: job.id }), context);
  if (isOverdue(job)) return await giveUp(context, job);
  if (job.failures + 1 >= mostFailures(job, problem, error)) {
    return await finishStep(context, job, { status: "failed", problem });
  }
  return await finishStep(context, job, {
    status: job.status,
    problem,
    next_attempt_in_seconds: retryPauseSeconds({
      failures: job.failures,
      retry_after_seconds: problem.options.retry_after_seconds ?? null,
      is_rate_limit: problem.kind === "rate_limited",
      random,
    }),
    changes: { failed_attempt: true },
  });
}

/** The post's file, in the words of the request that named it. */
function sourceProblem({ media }: DrivenJob, { fault }: SourceError): Problem {
  const message = SOURCE_FAULTS[fault];
  if (fault === "unreachable") return new Problem("internal", message);
  return new Problem("media_rejected", message, {
    errors: [{ path: sourcePath(media), message }],
  });
}

/** How many failures in a row end a job. */
function mostFailures(job: DrivenJob, { kind }: Problem, error: unknown): number {
  // A post that TikTok has is never given up for want of an answer. Configuration, and a connection
  // that waits for its user, are nothing that tries wear out.
  if (job.status === "processing" || kind === "misconfigured" || kind === "reconnect_required") {
    return Infinity;
  }
  if (!(error instanceof SourceError) || error.fault === "unreachable") return MAX_FAILURES;
  // Another file, or an address that we do not go to, stays what it is.
  return error.fault === "changed" || error.fault === "not_public" ? 1 : MAX_SOURCE_FAILURES;
}

function restOf(step: Step & { goes_on: false }): Rest {
  const { status } = step;
  return status === "published" || status === "sent_to_inbox" || status === "failed" ||
      status === "unconfirmed"
    ? status
    : "waiting";
}
