import { disconnect } from "../../../../supabase/functions/_shared/connection/disconnect.ts";
import { connectionQuery } from "../../../../supabase/functions/_shared/contract/connection.ts";
import { forUser } from "../../../../supabase/functions/_shared/http/door.ts";
import { clipshareDoor } from "../../clipshare.ts";

export default clipshareDoor("clipshare-disconnect", {
  POST: forUser(connectionQuery, async (context, user, { connection_id }) => ({
    body: await disconnect(context, user, connection_id),
  })),
});
