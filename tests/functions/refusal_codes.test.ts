/**
 * Every code with which TikTok can refuse a post, and every reason for which it can give one up: what
 * becomes of the job, and what the user is told (https://developers.tiktok.com/doc/tiktok-api-v2-error-handling,
 * …/content-posting-api-reference-get-video-status).
 */

import type { FailReason } from "../../local/tiktok/index.ts";
import { doesNotMatch, equal, match, ok, same } from "./support/assert.ts";
import { sendEvent } from "./support/events.ts";
import { readClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const DIRECT = "/v2/post/publish/video/init/";
const DRAFT = "/v2/post/publish/inbox/video/init/";
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** The end, or from when on it is tried again, in seconds. */
type End = "failed" | { queued_from: number; to: number };
const AFTER_A_MINUTE: End = { queued_from: MINUTE, to: 2 * MINUTE };
const AFTER_AN_HOUR: End = { queued_from: HOUR, to: HOUR + MINUTE };
const SOON: End = { queued_from: 0, to: MINUTE };

/** Code of TikTok's, what becomes of the job, our code, and a piece of what the user reads. */
const REFUSALS: [string, End, string, RegExp][] = [
  ["access_token_invalid", SOON, "tiktok_rejected", /connect your TikTok account again/],
  ["scope_not_authorized", "failed", "scope_missing", /connect your account again and allow/],
  ["scope_permission_missed", "failed", "scope_missing", /connect your account again and allow/],
  ["invalid_params", "failed", "tiktok_rejected", /contact support/],
  ["invalid_file_upload", "failed", "tiktok_rejected", /could not take this file/],
  ["rate_limit_exceeded", AFTER_A_MINUTE, "rate_limited", /A minute later/],
  ["internal_error", SOON, "tiktok_unavailable", /try again in a while/],
  ["spam_risk_too_many_posts", AFTER_AN_HOUR, "tiktok_rejected", /number of posts for one day/],
  ["spam_risk_user_banned_from_posting", "failed", "tiktok_rejected", /does not let this account/],
  ["reached_active_user_cap", AFTER_AN_HOUR, "tiktok_rejected", /Too many accounts have posted/],
  ["spam_risk_too_many_pending_share", AFTER_AN_HOUR, "tiktok_rejected", /drafts wait in your/],
  [
    "unaudited_client_can_only_post_to_private_accounts",
    "failed",
    "tiktok_rejected",
    /Until TikTok has approved this app, it can only post to accounts that are set to private/,
  ],
  ["url_ownership_unverified", "failed", "tiktok_rejected", /has proved to own/],
  ["privacy_level_option_mismatch", "failed", "tiktok_rejected", /this audience any more/],
  ["app_version_check_failed", "failed", "tiktok_rejected", /update the TikTok app/],
  ["a_code_of_tomorrow", "failed", "tiktok_rejected", /do not know yet/],
];

/** Reasons that end a post, and the code that the user's job has. */
const FINAL: [FailReason, string, RegExp][] = [
  ["file_format_check_failed", "tiktok_rejected", /file format/],
  ["duration_check_failed", "tiktok_rejected", /too short or too long/],
  ["frame_rate_check_failed", "tiktok_rejected", /frame rate/],
  ["picture_size_check_failed", "tiktok_rejected", /picture size/],
  ["auth_removed", "reconnect_required", /connect your TikTok account again/],
  ["spam_risk_user_banned_from_posting", "tiktok_rejected", /does not let this account/],
  ["spam_risk_text", "tiktok_rejected", /text to be spam/],
  ["spam_risk", "tiktok_rejected", /post to be spam/],
];

/** Reasons after which a post is begun anew. */
const MENDABLE: [FailReason, End, string][] = [
  ["internal", SOON, "tiktok_rejected"],
  ["video_pull_failed", SOON, "tiktok_rejected"],
  ["photo_pull_failed", SOON, "tiktok_rejected"],
  ["spam_risk_too_many_posts", { queued_from: DAY - 1, to: DAY }, "tiktok_rejected"],
];

Deno.test("what TikTok refuses is told in words, and tried again where that can help", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const path = await person.upload("clip.mp4", await readClip());

  /** What became of a job, and what its user reads of it. */
  const check = async (id: string, tiktok_code: string, end: End, code: string, words?: RegExp) => {
    const { status, error } = await person.job(id);
    same([status, error?.code, error?.tiktok_code], [
      end === "failed" ? "failed" : "queued",
      code,
      tiktok_code,
    ]);
    const detail = error!.detail;
    if (words !== undefined) match(detail, words);
    match(detail, /^[A-Z].*\.$/);
    doesNotMatch(detail, /_/, "a code is no word");
    const [row] = await world.host.sql.query(
      `select extract(epoch from next_attempt_at - private.now())::float8 as seconds, failures
         from public.publish_jobs where id = $1`,
      [id],
    );
    if (end === "failed") return equal(row?.seconds, null);
    const seconds = Number(row?.seconds);
    ok(seconds > end.queued_from - 5 && seconds < end.to, `${seconds} s`);
    equal(row?.failures, 1, "it counts towards the tries that a job has");
  };

  for (const [tiktok_code, end, code, words] of REFUSALS) {
    await t.step(`${tiktok_code} at the init`, async () => {
      const connection = await person.connect();
      const isDraft = tiktok_code === "spam_risk_too_many_pending_share";
      world.tiktok.faults.add({
        path: isDraft ? DRAFT : DIRECT,
        kind: "error",
        code: tiktok_code,
        times: Infinity,
      });
      const request = (isDraft ? videoDraft : videoPost)(connection.id, path);
      const { id } = await person.publish(request);
      await world.host.idle();
      await check(id, tiktok_code, end, code, words);
      world.tiktok.faults.clear();
      if (end !== "failed") {
        ok(["published", "sent_to_inbox"].includes((await person.settle(id)).status));
      }
    });
  }
  await t.step("TikTok's other spelling of a code is the same code", async () => {
    const connection = await person.connect();
    world.tiktok.faults.add({ path: DIRECT, kind: "error", code: "invalid_param", status: 400 });
    const { id } = await person.publish(videoPost(connection.id, path));
    await world.host.idle();
    await check(id, "invalid_params", "failed", "tiktok_rejected");
  });

  const submit = async () => {
    const connection = await person.connect();
    const { id } = await person.publish(videoPost(connection.id, path));
    await world.host.idle();
    const { publish_id, status } = await person.job(id);
    equal(status, "processing");
    return { id, publish_id: publish_id!, account: connection.platform_user_id };
  };
  for (const [reason, code, words] of FINAL) {
    await t.step(`${reason}, asked for`, async () => {
      const { id, publish_id } = await submit();
      world.tiktok.failPublish(publish_id, reason);
      await person.settle(id);
      await check(id, reason, "failed", code, words);
    });
    await t.step(`${reason}, told by an event`, async () => {
      const { id, publish_id, account } = await submit();
      await sendEvent(world, account, "post.publish.failed", { publish_id, reason });
      await check(id, reason, "failed", code, words);
    });
  }
  for (const [reason, end, code] of MENDABLE) {
    await t.step(`${reason}, asked for`, async () => {
      const { id, publish_id } = await submit();
      world.tiktok.failPublish(publish_id, reason);
      await person.tickWhenDue(await person.job(id));
      await check(id, reason, end, code);
      const done = await person.settle(id);
      same([done.status, done.attempts, done.publish_id === publish_id], ["published", 2, false]);
    });
  }
});
