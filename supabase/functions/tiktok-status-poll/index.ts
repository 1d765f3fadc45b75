/** `POST tiktok-status-poll`: the schedule moves every due post on. */

import { scheduleRequest } from "../_shared/contract/fields.ts";
import { door, forSchedule } from "../_shared/http/door.ts";
import { tiktokOf } from "../_shared/platform/tiktok.ts";
import { driveDueJobs } from "../_shared/post/drive.ts";

export default door("tiktok-status-poll", {
  POST: forSchedule(scheduleRequest, async (context, { limit }) => ({
    body: await driveDueJobs(context, tiktokOf(context), limit),
  })),
});
