/** `GET tiktok-creator?connection_id=`: what the connected account may post right now. */

import { readCreator } from "../_shared/connection/creator.ts";
import { connectionQuery } from "../_shared/contract/connection.ts";
import { door, forUser } from "../_shared/http/door.ts";
import { tiktokOf } from "../_shared/platform/tiktok.ts";

export default door("tiktok-creator", {
  GET: forUser(connectionQuery, async (context, user, { connection_id }) => ({
    body: await readCreator(context, tiktokOf(context), user, connection_id),
  })),
});
