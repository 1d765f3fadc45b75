/** `status`: a post, as it is now or as it ends. */

import { jobQuery } from "../../../supabase/functions/_shared/contract/post.ts";
import { parseInput } from "../../../supabase/functions/_shared/http/body.ts";
import { wrongUsage } from "../failure.ts";
import { DEFAULT_WAIT_SECONDS, follow, isDone, readJob } from "../follow.ts";
import type { Command } from "../outcome.ts";
import { findPlace } from "../place.ts";
import { parseOptions } from "../post_form.ts";
import { signIn } from "../session.ts";
import { showJob } from "../show_job.ts";

export const status: Command = async (values, runtime, notes) => {
  const id = values.text("id");
  if (id === undefined) throw wrongUsage("status needs --id JOB.");
  const { job_id } = parseOptions(() => parseInput(jobQuery, { job_id: id }));
  const wait_seconds = values.number("timeout", 1) ?? DEFAULT_WAIT_SECONDS;
  const session = await signIn(runtime, await findPlace(runtime));
  const read = () => readJob(runtime, session, job_id);
  const now = await read();
  const job = values.on("wait") ? await follow(runtime, notes, now, wait_seconds, read) : now;
  return {
    ok: values.on("wait") ? isDone(job) : true,
    document: { job },
    show: (printer) => showJob(printer, job),
  };
};
