/** What a TikTok account may post. */

import { z } from "zod";

export const creator = z.object({
  nickname: z.string().nullable().describe("To be shown where one posts: TikTok demands it."),
  username: z.string().nullable(),
  avatar_url: z.string().nullable(),
  privacy_level_options: z.array(z.string())
    .describe("What `post.privacy_level` may be; the user chooses, there is no default."),
  comment_disabled: z.boolean().describe("`allow_comment` cannot be set."),
  duet_disabled: z.boolean().describe("`allow_duet` cannot be set."),
  stitch_disabled: z.boolean().describe("`allow_stitch` cannot be set."),
  max_video_duration_seconds: z.number().nullable(),
  can_post: z.boolean().describe("Whether the account may post right now."),
  reason: z.string().nullable().describe("Why it may not."),
});

export const creatorAnswer = z.object({ creator });

export type CreatorAnswer = z.input<typeof creatorAnswer>;
