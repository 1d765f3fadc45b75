/** A post as it is sent, and the job that becomes of it. */

import { z } from "zod";
import { timestamp, uuid } from "./fields.ts";
import { problem } from "./problem.ts";

const WEB_URL = "must be an absolute URL without user info";
/** That it is public and https is for the checks: a 422 that lists everything at once. */
const webUrl = z.string(WEB_URL).max(2048).refine(isWebUrl, WEB_URL);

/** No empty, `.` or `..` segment: the object is the one that is named, and lies below its bucket. */
const storagePath = z.string("must be a path in the bucket").min(1).max(1024).refine(
  (path) => path.split("/").every((segment) => !["", ".", ".."].includes(segment)),
  "must have no empty, . or .. segment",
);

export const storageSource = z.strictObject({
  kind: z.literal("storage"),
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, "must be a bucket's name"),
  path: storagePath.describe("Of an object that the caller may read."),
});

export const urlSource = z.strictObject({
  kind: z.literal("url"),
  url: webUrl,
  transfer: z.enum(["pull", "relay"], "must be pull or relay")
    .describe("`pull`: TikTok fetches it; `relay`: it is fetched and uploaded here."),
});

export const video = z.strictObject({
  type: z.literal("video"),
  source: z.discriminatedUnion("kind", [storageSource, urlSource]),
});

export const photos = z.strictObject({
  type: z.literal("photos"),
  urls: z.array(webUrl).min(1, "must have at least one photo").max(200),
  cover_index: z.int().min(0).default(0).describe("Which of them is the cover."),
});

export const postInfo = z.strictObject({
  caption: z.string().optional()
    .describe("At most 2200 UTF-16 units; 4000 with photos, whose description it is."),
  title: z.string().optional().describe("Of photos; at most 90 UTF-16 units."),
  privacy_level: z.string("is required: one of the creator's privacy_level_options").min(1).max(64)
    .describe("One of the creator's `privacy_level_options`, chosen by the user."),
  allow_comment: z.boolean().default(false),
  allow_duet: z.boolean().default(false),
  allow_stitch: z.boolean().default(false),
  cover_timestamp_ms: z.int().min(0).max(2_147_483_647).optional()
    .describe("The video's frame that is the cover."),
  brand_organic: z.boolean().default(false).describe("Promotes the creator's own business."),
  brand_content: z.boolean().default(false)
    .describe("A paid partnership; cannot be posted as SELF_ONLY."),
  ai_generated: z.boolean().default(false),
});

/** What TikTok's photo posts do not know; silently dropped, a label that somebody asked for would be missing. */
const VIDEO_ONLY = ["allow_duet", "allow_stitch", "ai_generated", "cover_timestamp_ms"] as const;

export const publishRequest = z.strictObject({
  connection_id: uuid,
  media: z.discriminatedUnion("type", [video, photos]),
  mode: z.enum(["direct", "draft"], "must be direct or draft"),
  post: postInfo.optional(),
  scheduled_at: z.iso.datetime({ offset: true, message: "must be ISO 8601 with a time zone" })
    .transform((text) => new Date(text).toISOString())
    // Beyond these years, `toISOString` writes what Postgres does not read.
    .refine((text) => /^(?!0000)\d{4}-/.test(text), "must lie in the years 1 to 9999 in UTC")
    .optional().describe("At once if left out or past."),
  idempotency_key: z.string().min(1).max(255, "must have at most 255 characters").optional()
    .describe("The same key with the same post gives the first job again."),
  dry_run: z.boolean().default(false).describe("Makes the checks and nothing else."),
}).superRefine((body, context) => {
  const wrong = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: path.split("."), message });
  if (body.mode === "direct" && body.post === undefined) {
    wrong("post", "is required for a direct post");
  }
  if (body.mode === "draft" && body.post !== undefined) {
    wrong("post", "is left out for a draft: the user writes it in TikTok");
  }
  if (
    body.media.type === "photos" && body.media.cover_index >= Math.max(1, body.media.urls.length)
  ) {
    wrong("media.cover_index", "must be the index of one of the photos");
  }
  if (body.media.type === "photos" && body.post !== undefined) {
    for (const field of VIDEO_ONLY) {
      if (body.post[field]) {
        wrong(`post.${field}`, "is for videos; TikTok takes no such thing with photos");
      }
    }
  }
  if (body.media.type === "video" && body.post?.title !== undefined) {
    wrong("post.title", "belongs to photos; a video has only post.caption");
  }
});

export const jobQuery = z.strictObject({ job_id: uuid });

export const jobStatus = z.enum([
  "queued",
  "uploading",
  "processing",
  "published",
  "sent_to_inbox",
  "failed",
  "cancelled",
  "unconfirmed",
]);

export const job = z.object({
  id: uuid,
  connection_id: uuid,
  status: jobStatus,
  publish_id: z.string().nullable().describe("TikTok's name for the post."),
  post_ids: z.array(z.string()).describe("What it became on TikTok; of public posts alone."),
  bytes_total: z.number().nullable(),
  bytes_sent: z.number(),
  attempts: z.int(),
  scheduled_at: timestamp.nullable(),
  next_attempt_at: timestamp.nullable().describe("When something is done about it next."),
  error: problem.nullable().describe("Why it failed, or what the last attempt met."),
  created_at: timestamp,
  updated_at: timestamp,
});

export const jobAnswer = z.object({ job });

export const check = z.object({
  name: z.string(),
  ok: z.boolean(),
  severity: z.enum(["error", "advice"]).describe("A failed `error` keeps it from being posted."),
  path: z.string().describe("The field of the request that it is about."),
  message: z.string(),
});

export const dryRunAnswer = z.object({ dry_run: z.literal(true), checks: z.array(check) });

export const statusPollAnswer = z.object({
  claimed: z.int(),
  published: z.int(),
  sent_to_inbox: z.int(),
  failed: z.int(),
  unconfirmed: z.int(),
  waiting: z.int(),
});

export type PublishRequest = z.output<typeof publishRequest>;
export type Media = PublishRequest["media"];
export type PostInfo = NonNullable<PublishRequest["post"]>;
export type Job = z.output<typeof job>;
export type JobStatus = z.output<typeof jobStatus>;
export type JobAnswer = z.input<typeof jobAnswer>;
export type Check = z.output<typeof check>;
export type DryRunAnswer = z.input<typeof dryRunAnswer>;
export type StatusPollAnswer = z.input<typeof statusPollAnswer>;

function isWebUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "";
}
