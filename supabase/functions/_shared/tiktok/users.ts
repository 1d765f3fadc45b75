import { z } from "zod";
import { askApi } from "./call.ts";
import type { Wire } from "./call.ts";
import { apiCall } from "./api_call.ts";
import { IdText, OptionalCount, OptionalFlag, OptionalText } from "./fields.ts";
import type { Scope } from "./scopes.ts";
import type { Creator, TikTokUser } from "./types.ts";

/** Which scope opens which fields (https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info). */
const FIELDS_BY_SCOPE: Partial<Record<Scope, readonly string[]>> = {
  "user.info.basic": ["open_id", "union_id", "avatar_url", "display_name"],
  "user.info.profile": ["bio_description", "profile_deep_link", "is_verified", "username"],
  "user.info.stats": ["follower_count", "following_count", "likes_count", "video_count"],
};

const UserAnswer = z.looseObject({
  user: z.object({
    open_id: IdText,
    union_id: OptionalText,
    display_name: OptionalText,
    avatar_url: OptionalText,
    username: OptionalText,
    bio_description: OptionalText,
    profile_deep_link: OptionalText,
    is_verified: OptionalFlag,
    follower_count: OptionalCount,
    following_count: OptionalCount,
    likes_count: OptionalCount,
    video_count: OptionalCount,
  }),
});

const CreatorAnswer = z.looseObject({
  creator_nickname: z.string(),
  creator_username: z.string(),
  creator_avatar_url: OptionalText,
  privacy_level_options: z.array(z.string().min(1)),
  comment_disabled: z.boolean(),
  duet_disabled: z.boolean(),
  stitch_disabled: z.boolean(),
  max_video_post_duration_sec: z.number().int().positive(),
});

/** Asks only for what was granted: one field too many fails the whole call. */
export async function readUser(
  wire: Wire,
  access_token: string,
  granted_scopes: readonly string[],
): Promise<TikTokUser> {
  const fields = Object.entries(FIELDS_BY_SCOPE)
    .filter(([scope]) => scope === "user.info.basic" || granted_scopes.includes(scope))
    .flatMap(([, names]) => names);
  const call = apiCall("readUser", access_token, {
    method: "GET",
    path: `/v2/user/info/?${new URLSearchParams({ fields: fields.join(",") })}`,
  });
  return (await askApi(wire, call, UserAnswer)).user;
}

export async function readCreator(wire: Wire, access_token: string): Promise<Creator> {
  const call = apiCall("readCreator", access_token, {
    method: "POST",
    path: "/v2/post/publish/creator_info/query/",
    body: {},
  });
  const creator = await askApi(wire, call, CreatorAnswer);
  return {
    nickname: creator.creator_nickname,
    username: creator.creator_username,
    avatar_url: creator.creator_avatar_url,
    privacy_level_options: creator.privacy_level_options,
    comment_disabled: creator.comment_disabled,
    duet_disabled: creator.duet_disabled,
    stitch_disabled: creator.stitch_disabled,
    max_video_duration_seconds: creator.max_video_post_duration_sec,
  };
}
