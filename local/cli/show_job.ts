import type { Job } from "../../supabase/functions/_shared/contract/post.ts";
import { HELD_BACK, heldUntil } from "./held.ts";
import type { Printer } from "./printer.ts";

/** A job for a person, with what is wrong with it. */
export function showJob(printer: Printer, job: Job): void {
  const { bytes_sent, bytes_total, error, next_attempt_at, scheduled_at } = job;
  printer.table([
    ["job", job.id],
    ["status", job.status],
    ["connection", job.connection_id],
    ["publish_id", job.publish_id],
    ["posts", job.post_ids],
    ["sent", bytes_total === null ? "-" : `${bytes_sent} of ${bytes_total} bytes`],
    ["attempts", job.attempts],
    ...(scheduled_at === null ? [] : [["scheduled", scheduled_at] as [string, unknown]]),
    ...(next_attempt_at === null ? [] : [["next step", next_attempt_at] as [string, unknown]]),
    ...(heldUntil(job) === null ? [] : [["held back", HELD_BACK] as [string, unknown]]),
    ["created", job.created_at],
    ["updated", job.updated_at],
    ...(error === null
      ? []
      : [["error", `${error.title} (${error.code}): ${error.detail}`] as [string, unknown]]),
  ]);
}
