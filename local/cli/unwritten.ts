/** A result that stdout does not take, as on a full disk. What was done is done all the same. */

import { EXIT_CODES, type ExitCode } from "./failure.ts";
import { plain } from "./printer.ts";
import type { Terminal } from "./runtime.ts";

export class UnwrittenError extends Error {
  override readonly name = "UnwrittenError";
}

/** One line, since it may be all that is ever seen: with the job, where there is one. */
export function tellUnwritten(
  stderr: Terminal,
  { cause }: UnwrittenError,
  job_id?: string,
): ExitCode {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
  const reason = code === "ENOSPC" ? "no space is left" : code;
  const job = job_id === undefined ? "" : ` It was done: see status --id ${plain(job_id)}.`;
  stderr.write(`The result could not be written to stdout: ${reason}.${job}\n`);
  return EXIT_CODES.refused;
}
