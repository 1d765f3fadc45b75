import type { Job } from "../../supabase/functions/_shared/contract/post.ts";

/** TikTok's limits of a minute do not put a post off for so long. */
const LONG_MS = 600_000;

/**
 * Until when a post is held back although nothing went wrong with it: no post of the account is free
 * within 24 hours, or the account has to be connected again. Null if it is not.
 */
export function heldUntil({ status, error, scheduled_at, next_attempt_at, updated_at }: Job) {
  if (status !== "queued" || error !== null || next_attempt_at === null) return null;
  if (next_attempt_at === scheduled_at) return null;
  return Date.parse(next_attempt_at) - Date.parse(updated_at) > LONG_MS ? next_attempt_at : null;
}

export const HELD_BACK =
  "the account's posts of 24 hours are used up, or it has to be connected again";
