/** How a command can end. */

import type { FieldError, Problem } from "../../supabase/functions/_shared/http/problem.ts";

export const EXIT_CODES = {
  done: 0,
  /**
   * Nexus or TikTok refused it, a check found an error, the post failed, or the result could not be
   * written.
   */
  refused: 1,
  /** The command line, or a setting in the environment, is not what it should be. */
  usage: 2,
  /** Nexus did not answer. */
  unreachable: 3,
  /** Ctrl-C while waiting for a post: 128 and the number of SIGINT, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = typeof EXIT_CODES[keyof typeof EXIT_CODES];

/** As `error` of the JSON document: a problem of the functions as it came, or one of our own. */
export type FailureDocument = {
  code: string;
  title: string;
  detail: string;
  status?: number;
  errors?: FieldError[];
  request_id?: string | null;
  [member: string]: unknown;
};

/** A command ended early. `more` is what the user should have all the same, such as the job. */
export class Failure extends Error {
  override readonly name = "Failure";
  constructor(
    readonly exit_code: Exclude<ExitCode, 0>,
    readonly document: FailureDocument,
    readonly more: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(document.detail, options);
  }
}

export function wrongUsage(detail: string, errors?: FieldError[]): Failure {
  return new Failure(EXIT_CODES.usage, {
    code: "wrong_usage",
    title: "Wrong usage",
    detail,
    ...(errors === undefined ? {} : { errors }),
  });
}

export function unreachable(detail: string, cause?: unknown): Failure {
  const document = { code: "unreachable", title: "Nexus cannot be reached", detail };
  return new Failure(EXIT_CODES.unreachable, document, {}, { cause });
}

/** A rule of the functions that was applied here. */
export function refusedBy(problem: Problem, more: Record<string, unknown> = {}): Failure {
  return new Failure(EXIT_CODES.refused, { ...problem.toDocument(null) }, more);
}
