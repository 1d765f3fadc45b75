/** What may fail in an operation: what may fail for all of its callers, and what is its own. */

import type { Problem } from "../../supabase/functions/_shared/contract/problem.ts";
import { PROBLEMS } from "../../supabase/functions/_shared/http/problem.ts";
import type { Operation } from "./operations.ts";

type Code = Problem["code"];

const OF_CALLERS: Record<Operation["caller"], Code[]> = {
  user: ["invalid_request", "unauthorized", "forbidden"],
  schedule: ["invalid_request", "unauthorized"],
  browser: [],
  tiktok: [],
};

/** The codes of each status that the operation may fail with, in order. */
export function problemsOf({ caller, body, problems }: Operation): [status: number, Code[]][] {
  const by_status = new Map<number, Set<Code>>();
  const add = (status: number, code: Code) =>
    by_status.set(status, (by_status.get(status) ?? new Set()).add(code));
  for (const code of [...OF_CALLERS[caller], ...problems, "internal", "misconfigured"] as Code[]) {
    add(statusOf(code), code);
  }
  // A body may also be too large, and a caller who can choose it may send it as something else.
  if (body) add(413, "invalid_request");
  if (body && caller !== "tiktok") add(415, "invalid_request");
  return [...by_status].map(([status, codes]): [number, Code[]] => [status, [...codes]])
    .sort(([a], [b]) => a - b);
}

/** The title of a code, as the functions give it. */
export function titleOf(code: Code): string {
  return PROBLEMS[kindOf(code)][1];
}

function statusOf(code: Code): number {
  return PROBLEMS[kindOf(code)][0];
}

/** The functions' own table knows no platform's name. */
function kindOf(code: Code): keyof typeof PROBLEMS {
  return code.replace(/^tiktok_/, "platform_") as keyof typeof PROBLEMS;
}
