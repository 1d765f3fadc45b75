/** `POST tiktok-status-poll`: the schedule moves every due post on. */

import { scheduleRequest } from "../_shared/contract/fields.ts";
import { forSchedule } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";
import { driveDueJobs } from "../_shared/post/drive.ts";

export default tiktokDoor("tiktok-status-poll", {
  POST: forSchedule(scheduleRequest, async (context, { limit }) => ({
    body: await driveDueJobs(context, limit),
  })),
});
