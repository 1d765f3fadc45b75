/** Takes a post: checks it, and puts it into the queue. */

import { requireScope } from "./creator.ts";
import type { DryRunAnswer, Job, JobAnswer, PublishRequest } from "../contract/post.ts";
import type { User } from "../http/context.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { concerning } from "../http/failure.ts";
import { Problem } from "../http/problem.ts";
import { findSource, isUploaded } from "../media/open_source.ts";
import { CALL_LIMITS } from "../tiktok/index.ts";
import { MIN_REMAINING_SECONDS, REFRESH_LEASE_SECONDS } from "../token/timing.ts";
import { type TokenAnswer, withAccessToken } from "../token/use_token.ts";
import { driveInBackground } from "./drive.ts";
import { type Preflight, preflight, rejectionOf } from "./preflight.ts";
import { hashRequest } from "./request_hash.ts";

type Answer = { status: 200 | 202; body: JobAnswer | DryRunAnswer };

type Opened = { job: Job } | { conflict: true } | TokenAnswer;
type Created = { job: Job; created: boolean } | { conflict: true } | { ended: true } | null;

/** Answers 202 with the job, 200 with the first job of a repeated key, or a dry run's checks. */
export async function acceptPost(
  context: TikTokContext,
  user: User,
  request: PublishRequest,
): Promise<Answer> {
  const { connection_id, dry_run } = request;
  try {
    const request_hash = await hashRequest(request);
    const lease_owner = context.randomUuid();
    const call = request.mode === "direct" ? CALL_LIMITS.creator : null;
    const opened = await context.database.call("open_publish_job", {
      p_connection_id: connection_id,
      p_user_id: user.id,
      // A dry run neither looks at the key nor takes it.
      p_idempotency_key: dry_run ? null : request.idempotency_key ?? null,
      p_request_hash: request_hash,
      p_lease_owner: lease_owner,
      p_lease_seconds: REFRESH_LEASE_SECONDS,
      p_min_remaining_seconds: MIN_REMAINING_SECONDS,
      p_call: call?.name ?? null,
      p_calls_a_minute: call?.a_minute ?? null,
    }) as Opened;
    if (opened !== null && "conflict" in opened) throw conflict();
    if (opened !== null && "job" in opened) return { status: 200, body: { job: opened.job } };

    const found = await withAccessToken(
      context,
      { connection_id, user_id: user.id, call },
      ({ access_token, connection }) => {
        requireScope(
          connection.scopes,
          request.mode === "direct" ? "video.publish" : "video.upload",
        );
        return preflight(
          context,
          access_token,
          { media: request.media, post: request.post ?? null, caller_waits: true },
          // The object counts only if the caller himself may read it, now.
          () => findSource(context, user.client, request.media),
        );
      },
      { lease_owner, answer: opened },
    );
    if (dry_run) return { status: 200, body: { dry_run: true, checks: found.checks } };
    const rejection = rejectionOf(found.checks);
    if (rejection !== null) throw rejection;
    return await enqueue(context, user, request, request_hash, found);
  } catch (error) {
    throw concerning(error, { user_id: user.id, connection_id });
  }
}

async function enqueue(
  context: TikTokContext,
  user: User,
  request: PublishRequest,
  request_hash: string,
  { source }: Preflight,
): Promise<Answer> {
  const { media, mode, post, scheduled_at, idempotency_key } = request;
  const created = await context.database.call("create_publish_job", {
    p_job_id: context.randomUuid(),
    p_user_id: user.id,
    p_connection_id: request.connection_id,
    p_job: {
      mode,
      media,
      post: post ?? null,
      source,
      bytes_total: source?.size_bytes ?? null,
      scheduled_at: scheduled_at ?? null,
      idempotency_key: idempotency_key ?? null,
      request_hash,
      init_posts_by_itself: !isUploaded(media),
      // TikTok tells ids of public posts alone; what a user makes of a draft may be one.
      ids_expected: mode === "draft" || post?.privacy_level === "PUBLIC_TO_EVERYONE",
    },
  }) as Created;
  if (created === null) throw new Problem("not_found", "There is no such connection.");
  if ("conflict" in created) throw conflict();
  if ("ended" in created) {
    throw new Problem("reconnect_required", "The account was disconnected just now.");
  }
  if (created.created) driveInBackground(context, created.job);
  return { status: created.created ? 202 : 200, body: { job: created.job } };
}

function conflict(): Problem {
  return new Problem(
    "idempotency_conflict",
    "This idempotency key was used for another post. Use a new key, or send the same request.",
  );
}
