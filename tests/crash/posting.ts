/** A post from its request to its end, and what must be true of it then. */

import assert from "node:assert/strict";
import type { Job } from "../../supabase/functions/_shared/contract/post.ts";
import { PULL_ORIGIN, type World } from "./world.ts";

const SETTLED = ["published", "sent_to_inbox", "failed", "cancelled", "unconfirmed"];
const MAX_TICKS = 30;

export type PostRequest = { idempotency_key: string; media: unknown };

/** The key is the caption too: by it TikTok's side is searched for the post. */
export function uploadedPost(idempotency_key: string, path: string): PostRequest {
  return post(idempotency_key, { kind: "storage", bucket: "videos", path });
}

export function pulledPost(idempotency_key: string): PostRequest {
  const url = `${PULL_ORIGIN}/clip.mp4`;
  return post(idempotency_key, { kind: "url", url, transfer: "pull" });
}

function post(idempotency_key: string, source: unknown) {
  return {
    idempotency_key,
    media: { type: "video", source },
    mode: "direct",
    post: { caption: idempotency_key, privacy_level: "SELF_ONLY" },
  };
}

/**
 * Posts and follows the job until it rests. Doing it again, after a kill, is what a client does who
 * got no answer: the key makes it the same post.
 */
export async function publish(world: World, request: PostRequest): Promise<Job> {
  const { connection_id } = world;
  const { status, body } = await world.call("POST", "tiktok-publish", {
    ...request,
    connection_id,
  });
  assert.ok(status === 202 || status === 200, `${status} ${JSON.stringify(body)}`);
  return await settle(world, body.job.id);
}

/** Lets the schedule tick, each time when the job is due and nobody's lease stands in its way. */
export async function settle(world: World, job_id: string): Promise<Job> {
  for (let tick = 0; tick < MAX_TICKS; tick++) {
    await world.idle();
    const { job } = (await world.call("GET", `tiktok-publish?job_id=${job_id}`)).body;
    if (SETTLED.includes(job.status)) return job;
    await skipToJob(world, job_id);
    await world.tick("tiktok-status-poll");
  }
  throw new Error(`the job never rests: ${JSON.stringify(await readJob(world, job_id))}`);
}

async function skipToJob(world: World, job_id: string): Promise<void> {
  const [row] = await world.query<{ seconds: number }>(
    `select extract(epoch from greatest(
         j.next_attempt_at, j.lease_expires_at, c.refresh_lease_expires_at
       ) - private.now())::float8 as seconds
       from public.publish_jobs j join public.platform_connections c on c.id = j.connection_id
      where j.id = $1`,
    [job_id],
  );
  await world.skip(Math.max(0, row?.seconds ?? 0) + 0.01);
}

async function readJob(world: World, job_id: string) {
  const [row] = await world.query("select * from public.publish_jobs where id = $1", [job_id]);
  return row;
}

/** What is at TikTok under this request's caption. */
export function postsOf(world: World, { idempotency_key }: PostRequest) {
  return world.tiktok.posts.filter(({ caption }) => caption === idempotency_key);
}

/** Published once, with these bytes, and nothing is left of the work. */
export async function assertPublishedOnce(
  world: World,
  request: PostRequest,
  job: Job,
  sha256: string,
): Promise<void> {
  assert.equal(job.status, "published", JSON.stringify(job));
  const posts = postsOf(world, request);
  assert.equal(posts.length, 1, "exactly one post at TikTok");
  assert.equal(posts[0]?.sha256, sha256, "TikTok has the file to the byte");
  assert.equal(posts[0]?.publish_id, job.publish_id, "the job names the very publish of the post");
  await assertNothingLeft(world, request);
}

/** One job, no lease, no upload address, and the account still works. */
export async function assertNothingLeft(
  world: World,
  { idempotency_key }: PostRequest,
): Promise<void> {
  const jobs = await world.query(
    `select lease_owner, lease_expires_at, next_attempt_at, upload_url_sealed
       from public.publish_jobs where idempotency_key = $1`,
    [idempotency_key],
  );
  assert.deepEqual(jobs, [{
    lease_owner: null,
    lease_expires_at: null,
    next_attempt_at: null,
    upload_url_sealed: null,
  }]);
  const connections = await world.query(
    "select status, refresh_lease_owner, last_error from public.platform_connections",
  );
  assert.deepEqual(connections, [
    { status: "active", refresh_lease_owner: null, last_error: null },
  ]);
  const creator = await world.call("GET", `tiktok-creator?connection_id=${world.connection_id}`);
  assert.equal(creator.status, 200, JSON.stringify(creator.body));
  // TikTok counts by the minute what a test does in a second.
  await world.skip(61);
}
