/** Figures of an account and of its videos, with their history. */

import { z } from "zod";
import { timestamp, uuid } from "./fields.ts";

export const DEFAULT_DAYS = 30;
export const MAX_DAYS = 365;

const daysRule = `must be a whole number, 1 to ${MAX_DAYS}`;

export const analyticsQuery = z.strictObject({
  connection_id: uuid,
  days: z.string().regex(/^\d{1,3}$/, daysRule).transform(Number)
    .pipe(z.int(daysRule).min(1, daysRule).max(MAX_DAYS, daysRule))
    .default(DEFAULT_DAYS)
    .describe(`How far the series reach back; ${DEFAULT_DAYS} if left out.`),
});

/** Null: TikTok did not say, or nothing has been read yet. */
const count = z.int().nullable();
const change = z.int().nullable();

const profileCounts = {
  follower_count: count,
  following_count: count,
  likes_count: count,
  video_count: count,
};

const videoCounts = {
  view_count: count,
  like_count: count,
  comment_count: count,
  share_count: count,
};

export const profileFigures = z.object({
  ...profileCounts,
  taken_at: timestamp.nullable().describe("When these were read; null before they ever were."),
  change: z.object({
    follower_count: change,
    following_count: change,
    likes_count: change,
    video_count: change,
  }).nullable().describe("The last of the series less the first; null where it is empty."),
  series: z.array(z.object({ taken_at: timestamp, ...profileCounts }))
    .describe("One a UTC day, oldest first. A day on which nothing was read is not there."),
});

export const videoFigures = z.object({
  id: z.string().describe("TikTok's, exact."),
  job_id: uuid.nullable().describe("The post that it came from, if it was posted here."),
  title: z.string().nullable(),
  create_time: timestamp.nullable(),
  share_url: z.string().nullable().describe("Null once the video is gone."),
  cover_image_url: z.string().nullable()
    .describe("A link that is good for half an hour at least; null where there is none."),
  ...videoCounts,
  taken_at: timestamp,
  series: z.array(z.object({ taken_at: timestamp, ...videoCounts }))
    .describe("One a reading, oldest first; after five weeks one a UTC day."),
});

export const analyticsAnswer = z.object({
  profile: profileFigures,
  videos: z.array(videoFigures).describe("Every video, newest first."),
  missing_scopes: z.array(z.string())
    .describe("What the user would have to grant for all figures, by connecting again."),
});

/** A tick of the schedule: what was due, and what became of it. */
export const snapshotsAnswer = z.object({
  claimed: z.int(),
  taken: z.int(),
  failed: z.int(),
  deferred: z.int().describe("Put off, mostly for want of queries."),
});

export type AnalyticsQuery = z.output<typeof analyticsQuery>;
export type ProfileFigures = z.input<typeof profileFigures>;
export type VideoFigures = z.input<typeof videoFigures>;
export type AnalyticsAnswer = z.input<typeof analyticsAnswer>;
export type SnapshotsAnswer = z.input<typeof snapshotsAnswer>;
