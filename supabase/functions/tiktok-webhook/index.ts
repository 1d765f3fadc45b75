/** `POST tiktok-webhook`: TikTok tells what happened; its signature says that it is TikTok. */

import { forAnyone } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";
import { receiveTikTokWebhook } from "../_shared/platform/tiktok_webhook.ts";

export default tiktokDoor("tiktok-webhook", {
  POST: forAnyone(async (context, request) => ({
    body: await receiveTikTokWebhook(context, request),
  })),
});
