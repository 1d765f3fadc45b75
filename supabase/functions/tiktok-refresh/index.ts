/** `POST tiktok-refresh`: the schedule renews the tokens that are due. */

import { scheduleRequest } from "../_shared/contract/fields.ts";
import { door, forSchedule } from "../_shared/http/door.ts";
import { tiktokOf } from "../_shared/platform/tiktok.ts";
import { refreshDueTokens } from "../_shared/token/refresh_due.ts";

export default door("tiktok-refresh", {
  POST: forSchedule(scheduleRequest, async (context, { limit }) => ({
    body: await refreshDueTokens(context, tiktokOf(context), limit),
  })),
});
