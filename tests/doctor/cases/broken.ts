/** One thing that is wrong with a project, and what the doctor makes of it. */

import type { Change, Project } from "../support.ts";

export type Broken = {
  /** SQL that breaks it, and SQL that mends it. */
  sql?: [breaks: string, mends: string];
  change?: Change | ((project: Project) => Change);
  /** The lines that are not well, by name, with what they say and advise. */
  finds: Record<string, [result: "warn" | "fail", says: RegExp]>;
};

export type Cases = Record<string, Broken>;

export function each(
  names: readonly string[],
  result: "warn" | "fail",
  says: RegExp,
): Broken["finds"] {
  return Object.fromEntries(names.map((name) => [name, [result, says]]));
}

export const json = (body: unknown, status: number) => () => Response.json(body, { status });

/** Answers requests below a path, as something else than the project would. */
export const at = (path: string, answer: () => Response): Change => ({
  answer: (request) => new URL(request.url).pathname.startsWith(path) ? answer() : undefined,
});
