/** `POST tiktok-refresh`: the schedule renews the tokens that are due, and tends the rest. */

import { scheduleRequest } from "../_shared/contract/fields.ts";
import { door, forSchedule } from "../_shared/http/door.ts";
import { tiktokOf } from "../_shared/platform/tiktok.ts";
import { tendTokens } from "../_shared/token/tend.ts";

export default door("tiktok-refresh", {
  POST: forSchedule(scheduleRequest, async (context, { limit }) => ({
    body: await tendTokens(context, tiktokOf(context), limit),
  })),
});
