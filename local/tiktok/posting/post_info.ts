import { invalid } from "../failures.ts";
import { checkMembers, isBoolean, isInteger, isText } from "../json.ts";
import type { Account } from "../records.ts";

type Json = Record<string, unknown>;
const INT32_MAX = 2 ** 31 - 1;

/** https://developers.tiktok.com/doc/content-posting-api-reference-direct-post */
export function checkVideoPost(post_info: Json): void {
  checkMembers(post_info, {
    privacy_level: isText(),
    brand_content_toggle: isBoolean,
    brand_organic_toggle: isBoolean,
  }, {
    title: isText(2200),
    disable_duet: isBoolean,
    disable_stitch: isBoolean,
    disable_comment: isBoolean,
    video_cover_timestamp_ms: isInteger(-INT32_MAX - 1, INT32_MAX),
    is_aigc: isBoolean,
  });
  checkBranding(post_info);
}

/** https://developers.tiktok.com/doc/content-posting-api-reference-photo-post */
export function checkPhotoPost(post_info: Json, mode: "direct" | "draft"): void {
  const texts = { title: isText(90), description: isText(4000) };
  if (mode === "draft") return checkMembers(post_info, {}, texts);
  checkMembers(post_info, {
    privacy_level: isText(),
    brand_content_toggle: isBoolean,
    brand_organic_toggle: isBoolean,
  }, { ...texts, disable_comment: isBoolean, auto_add_music: isBoolean });
  checkBranding(post_info);
}

/** Forbidden by the sharing guidelines; no code of its own is documented. */
function checkBranding({ brand_content_toggle, privacy_level }: Json): void {
  if (brand_content_toggle === true && privacy_level === "SELF_ONLY") {
    throw invalid("branded content cannot be SELF_ONLY");
  }
}

/** Switches that the account forbids are forced off, whatever was sent. */
export function applyAccount(post_info: Json, account: Account): Json {
  const is_private = account.visibility === "private";
  return {
    ...post_info,
    disable_comment: account.comment_disabled || post_info.disable_comment === true,
    disable_duet: account.duet_disabled || is_private || post_info.disable_duet === true,
    disable_stitch: account.stitch_disabled || is_private || post_info.disable_stitch === true,
  };
}
