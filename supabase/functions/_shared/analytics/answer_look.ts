/** The answer to a look, in the form that was asked for. */

import type { AnalyticsQuery } from "../contract/analytics.ts";
import type { User } from "../http/context.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { csvName, prefersCsv, toCsv } from "./csv.ts";
import { lookAtAnalytics } from "./look.ts";

export async function answerLook(
  context: TikTokContext,
  user: User,
  query: AnalyticsQuery,
  accept: string | null,
): Promise<Response | { body: unknown }> {
  const { username, answer } = await lookAtAnalytics(context, user, query);
  if (!prefersCsv(accept)) return { body: answer };
  return new Response(toCsv(answer), {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${csvName(username, context.now_ms())}"`,
      "Cache-Control": "no-store",
      "X-Request-Id": context.request_id,
      // A table has no place to say it.
      "X-Missing-Scopes": answer.missing_scopes.join(","),
    },
  });
}
