/** `POST tiktok-disconnect`: a signed-in user ends a connection. */

import { disconnect } from "../_shared/connection/disconnect.ts";
import { connectionQuery } from "../_shared/contract/connection.ts";
import { door, forUser } from "../_shared/http/door.ts";
import { tiktokOf } from "../_shared/platform/tiktok.ts";

export default door("tiktok-disconnect", {
  POST: forUser(connectionQuery, async (context, user, { connection_id }) => ({
    body: await disconnect(context, tiktokOf(context), user, connection_id),
  })),
});
