/** Where two times must stand in a relation, this says so. */

import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import * as post from "../../supabase/functions/_shared/post/timing.ts";
import {
  CHUNK_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
} from "../../supabase/functions/_shared/tiktok/index.ts";
import * as token from "../../supabase/functions/_shared/token/timing.ts";

/** An edge function on the free plan (https://supabase.com/docs/guides/functions/limits). */
const WALL_MS = 150_000;

Deno.test("who refreshes still has the lease when he writes", () => {
  ok(token.REFRESH_LEASE_SECONDS * 1000 > token.REFRESH_REQUESTS_MS);
  ok(
    token.REFRESH_REQUESTS_MS >= 2 * REQUEST_TIMEOUT_MS,
    "the refresh, and the check of the old token",
  );
});

Deno.test("who waits for a refresh waits longer than it can take, and not for ever", () => {
  ok(token.BUSY_PATIENCE_MS > token.REFRESH_REQUESTS_MS);
  ok(token.BUSY_PATIENCE_MS < WALL_MS);
  ok(token.BUSY_POLL_MS * 10 < token.BUSY_PATIENCE_MS);
});

Deno.test("a lent token outlives the call that it is lent for", () => {
  ok(token.MIN_REMAINING_SECONDS * 1000 >= 2 * REQUEST_TIMEOUT_MS);
});

Deno.test("who drives a job still has the lease at the end of the longest stretch", () => {
  ok(post.JOB_LEASE_SECONDS * 1000 > post.LONGEST_STRETCH_MS);
  ok(post.LONGEST_STRETCH_MS >= CHUNK_TIMEOUT_MS);
  ok(post.LONGEST_STRETCH_MS > token.BUSY_PATIENCE_MS);
});

Deno.test("an invocation ends before the platform ends it", () => {
  ok(post.INVOCATION_BUDGET_MS + CHUNK_TIMEOUT_MS <= WALL_MS, "with one more chunk on its way");
});

Deno.test("the day's posts are more than a single job can use up", () => {
  ok(post.MAX_INITS < 5);
});

Deno.test("pauses grow, stay within their bounds, and never are nothing", () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(fc.nat(200), fraction, (failures, random) => {
    const job = post.jobBackoffSeconds(failures, random);
    ok(Number.isInteger(job) && job >= 5 && job < 3_606, `${job}`);
    const refresh = token.refreshBackoffSeconds(failures, random);
    ok(Number.isInteger(refresh) && refresh >= 30 && refresh <= 30 + 1_800, `${refresh}`);
    ok(post.jobBackoffSeconds(failures + 1, random) >= job);
    ok(token.refreshBackoffSeconds(failures + 1, random) >= refresh);
  }));
});

Deno.test("a status is asked for soon at first, at least every hour later, and below TikTok's limit", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (age_seconds) => {
    const pause = post.pollPauseSeconds(age_seconds);
    ok(Number.isInteger(pause) && pause >= 5 && pause <= 3_600, `${pause}`);
  }));
  strictEqual(post.pollPauseSeconds(0), 5);
  strictEqual(post.pollPauseSeconds(600), 300);
  strictEqual(post.pollPauseSeconds(1e6), 3_600);
});

Deno.test("who is told to wait waits at least so long, and not all come back together", () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const told = fc.option(fc.nat(2_000_000));
  fc.assert(fc.property(fc.nat(60), told, fc.boolean(), fraction, (
    failures,
    retry_after_seconds,
    is_rate_limit,
    random,
  ) => {
    const pause = post.retryPauseSeconds({ failures, retry_after_seconds, is_rate_limit, random });
    ok(pause >= Math.min(retry_after_seconds ?? 0, post.DAY_SECONDS));
    ok(!is_rate_limit || pause >= 60, "TikTok's minute");
    ok(pause <= post.DAY_SECONDS + 3_606, "nothing is put off for ever");
  }));
  const at = (random: number) =>
    post.retryPauseSeconds({
      failures: 3,
      retry_after_seconds: 600,
      is_rate_limit: false,
      random,
    });
  ok(at(0.9) - at(0.1) > 30);
  ok(post.tokenPauseSeconds(7, 0) === 7 && post.tokenPauseSeconds(7, 0.99) > 15);
});

Deno.test("a settled post is asked about ever more rarely, and then no more", () => {
  const pauses: number[] = [];
  let quiet_seconds = 60;
  while (true) {
    const pause = post.followUpPauseSeconds(quiet_seconds);
    if (pause === null) break;
    ok(pause >= (pauses.at(-1) ?? 60) && pause <= 2 * post.DAY_SECONDS);
    pauses.push(pause);
    quiet_seconds += pause;
  }
  ok(quiet_seconds > post.FOLLOW_UP_SECONDS - 2 * post.DAY_SECONDS);
  ok(pauses.length < 26, `${pauses.length} times`);
  strictEqual(pauses[0], 60);
});

Deno.test("random fractions fill [0, 1)", () => {
  const bytes = (value: number) => () => new Uint8Array(4).fill(value);
  strictEqual(token.randomFraction(bytes(0)), 0);
  const most = token.randomFraction(bytes(255));
  ok(most < 1 && most > 0.999);
});
