import assert from "node:assert/strict";
import { TikTokError } from "../../supabase/functions/_shared/tiktok/index.ts";

/** The error of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<TikTokError> {
  const error = await call.then(() => null, (error: unknown) => error);
  assert.ok(error instanceof TikTokError, `expected a TikTokError, got ${error}`);
  return error;
}
