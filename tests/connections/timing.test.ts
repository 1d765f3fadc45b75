/** Where two times of connections must stand in a relation, this says so. */

import { ok } from "node:assert/strict";
import { REQUEST_TIMEOUT_MS } from "../../supabase/functions/_shared/tiktok/index.ts";
import * as token from "../../supabase/functions/_shared/token/timing.ts";

/** An edge function on the free plan (https://supabase.com/docs/guides/functions/limits). */
const WALL_MS = 150_000;
/** Sealing the rest anew and purging, a call each. */
const UPKEEP_MS = 10_000;

Deno.test("a platform's client ends its calls in the time that is reckoned with", () => {
  ok(REQUEST_TIMEOUT_MS <= token.PLATFORM_CALL_MS);
});

Deno.test("what the schedule claimed is refreshed within its lease, although it waits first", () => {
  ok(token.SCHEDULED_LEASE_SECONDS * 1000 > 2 * token.REFRESH_REQUESTS_MS);
});

Deno.test("a revocation outlives its requests, and whoever connects meanwhile outlives it", () => {
  ok(token.REVOCATION_LEASE_SECONDS * 1000 > token.REVOCATION_REQUESTS_MS);
  ok(token.REVOCATION_PATIENCE_MS > token.REVOCATION_LEASE_SECONDS * 1000);
  // The exchange, the look at the account, the wait, and the proof that the grant survived.
  ok(token.REVOCATION_PATIENCE_MS + 3 * token.PLATFORM_CALL_MS < WALL_MS);
  ok(token.REVOCATION_POLL_MS * 10 < token.REVOCATION_LEASE_SECONDS * 1000);
});

Deno.test("a tick ends before its host ends it, however slow the platform is", () => {
  ok(token.REFRESH_BUDGET_MS + 2 * token.REFRESH_REQUESTS_MS + UPKEEP_MS <= WALL_MS);
  ok(token.REVOCATION_BUDGET_MS > token.REFRESH_BUDGET_MS, "both have their turn");
  ok(token.REVOCATION_BUDGET_MS + token.REVOCATION_REQUESTS_MS + UPKEEP_MS <= WALL_MS);
});
