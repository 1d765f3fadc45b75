/**
 * Asks about posts that are settled: ids come when moderation is over, and a draft becomes a post, or
 * several, when its user likes. Events tell most of it; this finds what they did not.
 */

import type { JobStatus } from "../contract/post.ts";
import { toProblem } from "../http/failure.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { inParallel } from "../schedule/in_parallel.ts";
import { type PublishStatus, TikTokError } from "../tiktok/index.ts";
import { readStatus } from "./poll.ts";
import {
  type Budget,
  FOLLOW_UP_AGAIN_SECONDS,
  FOLLOW_UP_SECONDS,
  FOLLOW_UPS_A_TICK,
  followUpPauseSeconds,
} from "./timing.ts";

const CONCURRENCY = 5;

/** A settled job that is due to be asked about. */
type FollowUp = {
  id: string;
  connection_id: string;
  publish_id: string;
  status: JobStatus;
  mode: "direct" | "draft";
  post_ids: string[];
  /** Since the last news of it. */
  quiet_seconds: number;
};

export async function followUpPosts(context: TikTokContext, budget: Budget): Promise<void> {
  const { items } = await context.database.call("claim_follow_ups", {
    p_limit: FOLLOW_UPS_A_TICK,
    p_again_in_seconds: FOLLOW_UP_AGAIN_SECONDS,
    p_give_up_after_seconds: FOLLOW_UP_SECONDS,
  }) as { items: FollowUp[] };
  await inParallel(CONCURRENCY, items, async (post) => {
    // What is not reached in this invocation comes again by itself.
    if (context.now_ms() < budget.until_ms) await followUp(context, post);
  });
}

/** One post's trouble never ends another's turn; it comes again by itself. */
async function followUp(context: TikTokContext, post: FollowUp): Promise<void> {
  try {
    const answer = await askAbout(context, post);
    const recorded = await context.database.call("record_follow_up", {
      p_job_id: post.id,
      p_publish_id: post.publish_id,
      p_status: answer.status,
      p_post_ids: answer.post_ids,
      p_again_in_seconds: answer.goes_on ? followUpPauseSeconds(post.quiet_seconds) : null,
    }) as { news: boolean };
    if (recorded.news) context.log.info("follow_up", { job_id: post.id, status: answer.status });
  } catch (error) {
    context.log.warn("follow_up_failed", {
      job_id: post.id,
      code: toProblem(error, context).code,
    });
  }
}

type News = { status: JobStatus; post_ids: string[]; goes_on: boolean };

async function askAbout(context: TikTokContext, post: FollowUp): Promise<News> {
  try {
    return readNews(post, await readStatus(context, post));
  } catch (error) {
    if (!(error instanceof TikTokError) || error.kind !== "not_found") throw error;
    // How long TikTok remembers a publish_id is not documented.
    return { status: post.status, post_ids: [], goes_on: false };
  }
}

function readNews(post: FollowUp, { status, post_ids }: PublishStatus): News {
  if (status === "PUBLISH_COMPLETE") {
    // A direct post has one id. A draft can be made into another post at any time.
    const goes_on = post.mode === "draft" || post_ids.length === 0;
    return { status: "published", post_ids, goes_on };
  }
  // A draft that TikTok gave up, or that its user threw away, does not come back.
  return { status: post.status, post_ids: [], goes_on: status !== "FAILED" };
}
