import assert from "node:assert/strict";
import fc from "fast-check";
import {
  normalizeCode,
  ruleOf,
  TIKTOK_CODES,
  TikTokError,
} from "../../supabase/functions/_shared/tiktok/index.ts";
import { redact } from "../../supabase/functions/_shared/tiktok/redact.ts";

/** Every code on TikTok's pages: https://developers.tiktok.com/doc/tiktok-api-v2-error-handling and others. */
const DOCUMENTED: Record<string, string> = {
  access_token_invalid: "token_invalid",
  scope_not_authorized: "scope_missing",
  scope_permission_missed: "scope_missing",
  invalid_params: "invalid_request",
  invalid_param: "invalid_request",
  invalid_file_upload: "media",
  rate_limit_exceeded: "rate_limited",
  internal_error: "unavailable",
  spam_risk_too_many_posts: "try_later",
  spam_risk_user_banned_from_posting: "account_banned",
  reached_active_user_cap: "try_later",
  spam_risk_too_many_pending_share: "try_later",
  unaudited_client_can_only_post_to_private_accounts: "not_audited",
  url_ownership_unverified: "url_ownership",
  privacy_level_option_mismatch: "privacy",
  app_version_check_failed: "app_outdated",
  invalid_publish_id: "not_found",
  token_not_authorized_for_specified_publish_id: "not_found",
  publish_not_cancellable: "not_cancellable",
  invalid_request: "invalid_request",
  invalid_client: "config",
  invalid_grant: "grant_invalid",
  unauthorized_client: "config",
  unsupported_grant_type: "config",
  unsupported_response_type: "config",
  invalid_scope: "config",
  access_denied: "access_denied",
  server_error: "unavailable",
  temporarily_unavailable: "unavailable",
  file_format_check_failed: "media",
  duration_check_failed: "media",
  frame_rate_check_failed: "media",
  picture_size_check_failed: "media",
  internal: "unavailable",
  video_pull_failed: "media",
  photo_pull_failed: "media",
  publish_cancelled: "cancelled",
  auth_removed: "grant_invalid",
  spam_risk_text: "content_refused",
  spam_risk: "content_refused",
};
for (const [code, kind] of Object.entries(DOCUMENTED)) {
  Deno.test(`${code} is of kind ${kind}`, () => assert.equal(ruleOf(code).kind, kind));
}

Deno.test("a code that nobody documented is of kind unknown, whatever its name", () => {
  const undocumented = fc.string().filter((code) => !Object.hasOwn(TIKTOK_CODES, code));
  fc.assert(
    fc.property(fc.oneof(undocumented, fc.constantFrom("constructor", "__proto__")), (code) => {
      const kind = normalizeCode(code) === code ? "unknown" : ruleOf(normalizeCode(code)).kind;
      assert.equal(ruleOf(code).kind, kind);
    }),
  );
});

Deno.test("every rule has a hint that is a sentence", () => {
  for (const [code, rule] of Object.entries(TIKTOK_CODES)) {
    assert.match(rule.hint, /^[A-Z].*\.$/, code);
  }
});

Deno.test("an error waits for TikTok's own window unless TikTok says another", () => {
  const details = { outcome: "rejected", operation: "test" } as const;
  const wait = (code: string, retry_after_seconds?: number) =>
    new TikTokError({ ...details, code, retry_after_seconds }).retry_after_seconds;
  assert.equal(wait("rate_limit_exceeded"), 60);
  assert.equal(wait("rate_limit_exceeded", 7), 7);
  assert.equal(wait("reached_active_user_cap"), 86_400);
  assert.equal(wait("invalid_params"), null);
});

Deno.test("no secret of a call survives in a text, however it is written there", () => {
  const secrets = fc.string({ unit: "grapheme", minLength: 4, maxLength: 60 })
    .filter((secret) => secret.trim().length >= 4 && !"[redacted]".includes(secret));
  fc.assert(fc.property(secrets, fc.string(), (secret, noise) => {
    for (const form of [secret, encodeURIComponent(secret)]) {
      assert.ok(!redact(`before ${form} ${noise}`, [secret]).startsWith(`before ${form}`));
    }
  }));
});

Deno.test("what looks like a token is cut out, known or not", () => {
  const text = "bad act.ab12!4608.va and rft.x*y%21, see /video?upload_token=abc&x=1";
  assert.equal(
    redact(text, []),
    "bad [redacted] and [redacted], see /video?[redacted]&x=1",
  );
});

Deno.test("a long text with line breaks becomes a short line", () => {
  const line = redact(`a\r\nb${"c".repeat(9000)}`, []);
  assert.ok(line.startsWith("a b") && line.length <= 301);
});
