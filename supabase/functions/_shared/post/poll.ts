/** Asks TikTok what became of a post, and settles the job by its answer. */

import type { Platform } from "../connection/platform.ts";
import type { Context } from "../http/context.ts";
import { Problem } from "../http/problem.ts";
import { type PublishStatus, ruleOf } from "../tiktok/index.ts";
import { randomFraction } from "../token/timing.ts";
import { withAccessToken } from "../token/use_token.ts";
import { type DrivenJob, finishStep, type Step } from "./job.ts";
import {
  DAY_SECONDS,
  jobBackoffSeconds,
  MAX_INITS,
  pollPauseSeconds,
  STATUS_DEADLINE_SECONDS,
} from "./timing.ts";

export async function readStatus(
  context: Context,
  platform: Platform,
  job: DrivenJob,
): Promise<PublishStatus> {
  const publish_id = job.publish_id;
  if (publish_id === null) throw new Error(`job ${job.id} has no publish_id to ask for`);
  const subject = { connection_id: job.connection_id, user_id: null };
  return await withAccessToken(
    context,
    platform,
    subject,
    ({ access_token }) => context.tiktok.readPublishStatus(access_token, publish_id),
  );
}

export async function pollStatus(
  context: Context,
  platform: Platform,
  job: DrivenJob,
): Promise<Step> {
  const answer = await readStatus(context, platform, job);
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

export async function giveUp(context: Context, job: DrivenJob): Promise<Step> {
  const problem = new Problem(
    "tiktok_unavailable",
    "TikTok has everything, but has not said for a week what became of this post. Look at the account before posting again.",
  );
  return await finishStep(context, job, { status: "failed", problem });
}

/** TikTok says that this post will not be: it may be sent anew where that can help. */
async function settleFailure(context: Context, job: DrivenJob, reason: string): Promise<Step> {
  const { hint, kind, retry } = ruleOf(reason);
  // A cancel that TikTok took, although its answer was lost.
  if (kind === "cancelled") return await finishStep(context, job, { status: "cancelled" });
  const code = kind === "grant_invalid" ? "reconnect_required" : "tiktok_rejected";
  const problem = new Problem(code, hint, { tiktok_code: reason });
  const again = retry === "new_init" || retry === "after_day" || retry === "backoff";
  if (!again || job.inits_accepted >= MAX_INITS) {
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
