import { authenticate, readFields } from "../bearer.ts";
import { ok } from "../door.ts";
import { ApiFailure } from "../failures.ts";
import type { Account } from "../records.ts";
import { USER_FIELD_SCOPES } from "../scopes.ts";
import { type Exchange, recordShown } from "../world.ts";
import { shownAccount } from "./profile.ts";

/** GET /v2/user/info/: https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info */
export function showUser(exchange: Exchange): Response {
  const any_of = ["user.info.basic", "user.info.profile", "user.info.stats"];
  const { account, scopes } = authenticate(exchange, any_of);
  const fields = readFields(exchange.url, Object.keys(USER_FIELD_SCOPES));
  const beyond = fields.find((field) => !scopes.includes(USER_FIELD_SCOPES[field]!));
  if (beyond !== undefined) {
    throw new ApiFailure("scope_not_authorized", `${beyond} needs ${USER_FIELD_SCOPES[beyond]}`);
  }
  const all = describe(exchange, shownAccount(exchange.world, account));
  const user = Object.fromEntries(fields.map((field) => [field, all[field]]));
  recordShown(exchange, { user });
  return ok(exchange, { user });
}

function describe({ url }: Exchange, account: Account): Record<string, unknown> {
  const avatar = `${url.origin}/picture/${account.username}.svg`;
  return {
    open_id: account.open_id,
    union_id: account.union_id,
    avatar_url: avatar,
    avatar_url_100: avatar,
    avatar_large_url: avatar,
    display_name: account.nickname,
    bio_description: account.bio_description,
    profile_deep_link: `https://vm.tiktok.com/${account.username}/`,
    is_verified: account.is_verified,
    username: account.username,
    follower_count: account.follower_count,
    following_count: account.following_count,
    likes_count: account.likes_count,
    video_count: account.videos.length,
  };
}
