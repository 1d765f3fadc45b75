/** `POST tiktok-initiate`: a signed-in user starts to connect a TikTok account. */

import { initiateConnection } from "../_shared/connection/initiate.ts";
import { initiateRequest } from "../_shared/contract/connection.ts";
import { door, forUser } from "../_shared/http/door.ts";
import { tiktokOf } from "../_shared/platform/tiktok.ts";

export default door("tiktok-initiate", {
  POST: forUser(initiateRequest, async (context, user, request) => ({
    body: await initiateConnection(context, tiktokOf(context), user, request),
  })),
});
