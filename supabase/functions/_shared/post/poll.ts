/** Asks TikTok what became of a post, and settles the job by its answer. */

import { tiktokProblem } from "../platform/tiktok_problem.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { CALL_LIMITS, type PublishStatus, ruleOf } from "../tiktok/index.ts";
import { randomFraction } from "../token/timing.ts";
import { withAccessToken } from "../token/use_token.ts";
import { mayBeRetried, problemOfReason } from "./failure_reason.ts";
import { type DrivenJob, finishStep, type Step, tokenFor } from "./job.ts";
import {
  DAY_SECONDS,
  jobBackoffSeconds,
  MAX_INITS,
  pollPauseSeconds,
  STATUS_DEADLINE_SECONDS,
} from "./timing.ts";

export async function readStatus(
  context: TikTokContext,
  job: { id: string; connection_id: string; publish_id: string | null },
): Promise<PublishStatus> {
  const { publish_id } = job;
  if (publish_id === null) throw new Error(`job ${job.id} has no publish_id to ask for`);
  return await withAccessToken(
    context,
    tokenFor(job, CALL_LIMITS.status),
    ({ access_token }) => context.tiktok.readPublishStatus(access_token, publish_id),
  );
}

export async function pollStatus(
  context: TikTokContext,
  job: DrivenJob,
): Promise<Step> {
  const answer = await readStatus(context, job);
  switch (answer.status) {
    case "PUBLISH_COMPLETE":
      return await finishStep(context, job, {
        status: "published",
        changes: { post_ids: answer.post_ids },
      });
    case "SEND_TO_USER_INBOX":
      return await finishStep(context, job, { status: "sent_to_inbox" });
    case "FAILED":
      return await settleFailure(context, job, answer.fail_reason ?? "unknown");
    default:
      if (isOverdue(job)) return await giveUp(context, job);
      // Bytes may still be missing at TikTok although we believe that all were sent: it says so by
      // FAILED in the end, and until then it is only asked.
      return await finishStep(context, job, {
        status: "processing",
        next_attempt_in_seconds: pollPauseSeconds(job.submitted_seconds_ago ?? 0),
        changes: job.status === "uploading" ? { submitted: true } : {},
      });
  }
}

/** Whether TikTok has had more than enough time to say what became of a post. */
export function isOverdue(job: DrivenJob): boolean {
  return (job.submitted_seconds_ago ?? 0) > STATUS_DEADLINE_SECONDS;
}

export async function giveUp(context: TikTokContext, job: DrivenJob): Promise<Step> {
  const problem = tiktokProblem(
    "platform_unavailable",
    "TikTok has everything, but has not said for a week what became of this post. Look at the account before posting again.",
  );
  return await finishStep(context, job, { status: "failed", problem });
}

/** TikTok says that this post will not be: it may be sent anew where that can help. */
async function settleFailure(
  context: TikTokContext,
  job: DrivenJob,
  reason: string,
): Promise<Step> {
  const { kind, retry } = ruleOf(reason);
  // A cancel that TikTok took, although its answer was lost.
  if (kind === "cancelled") return await finishStep(context, job, { status: "cancelled" });
  const problem = problemOfReason(reason);
  if (!mayBeRetried(reason) || job.inits_accepted >= MAX_INITS) {
    return await finishStep(context, job, { status: "failed", problem });
  }
  return await finishStep(context, job, {
    status: "queued",
    problem,
    next_attempt_in_seconds: retry === "after_day"
      ? DAY_SECONDS
      : jobBackoffSeconds(job.failures, randomFraction(context.randomBytes)),
    changes: { failed_attempt: true, init_failed: true },
  });
}
