/**
 * `GET tiktok-callback`: the browser, back from TikTok, is sent on to Nexus's page.
 * `POST tiktok-callback`: that page's signed-in user completes the connection.
 */

import { completeConnection, redirectBrowser } from "../_shared/connection/callback.ts";
import { completeRequest } from "../_shared/contract/connection.ts";
import { forAnyone, forUser } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";

export default tiktokDoor("tiktok-callback", {
  GET: forAnyone((context, _request, url) => redirectBrowser(context, url)),
  POST: forUser(completeRequest, async (context, user, request) => ({
    body: await completeConnection(context, user, request),
  })),
});
