/** What ClipShare alone has. */

import { connectionQuery } from "../../../../supabase/functions/_shared/contract/connection.ts";
import { forUser } from "../../../../supabase/functions/_shared/http/door.ts";
import { withAccessToken } from "../../../../supabase/functions/_shared/token/use_token.ts";
import { clipshareDoor } from "../../clipshare.ts";

export default clipshareDoor("clipshare-figures", {
  GET: forUser(connectionQuery, async (context, user, { connection_id }) => ({
    body: await withAccessToken(
      context,
      { connection_id, user_id: user.id },
      ({ access_token }) => context.clipshare.figures(access_token),
    ),
  })),
});
