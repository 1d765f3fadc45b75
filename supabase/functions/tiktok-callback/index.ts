/**
 * `GET tiktok-callback`: the browser, back from TikTok, is sent on to Nexus's page.
 * `POST tiktok-callback`: that page's signed-in user completes the connection.
 */

import { completeConnection, redirectBrowser } from "../_shared/connection/callback.ts";
import { completeRequest } from "../_shared/contract/connection.ts";
import { door, forAnyone, forUser } from "../_shared/http/door.ts";
import { tiktokOf } from "../_shared/platform/tiktok.ts";

export default door("tiktok-callback", {
  GET: forAnyone((context, _request, url) => redirectBrowser(context, tiktokOf(context), url)),
  POST: forUser(completeRequest, async (context, user, request) => ({
    body: await completeConnection(context, tiktokOf(context), user, request),
  })),
});
