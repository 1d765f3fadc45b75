/** `POST tiktok-disconnect`: a signed-in user ends a connection. */

import { disconnect } from "../_shared/connection/disconnect.ts";
import { connectionQuery } from "../_shared/contract/connection.ts";
import { forUser } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";

export default tiktokDoor("tiktok-disconnect", {
  POST: forUser(connectionQuery, async (context, user, { connection_id }) => ({
    body: await disconnect(context, user, connection_id),
  })),
});
