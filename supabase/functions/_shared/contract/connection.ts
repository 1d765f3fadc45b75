/** Requests and answers about connections, of any platform. */

import { z } from "zod";
import { timestamp, uuid } from "./fields.ts";

export const initiateRequest = z.strictObject({
  scopes: z.array(z.string("must be a scope's name"), "must be a list of scopes").max(50)
    .optional().describe("All of them if left out; `user.info.basic` is always added."),
  redirect_to: z.string("must be a URL").optional().describe(
    "The page the browser comes back to: one of NEXUS_REDIRECT_URLS; the first if left out.",
  ),
  dry_run: z.boolean("must be true or false").default(false)
    .describe("The same answer, but the state is not live."),
});

export const initiateAnswer = z.object({
  authorization_url: z.url().describe("Where the browser goes next: the consent page."),
  state: z.string().describe("Comes back with the redirect; good for one connection."),
  expires_at: timestamp.describe("When the state does."),
  scopes: z.array(z.string()).describe("What is asked for."),
  dry_run: z.literal(true).optional(),
});

/**
 * What the page that the platform redirects to sends on. Not strict: that page may forward everything
 * its address brought, and the platform may add to that.
 */
export const completeRequest = z.object({
  state: z.string("is required: the state that initiate gave").min(1).max(512),
  code: z.string().min(1).max(4096).optional().describe("Exactly one of `code` and `error`."),
  error: z.string().min(1).max(255).optional(),
  error_description: z.string().optional(),
}).refine((body) => (body.code === undefined) !== (body.error === undefined), {
  path: ["code"],
  message: "send exactly one of code and error, as the redirect brought it",
});

export const capability = z.object({
  available: z.boolean(),
  reason: z.string().nullable().describe("Why it is not available, in words."),
  missing_scopes: z.array(z.string()).describe("What the user did not grant."),
});

export const connectionStatus = z.enum(["active", "reconnect_required", "disconnected"]);

export const connection = z.object({
  id: uuid.describe("Stays the same when the account is connected again."),
  platform: z.string(),
  platform_user_id: z.string(),
  username: z.string().nullable(),
  display_name: z.string().nullable(),
  avatar_url: z.string().nullable(),
  scopes: z.array(z.string()).describe("What the user granted."),
  status: connectionStatus,
  capabilities: z.record(z.string(), capability).describe("What the connection may do, by name."),
  connected_at: timestamp,
  last_refreshed_at: timestamp.nullable(),
  last_error: z.object({ code: z.string(), detail: z.string(), at: timestamp }).nullable()
    .describe("What went wrong last, if it still matters."),
});

export const connectionAnswer = z.object({ connection });

export const connectionQuery = z.strictObject({ connection_id: uuid });

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
export type RefreshAnswer = z.input<typeof refreshAnswer>;
