import assert from "node:assert/strict";
import { TransportError } from "../../supabase/functions/_shared/transport/index.ts";

/** The error of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await promise.then(() => null, (error: unknown) => error);
  assert.ok(error instanceof TransportError, `expected a TransportError, got ${error}`);
  return error;
}
