import { completeConnection } from "../../../../supabase/functions/_shared/connection/callback.ts";
import { completeRequest } from "../../../../supabase/functions/_shared/contract/connection.ts";
import { forUser } from "../../../../supabase/functions/_shared/http/door.ts";
import { clipshareDoor } from "../../clipshare.ts";

export default clipshareDoor("clipshare-callback", {
  POST: forUser(completeRequest, async (context, user, request) => ({
    body: await completeConnection(context, user, request),
  })),
});
