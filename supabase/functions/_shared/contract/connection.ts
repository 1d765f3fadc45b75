/** Requests and answers about connections. */

import { z } from "zod";
import { timestamp, uuid } from "./fields.ts";

export const initiateRequest = z.strictObject({
  scopes: z.array(z.string("must be a scope's name"), "must be a list of scopes").max(50)
    .optional(),
  redirect_to: z.string("must be a URL").optional(),
  dry_run: z.boolean("must be true or false").default(false),
});

export const initiateAnswer = z.object({
  authorization_url: z.url(),
  state: z.string(),
  expires_at: timestamp,
  scopes: z.array(z.string()),
  dry_run: z.literal(true).optional(),
});

/**
 * What the page that TikTok redirects to sends on. Not strict: that page may forward everything its
 * address brought, and TikTok may add to that.
 */
export const completeRequest = z.object({
  state: z.string("is required: the state that initiate gave").min(1).max(512),
  code: z.string().min(1).max(4096).optional(),
  error: z.string().min(1).max(255).optional(),
  error_description: z.string().optional(),
}).refine((body) => (body.code === undefined) !== (body.error === undefined), {
  path: ["code"],
  message: "send exactly one of code and error, as the redirect brought it",
});

export const capability = z.object({
  available: z.boolean(),
  reason: z.string().nullable(),
  missing_scopes: z.array(z.string()),
});

export const connection = z.object({
  id: uuid,
  platform: z.string(),
  platform_user_id: z.string(),
  username: z.string().nullable(),
  display_name: z.string().nullable(),
  avatar_url: z.string().nullable(),
  scopes: z.array(z.string()),
  status: z.enum(["active", "reconnect_required", "disconnected"]),
  capabilities: z.record(z.string(), capability),
  connected_at: timestamp,
  last_refreshed_at: timestamp.nullable(),
  last_error: z.object({ code: z.string(), detail: z.string(), at: timestamp }).nullable(),
});

export const connectionAnswer = z.object({ connection });

export const connectionQuery = z.strictObject({ connection_id: uuid });

export const creatorAnswer = z.object({
  creator: z.object({
    nickname: z.string().nullable(),
    username: z.string().nullable(),
    avatar_url: z.string().nullable(),
    privacy_level_options: z.array(z.string()),
    comment_disabled: z.boolean(),
    duet_disabled: z.boolean(),
    stitch_disabled: z.boolean(),
    max_video_duration_seconds: z.number().nullable(),
    can_post: z.boolean(),
    reason: z.string().nullable(),
  }),
});

export const refreshAnswer = z.object({
  claimed: z.int(),
  refreshed: z.int(),
  reconnect_required: z.int(),
  retried_later: z.int(),
});

export type InitiateRequest = z.output<typeof initiateRequest>;
export type InitiateAnswer = z.input<typeof initiateAnswer>;
export type CompleteRequest = z.output<typeof completeRequest>;
export type Capability = z.output<typeof capability>;
export type Connection = z.output<typeof connection>;
export type ConnectionAnswer = z.input<typeof connectionAnswer>;
export type CreatorAnswer = z.input<typeof creatorAnswer>;
export type RefreshAnswer = z.input<typeof refreshAnswer>;
