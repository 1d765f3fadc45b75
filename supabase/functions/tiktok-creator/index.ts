/** `GET tiktok-creator?connection_id=`: what the connected account may post right now. */

import { readCreator } from "../_shared/post/creator.ts";
import { connectionQuery } from "../_shared/contract/connection.ts";
import { forUser } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";

export default tiktokDoor("tiktok-creator", {
  GET: forUser(connectionQuery, async (context, user, { connection_id }) => ({
    body: await readCreator(context, user, connection_id),
  })),
});
