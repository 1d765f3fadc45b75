/** `POST tiktok-refresh`: the schedule renews the tokens that are due, and tends the rest. */

import { scheduleRequest } from "../_shared/contract/fields.ts";
import { forSchedule } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";
import { tendTokens } from "../_shared/token/tend.ts";

export default tiktokDoor("tiktok-refresh", {
  POST: forSchedule(scheduleRequest, async (context, { limit }) => ({
    body: await tendTokens(context, limit),
  })),
});
