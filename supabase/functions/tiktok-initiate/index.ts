/** `POST tiktok-initiate`: a signed-in user starts to connect a TikTok account. */

import { initiateConnection } from "../_shared/connection/initiate.ts";
import { initiateRequest } from "../_shared/contract/connection.ts";
import { forUser } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";

export default tiktokDoor("tiktok-initiate", {
  POST: forUser(initiateRequest, async (context, user, request) => ({
    body: await initiateConnection(context, user, request),
  })),
});
