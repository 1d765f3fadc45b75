import assert from "node:assert/strict";
import { Failure, unreachable } from "../../local/cli/failure.ts";
import { heldUntil } from "../../local/cli/held.ts";
import { follow, isDone } from "../../local/cli/follow.ts";
import type { Job } from "../../supabase/functions/_shared/contract/post.ts";

const JOB: Job = {
  id: "00000000-0000-4000-8000-000000000001",
  connection_id: "00000000-0000-4000-8000-000000000002",
  status: "queued",
  publish_id: null,
  post_ids: [],
  bytes_total: 10,
  bytes_sent: 0,
  attempts: 0,
  scheduled_at: null,
  next_attempt_at: null,
  error: null,
  created_at: "2026-11-22T10:00:00.000Z",
  updated_at: "2026-11-22T10:00:00.000Z",
};

/** Follows a post through the statuses that Nexus tells; `null` is an answer that does not come. */
async function followThrough(statuses: (Job["status"] | null)[], wait_seconds = 900) {
  let now_ms = 0;
  const notes: string[] = [];
  const clock = {
    now_ms: () => now_ms,
    sleep: (ms: number) => {
      now_ms += ms;
      return Promise.resolve();
    },
    onInterrupt: () => () => {},
  };
  const rest = [...statuses];
  const job = await follow(clock, { note: (text) => notes.push(text) }, JOB, wait_seconds, () => {
    const status = rest.length > 1 ? rest.shift() : rest[0];
    if (status === null || status === undefined) return Promise.reject(unreachable("It is away."));
    return Promise.resolve({ ...JOB, status });
  });
  return { job, notes };
}

for (
  const status of ["published", "sent_to_inbox", "failed", "cancelled", "unconfirmed"] as const
) {
  Deno.test(`waiting ends when the post is ${status}`, async () => {
    const { job } = await followThrough(["uploading", "processing", status]);
    assert.equal(job.status, status);
    assert.equal(isDone(job), status === "published" || status === "sent_to_inbox");
  });
}

Deno.test("each status is told once", async () => {
  const { notes } = await followThrough(["queued", "processing", "processing", "published"]);
  assert.deepEqual(notes.map((note) => note.split(": ")[1]), ["queued", "processing", "published"]);
});

Deno.test("a post that is held back says so, until when, and why", async () => {
  const notes: string[] = [];
  const held = { ...JOB, next_attempt_at: "2026-11-23T09:30:00.000Z" };
  const soon = { ...JOB, next_attempt_at: "2026-11-22T10:01:00.000Z" };
  const answers: Job[] = [soon, held, held, { ...JOB, status: "published" }];
  const clock = { now_ms: () => 0, sleep: () => Promise.resolve(), onInterrupt: () => () => {} };
  await follow(clock, { note: (text) => notes.push(text) }, JOB, 900, () => {
    return Promise.resolve(answers.shift() ?? JOB);
  });
  assert.deepEqual(notes.map((note) => note.split(": ")[1]), [
    "queued",
    "queued until 2026-11-23T09:30:00.000Z, since the account's posts of 24 hours are used up, or it " +
    "has to be connected again",
    "published",
  ]);
});

Deno.test("a scheduled post, and one that is tried again, are not held back", () => {
  const later = "2026-11-24T10:00:00.000Z";
  assert.equal(heldUntil({ ...JOB, scheduled_at: later, next_attempt_at: later }), null);
  const error = { code: "tiktok_unavailable" } as Job["error"];
  assert.equal(heldUntil({ ...JOB, error, next_attempt_at: later }), null);
  assert.equal(heldUntil({ ...JOB, next_attempt_at: later }), later);
});

Deno.test("a short outage is waited out", async () => {
  const { job } = await followThrough([null, null, null, "processing", null, "published"]);
  assert.equal(job.status, "published");
});

Deno.test("a long outage ends the waiting, and the job is told all the same", async () => {
  await assert.rejects(
    followThrough([null]),
    (error) =>
      error instanceof Failure && error.exit_code === 3 &&
      (error.more.job as Job).id === JOB.id,
  );
});

Deno.test("waiting has an end, and says how to look again", async () => {
  await assert.rejects(
    followThrough(["processing"], 60),
    (error) =>
      error instanceof Failure && error.exit_code === 1 &&
      error.document.code === "still_waiting" && error.message.includes(`status --id ${JOB.id}`) &&
      (error.more.job as Job).status === "processing",
  );
});
