/** The checks of a post that need no file: its text, its URLs, and what the creator's account allows. */

import type { Check, Media, PostInfo } from "../contract/post.ts";
import { isAllowedUrl } from "../media/public_hosts.ts";
import type { Creator } from "../tiktok/index.ts";

/** UTF-16 units, which is what TikTok counts and `.length` gives. */
const MAX_VIDEO_CAPTION = 2200;
const MAX_PHOTO_DESCRIPTION = 4000;
const MAX_PHOTO_TITLE = 90;
const MAX_PHOTOS = 35;

function check(name: string, ok: boolean, path: string, message: string): Check {
  return { name, ok, severity: "error", path, message };
}

/** What the request alone tells. */
export function checkPost(
  media: Media,
  post: PostInfo | null,
  allowedHosts: readonly string[],
): Check[] {
  return [...checkMediaForm(media, allowedHosts), ...(post === null ? [] : checkText(media, post))];
}

function checkMediaForm(media: Media, allowedHosts: readonly string[]): Check[] {
  const checkUrl = (url: string, path: string) =>
    check(
      "url",
      isAllowedUrl(new URL(url), allowedHosts),
      path,
      "Only https addresses that everybody can reach are fetched. Put the file on one.",
    );
  if (media.type === "photos") {
    return [
      check(
        "photo_count",
        media.urls.length <= MAX_PHOTOS,
        "media.urls",
        `There are ${media.urls.length} photos; at most ${MAX_PHOTOS} are possible.`,
      ),
      ...media.urls.map((url, index) => checkUrl(url, `media.urls.${index}`)),
    ];
  }
  const { source } = media;
  // A relayed file is opened, which says more than the form of its address.
  if (source.kind === "storage" || source.transfer === "relay") return [];
  return [checkUrl(source.url, "media.source.url")];
}

function checkText(media: Media, post: PostInfo): Check[] {
  const limit = media.type === "photos" ? MAX_PHOTO_DESCRIPTION : MAX_VIDEO_CAPTION;
  const caption_units = post.caption?.length ?? 0;
  const title_units = post.title?.length ?? 0;
  return [
    check(
      "caption",
      caption_units <= limit,
      "post.caption",
      `The caption has ${caption_units} UTF-16 units; at most ${limit} are possible.`,
    ),
    ...(media.type === "photos"
      ? [check(
        "title",
        title_units <= MAX_PHOTO_TITLE,
        "post.title",
        `The title has ${title_units} UTF-16 units; at most ${MAX_PHOTO_TITLE} are possible.`,
      )]
      : []),
    check(
      "branded_content",
      !(post.brand_content && post.privacy_level === "SELF_ONLY"),
      "post.privacy_level",
      "Branded content visibility cannot be set to private.",
    ),
  ];
}

/**
 * What the file tells of the post: TikTok would take the first frame for a cover that is not there, and
 * say nothing.
 */
export function checkCover(post: PostInfo, duration_seconds: number | null): Check[] {
  const { cover_timestamp_ms } = post;
  if (cover_timestamp_ms === undefined || duration_seconds === null) return [];
  const end_ms = Math.floor(duration_seconds * 1000);
  return [check(
    "cover",
    cover_timestamp_ms <= end_ms,
    "post.cover_timestamp_ms",
    `The cover is at ${cover_timestamp_ms} ms; the video ends at ${end_ms} ms. Choose an earlier frame.`,
  )];
}

/** What the creator's current options tell (https://developers.tiktok.com/doc/content-sharing-guidelines). */
export function checkCreator(
  creator: Creator,
  media: Media,
  post: PostInfo,
  duration_seconds: number | null,
): Check[] {
  const options = creator.privacy_level_options;
  const switches = media.type === "photos"
    ? (["comment"] as const)
    : (["comment", "duet", "stitch"] as const);
  const limit = creator.max_video_duration_seconds;
  return [
    check(
      "privacy_level",
      options.includes(post.privacy_level),
      "post.privacy_level",
      `Choose what the account offers: ${options.join(", ")}.`,
    ),
    ...switches.map((name) =>
      check(
        `allow_${name}`,
        !(post[`allow_${name}`] && creator[`${name}_disabled`]),
        `post.allow_${name}`,
        `The creator has turned ${name} off for this account: leave it off.`,
      )
    ),
    ...(duration_seconds === null ? [] : [check(
      "creator_duration",
      duration_seconds <= limit,
      "media.source",
      `The video lasts ${
        duration_seconds.toFixed(1)
      } s; this account may post up to ${limit} s. Shorten it.`,
    )]),
  ];
}
