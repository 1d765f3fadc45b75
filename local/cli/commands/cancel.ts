/** `cancel`: a post that is not out yet. */

import { jobAnswer, jobQuery } from "../../../supabase/functions/_shared/contract/post.ts";
import { parseInput } from "../../../supabase/functions/_shared/http/body.ts";
import { callFunction } from "../call.ts";
import { wrongUsage } from "../failure.ts";
import type { Command } from "../outcome.ts";
import { findPlace } from "../place.ts";
import { parseOptions } from "../post_form.ts";
import { signIn } from "../session.ts";
import { showJob } from "../show_job.ts";

export const cancel: Command = async (values, runtime) => {
  const id = values.text("id");
  if (id === undefined) throw wrongUsage("cancel needs --id JOB.");
  const { job_id } = parseOptions(() => parseInput(jobQuery, { job_id: id }));
  const session = await signIn(runtime, await findPlace(runtime));
  const request = { method: "DELETE" as const, path: `tiktok-publish?job_id=${job_id}` };
  const { job } = await callFunction(runtime, session, request, jobAnswer);
  return { ok: true, document: { job }, show: (printer) => showJob(printer, job) };
};
