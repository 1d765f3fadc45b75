/** A failure, as every function answers it (RFC 9457) and as a job keeps it. */

import { z } from "zod";

/** What may stand in `code`; stable, and all that a program should decide by. */
export const problemCode = z.enum([
  "invalid_request",
  "state_invalid",
  "unauthorized",
  "forbidden",
  "access_denied",
  "scope_missing",
  "account_not_eligible",
  "not_found",
  "method_not_allowed",
  "reconnect_required",
  "not_cancellable",
  "media_rejected",
  "idempotency_conflict",
  "rate_limited",
  "internal",
  "misconfigured",
  "tiktok_rejected",
  "tiktok_unavailable",
]);

export const fieldError = z.object({
  path: z.string().describe("Where, as in `post.privacy_level`; empty for the whole."),
  message: z.string().describe("What is wrong with it."),
});

export const problem = z.object({
  type: z.literal("about:blank"),
  title: z.string().describe("The code in words."),
  status: z.int().describe("The HTTP status."),
  detail: z.string().describe("What happened and what to do, in plain words."),
  code: problemCode,
  request_id: z.string().nullable().describe("Name it to whoever runs the functions."),
  errors: z.array(fieldError).optional().describe("What is wrong with the input, all of it."),
  retry_after: z.int().min(1).optional().describe("Seconds, where waiting helps."),
  tiktok_code: z.string().optional().describe("TikTok's own code, where TikTok refused."),
  log_id: z.string().optional().describe("TikTok's name for the call, for its support."),
});

export type Problem = z.output<typeof problem>;
