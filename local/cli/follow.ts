/** Waits for a post to end. */

import { type Job, jobAnswer } from "../../supabase/functions/_shared/contract/post.ts";
import { callFunction } from "./call.ts";
import { EXIT_CODES, Failure } from "./failure.ts";
import { HELD_BACK, heldUntil } from "./held.ts";
import type { Notes } from "./printer.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";

const POLL_MS = 2_000;
export const DEFAULT_WAIT_SECONDS = 900;
/** The post goes on without us, so that a short outage is no reason to stop looking. */
const MAX_MISSES = 5;

const DONE: ReadonlySet<string> = new Set(["published", "sent_to_inbox"]);
const ENDED: ReadonlySet<string> = new Set([...DONE, "failed", "cancelled", "unconfirmed"]);

export function isDone({ status }: Job): boolean {
  return DONE.has(status);
}

export async function readJob(runtime: Runtime, session: Session, id: string): Promise<Job> {
  const request = { method: "GET" as const, path: `tiktok-publish?job_id=${id}` };
  return (await callFunction(runtime, session, request, jobAnswer)).job;
}

/**
 * Gives the job as it ended. Throws a `Failure` that holds the job where it takes too long, or
 * where the user breaks the waiting off.
 */
export async function follow(
  { now_ms, sleep, onInterrupt }: Pick<Runtime, "now_ms" | "sleep" | "onInterrupt">,
  notes: Notes,
  first: Job,
  wait_seconds: number,
  read: () => Promise<Job>,
): Promise<Job> {
  const until_ms = now_ms() + wait_seconds * 1000;
  let job = first;
  let misses = 0;
  const interrupt = Promise.withResolvers<never>();
  // Whoever waits for it is told; if nobody does, the work was done before it came.
  interrupt.promise.catch(() => {});
  const forget = onInterrupt(() => interrupt.reject(interrupted(job)));
  try {
    notes.note(describeJob(job));
    while (!ENDED.has(job.status)) {
      if (now_ms() >= until_ms) throw tooLong(job, wait_seconds);
      await Promise.race([sleep(POLL_MS), interrupt.promise]);
      try {
        const next = await Promise.race([read(), interrupt.promise]);
        misses = 0;
        const is_news = next.status !== job.status || heldUntil(next) !== heldUntil(job);
        if (is_news) notes.note(describeJob(next));
        job = next;
      } catch (error) {
        if (!(error instanceof Failure) || error.exit_code !== EXIT_CODES.unreachable) throw error;
        misses += 1;
        if (misses > MAX_MISSES) throw new Failure(error.exit_code, error.document, { job });
        notes.note(`${error.message} Trying again.`);
      }
    }
    return job;
  } finally {
    forget();
  }
}

/** One line on where a job stands. */
export function describeJob(job: Job): string {
  const { id, status, bytes_sent, bytes_total, scheduled_at } = job;
  const held_until = heldUntil(job);
  if (status === "uploading") {
    return `job ${id}: uploading, ${bytes_sent} of ${bytes_total} bytes`;
  }
  if (held_until !== null) return `job ${id}: queued until ${held_until}, since ${HELD_BACK}`;
  if (status === "queued" && scheduled_at !== null) return `job ${id}: queued for ${scheduled_at}`;
  return `job ${id}: ${status}`;
}

function tooLong(job: Job, wait_seconds: number): Failure {
  return new Failure(EXIT_CODES.refused, {
    code: "still_waiting",
    title: "The post has not ended yet",
    detail: `It is still ${job.status} after ${wait_seconds} s, and goes on by itself. ` +
      `Look again with status --id ${job.id}.`,
  }, { job });
}

function interrupted(job: Job): Failure {
  return new Failure(EXIT_CODES.interrupted, {
    code: "interrupted",
    title: "The waiting was broken off",
    detail: `Job ${job.id} goes on by itself. Look again with status --id ${job.id}, or end it ` +
      `with cancel --id ${job.id}.`,
  }, { job });
}
