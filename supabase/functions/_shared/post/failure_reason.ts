/** What TikTok says of a post that it gave up, in a status answer or an event. */

import { tiktokProblem } from "../platform/tiktok_problem.ts";
import { Problem } from "../http/problem.ts";
import { ruleOf } from "../tiktok/index.ts";

/** Whether such a post is begun anew, as far as the reason goes. */
export function mayBeRetried(reason: string): boolean {
  const { retry } = ruleOf(reason);
  return retry === "new_init" || retry === "after_day" || retry === "backoff";
}

/** The reason in words that the user understands. */
export function problemOfReason(reason: string): Problem {
  const { hint, kind } = ruleOf(reason);
  return tiktokProblem(
    kind === "grant_invalid" ? "reconnect_required" : "platform_rejected",
    hint,
    { platform_code: reason },
  );
}
