import { scheduleRequest } from "../../../../supabase/functions/_shared/contract/fields.ts";
import { forSchedule } from "../../../../supabase/functions/_shared/http/door.ts";
import { tendTokens } from "../../../../supabase/functions/_shared/token/tend.ts";
import { clipshareDoor } from "../../clipshare.ts";

export default clipshareDoor("clipshare-refresh", {
  POST: forSchedule(scheduleRequest, async (context, { limit }) => ({
    body: await tendTokens(context, limit),
  })),
});
