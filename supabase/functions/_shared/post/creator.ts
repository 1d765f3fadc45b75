/** What the creator may post right now; TikTok wants it asked each time a post is composed. */

import type { Connection } from "../contract/connection.ts";
import type { CreatorAnswer } from "../contract/creator.ts";
import type { User } from "../http/context.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { Problem } from "../http/problem.ts";
import { CALL_LIMITS, TikTokError, type TikTokErrorKind } from "../tiktok/index.ts";
import { withAccessToken } from "../token/use_token.ts";

/** Answers that mean "not now" or "not at all" for this account, as against a failure of the call. */
const OBSTACLES: ReadonlySet<TikTokErrorKind> = new Set<TikTokErrorKind>([
  "account_banned",
  "try_later",
]);

export async function readCreator(
  context: TikTokContext,
  user: User,
  connection_id: string,
): Promise<CreatorAnswer> {
  const subject = { connection_id, user_id: user.id, call: CALL_LIMITS.creator };
  return await withAccessToken(context, subject, async ({ access_token, connection }) => {
    requireScope(connection.scopes, "video.publish");
    try {
      const creator = await context.tiktok.readCreator(access_token);
      await keepCapability(context, user, connection, null);
      return { creator: { ...creator, can_post: true, reason: null } };
    } catch (error) {
      if (!(error instanceof TikTokError) || !OBSTACLES.has(error.kind)) throw error;
      await keepCapability(context, user, connection, error.hint);
      const { display_name, username, avatar_url } = connection;
      return {
        creator: {
          ...NOTHING_ALLOWED,
          nickname: display_name,
          username,
          avatar_url,
          reason: error.hint,
        },
      };
    }
  });
}

/** What passed, or came, since the connection was made is told on the dashboard too. */
async function keepCapability(
  context: TikTokContext,
  user: User,
  connection: Connection,
  reason: string | null,
): Promise<void> {
  if (connection.capabilities.direct_post?.reason === reason) return;
  await context.database.call("store_capability", {
    p_connection_id: connection.id,
    p_user_id: user.id,
    p_feature: "direct_post",
    p_capability: { available: reason === null, reason, missing_scopes: [] },
  });
}

/** TikTok tells nothing about an account that cannot post now. */
const NOTHING_ALLOWED = {
  privacy_level_options: [],
  comment_disabled: true,
  duet_disabled: true,
  stitch_disabled: true,
  max_video_duration_seconds: null,
  can_post: false,
};

/** Throws 403 `scope_missing`. */
export function requireScope(granted: readonly string[], scope: string): void {
  if (granted.includes(scope)) return;
  throw new Problem("scope_missing", `Connect the account again and allow ${scope} to do this.`, {
    errors: [{ path: "scopes", message: `${scope} was not granted` }],
  });
}
