import { initiateConnection } from "../../../../supabase/functions/_shared/connection/initiate.ts";
import { initiateRequest } from "../../../../supabase/functions/_shared/contract/connection.ts";
import { forUser } from "../../../../supabase/functions/_shared/http/door.ts";
import { clipshareDoor } from "../../clipshare.ts";

export default clipshareDoor("clipshare-initiate", {
  POST: forUser(initiateRequest, async (context, user, request) => ({
    body: await initiateConnection(context, user, request),
  })),
});
