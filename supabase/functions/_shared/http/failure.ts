/** Turns whatever was thrown into a problem, and keeps it where the operator can query it. */

import { ConfigError } from "../config/config.ts";
import { DatabaseError } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import { SOURCE_FAULTS, SourceError } from "../media/source_error.ts";
import { SealError } from "../token/seal.ts";
import type { Context } from "./context.ts";
import { Problem, type ProblemKind } from "./problem.ts";

/** Failures of a step, as against a mistake of the caller that changed nothing. */
const RECORDED: ReadonlySet<ProblemKind> = new Set<ProblemKind>([
  "state_invalid",
  "access_denied",
  "scope_missing",
  "account_not_eligible",
  "reconnect_required",
  "media_rejected",
  "rate_limited",
  "internal",
  "misconfigured",
  "platform_rejected",
  "platform_unavailable",
]);

/** What a problem is about, for its entry in the error log. */
export type Subject = { user_id?: string; connection_id?: string; job_id?: string };

/** A problem that knows whom and what it concerns. */
export function concerning(error: unknown, subject: Subject): unknown {
  if (error instanceof Error) subjects.set(error, { ...subjects.get(error), ...subject });
  return error;
}

const subjects = new WeakMap<Error, Subject>();

/** Every error becomes a problem; one that nobody foresaw is `internal`, and told to the log alone. */
export function toProblem(error: unknown, { platform, log }: Told): Problem {
  if (error instanceof Problem) return error;
  const problem = platform.toProblem(error) ?? classify(error, log);
  if (error instanceof Error) concerning(problem, subjects.get(error) ?? {});
  return problem;
}

/** What it takes to tell of an error: the platform knows its own, the log keeps the rest. */
type Told = Pick<Context, "platform" | "log">;

/** A failure that is not the platform's. */
export function classify(error: unknown, log: Log): Problem {
  if (error instanceof SealError) {
    log.error("seal_failed", { fault: error.fault, place: error.place, key_id: error.key_id });
    if (error.fault === "key_missing" || error.fault === "key_wrong") {
      log.error("misconfigured", {
        setting: "TOKEN_ENCRYPTION_KEYS",
        problem: error.fault === "key_missing"
          ? `has no key ${error.key_id}, under which a row is sealed`
          : `has another key ${error.key_id} than the one under which a row is sealed`,
      });
      return new Problem(
        "misconfigured",
        "A stored secret is sealed under a key that this function does not have; its log names it.",
      );
    }
    return new Problem("internal", "A stored secret cannot be read. Nothing was changed.");
  }
  if (error instanceof SourceError) {
    log.warn("source_failed", { fault: error.fault, problem: error.message });
    const code = error.fault === "unreachable" ? "internal" : "media_rejected";
    return new Problem(code, SOURCE_FAULTS[error.fault]);
  }
  if (error instanceof ConfigError) {
    return new Problem("misconfigured", "A setting of this function is missing or malformed.");
  }
  if (error instanceof DatabaseError) {
    log.error("database_failed", { function_name: error.function_name, problem: error.message });
    return new Problem("internal", "The database did not answer as expected. Try again.");
  }
  log.error("unexpected", {
    name: error instanceof Error ? error.name : typeof error,
    problem: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack ?? null : null,
  });
  return new Problem("internal", "Something unexpected happened. Try again.");
}

/** The entry of one failed step for `log_error`, or null for a failure that is not kept. */
export function logEntry(context: Context, problem: Problem): LogEntry | null {
  if (!RECORDED.has(problem.kind)) return null;
  const { user_id, connection_id, job_id } = subjects.get(problem) ?? {};
  return {
    function_slug: context.function_slug,
    request_id: context.request_id,
    code: problem.code,
    detail: problem.detail,
    user_id: user_id ?? null,
    connection_id: connection_id ?? null,
    job_id: job_id ?? null,
    platform: context.platform.name,
    platform_code: problem.options.platform_code ?? null,
    platform_log_id: problem.options.log_id ?? null,
  };
}

export type LogEntry = Record<string, string | null>;

/** Keeps a failed step in the error log; where the database is away, the function's log has it. */
export async function recordFailure(context: Context, problem: Problem): Promise<void> {
  const entry = logEntry(context, problem);
  if (entry === null) return;
  context.log.warn("failed", entry);
  try {
    await context.database.call("log_error", { p_entry: entry });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    context.log.error("error_log_unreachable", { problem: error.message });
  }
}
