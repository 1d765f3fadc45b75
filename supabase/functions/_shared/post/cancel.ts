/** Cancels a post wherever it still can be, at TikTok too. */

import type { Job, JobAnswer } from "../contract/post.ts";
import type { User } from "../http/context.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { concerning } from "../http/failure.ts";
import { Problem } from "../http/problem.ts";
import { TikTokError, type TikTokErrorKind } from "../tiktok/index.ts";
import { withAccessToken } from "../token/use_token.ts";

type Cancelled = { state: "cancelled" | "ask_platform" | "not_cancellable"; job: Job } | null;

export async function readJob(
  context: TikTokContext,
  user: User,
  job_id: string,
): Promise<JobAnswer> {
  const found = await context.database.call("read_publish_job", {
    p_job_id: job_id,
    p_user_id: user.id,
  }) as JobAnswer | null;
  if (found === null) throw noSuchJob();
  return found;
}

export async function cancelJob(
  context: TikTokContext,
  user: User,
  job_id: string,
): Promise<JobAnswer> {
  const cancelled = await context.database.call("cancel_publish_job", {
    p_job_id: job_id,
    p_user_id: user.id,
  }) as Cancelled;
  if (cancelled === null) throw noSuchJob();
  const { state, job } = cancelled;
  if (state === "not_cancellable") throw notCancellable(job);
  if (state === "cancelled") {
    // Nothing can be posted any more. That TikTok forgets the upload, too, is a courtesy.
    if (job.publish_id !== null) await tellPlatform(context, user, job, job.publish_id);
    return { job };
  }
  if (job.publish_id === null) throw notCancellable(job);
  const refusal = await tellPlatform(context, user, job, job.publish_id);
  // TikTok may have cancelled it all the same; that shows at the next look at its status.
  if (refusal instanceof TikTokError && PASSING.has(refusal.kind)) throw refusal;
  if (refusal !== null) throw notCancellable(job);
  const confirmed = await context.database.call("confirm_job_cancelled", {
    p_job_id: job_id,
    p_user_id: user.id,
    p_publish_id: job.publish_id,
  }) as Cancelled;
  if (confirmed?.state !== "cancelled") throw notCancellable(confirmed?.job ?? job);
  return { job: confirmed.job };
}

/** Says nothing about the post: asking again may help. */
const PASSING: ReadonlySet<TikTokErrorKind> = new Set<TikTokErrorKind>([
  "unavailable",
  "rate_limited",
]);

/** Null once TikTok has cancelled it; else what stood in the way. */
async function tellPlatform(
  context: TikTokContext,
  user: User,
  job: Job,
  publish_id: string,
): Promise<TikTokError | Problem | null> {
  try {
    const subject = { connection_id: job.connection_id, user_id: user.id };
    await withAccessToken(
      context,
      subject,
      ({ access_token }) => context.tiktok.cancelPost(access_token, publish_id),
    );
    return null;
  } catch (error) {
    if (!(error instanceof TikTokError) && !(error instanceof Problem)) throw error;
    context.log.warn("cancel_refused", { job_id: job.id, code: error.code });
    return error;
  }
}

function notCancellable(job: Job): Problem {
  const problem = new Problem(
    "not_cancellable",
    `The post is ${job.status.replaceAll("_", " ")}; it can no longer be cancelled here.`,
  );
  concerning(problem, { job_id: job.id });
  return problem;
}

function noSuchJob(): Problem {
  return new Problem("not_found", "There is no such job.");
}
