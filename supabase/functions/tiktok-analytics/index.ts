/**
 * `GET tiktok-analytics?connection_id=&days=`: figures with their history, as JSON or CSV.
 * `POST tiktok-analytics`: the schedule reads the figures that are due.
 */

import { answerLook } from "../_shared/analytics/answer_look.ts";
import { takeDueSnapshots } from "../_shared/analytics/take_due.ts";
import { analyticsQuery } from "../_shared/contract/analytics.ts";
import { scheduleRequest } from "../_shared/contract/fields.ts";
import { forSchedule, forUser } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";

export default tiktokDoor("tiktok-analytics", {
  GET: forUser(
    analyticsQuery,
    async (context, user, query, request) =>
      await answerLook(context, user, query, request.headers.get("accept")),
  ),
  POST: forSchedule(scheduleRequest, async (context, { limit }) => ({
    body: await takeDueSnapshots(context, limit),
  })),
});
