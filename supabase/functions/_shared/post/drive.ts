/**
 * Drives a job: one step after the other, as long as its holder keeps the lease and has time. Who
 * the holder is does not matter: the request that took the post, in the background, or the schedule.
 */

import type { Platform } from "../connection/platform.ts";
import type { Job, StatusPollAnswer } from "../contract/post.ts";
import type { Context } from "../http/context.ts";
import { concerning, toProblem } from "../http/failure.ts";
import type { Problem } from "../http/problem.ts";
import { inParallel } from "../schedule/in_parallel.ts";
import { randomFraction } from "../token/timing.ts";
import { type DrivenJob, finishStep, type Step } from "./job.ts";
import { giveUp, isOverdue, pollStatus } from "./poll.ts";
import { startPost } from "./start.ts";
import {
  type Budget,
  createBudget,
  JOB_LEASE_SECONDS,
  jobBackoffSeconds,
  MAX_FAILURES,
} from "./timing.ts";
import { uploadVideo } from "./upload.ts";

/** Uploads share the invocation's bandwidth and memory; a few at a time keep both small. */
const CONCURRENCY = 3;

type Claimed = { items: DrivenJob[]; failed: number };
type Rest = Exclude<keyof StatusPollAnswer, "claimed">;

/** The schedule's tick: claims what is due and moves it on. */
export async function driveDueJobs(
  context: Context,
  platform: Platform,
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
  await inParallel(CONCURRENCY, items, async (job) => {
    answer[await driveJob(context, platform, job, budget)] += 1;
  });
  return answer;
}

/** Starts a job that was taken just now, where the host lets work go on after the answer. */
export function driveInBackground(context: Context, platform: Platform, job: Job): void {
  context.inBackground?.((async () => {
    try {
      const { items } = await claim(context, 1, job.id);
      const budget = createBudget(context.now_ms());
      for (const item of items) await driveJob(context, platform, item, budget);
    } catch (error) {
      // The schedule finds the job all the same.
      context.log.warn("background_failed", {
        job_id: job.id,
        code: toProblem(error, context.log).code,
      });
    }
  })());
}

async function claim(context: Context, limit: number, job_id: string | null): Promise<Claimed> {
  return await context.database.call("claim_due_jobs", {
    p_lease_owner: context.randomUuid(),
    p_lease_seconds: JOB_LEASE_SECONDS,
    p_limit: limit,
    p_job_id: job_id,
  }) as Claimed;
}

/** Drives one job until it rests. One job's trouble never ends another's turn. */
async function driveJob(
  context: Context,
  platform: Platform,
  claimed: DrivenJob,
  budget: Budget,
): Promise<Rest> {
  let job = claimed;
  try {
    while (true) {
      const step = await takeStep(context, platform, job, budget, job === claimed);
      if (!step.goes_on) return restOf(step);
      job = step.job;
    }
  } catch (error) {
    // The lease runs out by itself and the job is due again; nothing is lost.
    const { code } = toProblem(error, context.log);
    context.log.error("job_step_failed", { job_id: job.id, status: job.status, code });
    return "waiting";
  }
}

async function takeStep(
  context: Context,
  platform: Platform,
  job: DrivenJob,
  budget: Budget,
  isResumed: boolean,
): Promise<Step> {
  try {
    if (context.now_ms() >= budget.until_ms) {
      return await finishStep(context, job, { status: job.status });
    }
    if (job.status === "queued") return await startPost(context, platform, job);
    if (job.status === "uploading") {
      return await uploadVideo(context, platform, job, budget, isResumed);
    }
    return await pollStatus(context, platform, job);
  } catch (error) {
    return await postpone(context, job, error);
  }
}

/** A step that failed without an answer about the post itself is tried again, ever more rarely. */
async function postpone(context: Context, job: DrivenJob, error: unknown): Promise<Step> {
  const problem = toProblem(concerning(error, { job_id: job.id }), context.log);
  // Configuration, and a connection that waits for its user, are nothing that tries wear out. And a
  // post that TikTok has is never given up for want of an answer.
  const isPatient = job.status === "processing" || PATIENT.has(problem.code);
  if (isOverdue(job)) return await giveUp(context, job);
  if (!isPatient && job.failures + 1 >= MAX_FAILURES) {
    return await finishStep(context, job, { status: "failed", problem });
  }
  const pause_seconds = jobBackoffSeconds(job.failures, randomFraction(context.randomBytes));
  return await finishStep(context, job, {
    status: job.status,
    problem,
    next_attempt_in_seconds: Math.max(pause_seconds, problem.options.retry_after_seconds ?? 0),
    changes: { failed_attempt: true },
  });
}

const PATIENT: ReadonlySet<Problem["code"]> = new Set<Problem["code"]>([
  "misconfigured",
  "rate_limited",
  "reconnect_required",
]);

function restOf(step: Step & { goes_on: false }): Rest {
  const { status } = step;
  return status === "published" || status === "sent_to_inbox" || status === "failed" ||
      status === "unconfirmed"
    ? status
    : "waiting";
}
