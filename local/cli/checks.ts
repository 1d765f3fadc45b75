/** Every check of a post that can be made on this machine, by the rules of the functions. */

import { isIP } from "node:net";
import type { TikTokConfig } from "../../supabase/functions/_shared/platform/tiktok_settings.ts";
import type { Check, PublishRequest } from "../../supabase/functions/_shared/contract/post.ts";
import type { VideoFacts } from "../../supabase/functions/_shared/media/inspect.ts";
import {
  checkSize,
  checkVideo,
  unreadableVideo,
} from "../../supabase/functions/_shared/media/profile.ts";
import {
  hostAndPort,
  isAllowedUrl,
  isPublicAddress,
} from "../../supabase/functions/_shared/media/public_hosts.ts";
import { SOURCE_FAULTS, SourceError } from "../../supabase/functions/_shared/media/source_error.ts";
import { checkCover, checkPost } from "../../supabase/functions/_shared/post/checks.ts";
import { MAX_VIDEO_BYTES } from "../../supabase/functions/_shared/tiktok/index.ts";
import { type LocalFile, openLocalFile } from "./local_file.ts";
import type { PostForm } from "./post_form.ts";

/** https://developers.tiktok.com/doc/content-posting-api-reference-direct-post */
const PRIVACY_LEVELS = [
  "PUBLIC_TO_EVERYONE",
  "MUTUAL_FOLLOW_FRIENDS",
  "FOLLOWER_OF_CREATOR",
  "SELF_ONLY",
];

export type CheckedFile = { file: LocalFile; facts: VideoFacts };

export type Checked = {
  checks: Check[];
  /** Null for a URL, and where the file is no video that can be read. */
  video: CheckedFile | null;
};

/** The file and the post's text. */
export async function checkLocally(
  { file, request: { media, post } }: PostForm,
  rules: Pick<TikTokConfig, "MEDIA_PROFILE" | "MEDIA_ALLOWED_HOSTS">,
): Promise<Checked> {
  const form = checkPost(media, post ?? null, rules.MEDIA_ALLOWED_HOSTS);
  if (file === null) return { checks: form, video: null };
  const { checks, video } = await checkFile(file, rules.MEDIA_PROFILE);
  const cover = post ? checkCover(post, video?.facts.duration_seconds ?? null) : [];
  return { checks: [...form, ...checks, ...cover], video };
}

/** What the function would find out by asking others, as far as it can be told without them. */
export function checkOffline({ media, post }: PublishRequest, allowedHosts: string[]): Check[] {
  return [
    ...(post === undefined ? [] : [checkPrivacy(post.privacy_level)]),
    ...(media.type === "video" && media.source.kind === "url"
      ? [checkAddress(media.source, allowedHosts)]
      : []),
  ];
}

export function passes(checks: readonly Check[]): boolean {
  return checks.every(({ ok, severity }) => ok || severity === "advice");
}

/** The account offers some of these; which, only TikTok knows. */
function checkPrivacy(privacy_level: string): Check {
  return {
    name: "privacy_level",
    ok: PRIVACY_LEVELS.includes(privacy_level),
    severity: "error",
    path: "post.privacy_level",
    message: `TikTok has the levels ${PRIVACY_LEVELS.join(", ")}.`,
  };
}

/**
 * What the address alone tells; where its name leads is found out by who fetches it. The function
 * looks at a video before TikTok pulls it: it goes to no private address for that either. The form of
 * a pulled one is among the checks of the post already, as `url`.
 */
function checkAddress(
  source: { url: string; transfer: "pull" | "relay" },
  allowedHosts: string[],
): Check {
  const url = new URL(source.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const is_private = (isIP(host) !== 0 && !isPublicAddress(host) || isLocalName(host)) &&
    !allowedHosts.includes(hostAndPort(url));
  const is_relayed = source.transfer === "relay";
  return {
    name: is_relayed ? "url" : "source",
    ok: !is_private && (!is_relayed || isAllowedUrl(url, allowedHosts)),
    severity: "error",
    path: "media.source.url",
    message: SOURCE_FAULTS.not_public,
  };
}

/** Names that lead to the machine itself wherever they are resolved (RFC 6761, 6.3). */
function isLocalName(host: string): boolean {
  return /(^|\.)localhost\.?$/.test(host);
}

async function checkFile(given: string, profile: TikTokConfig["MEDIA_PROFILE"]): Promise<Checked> {
  const path = "media.source.path";
  try {
    const file = await openLocalFile(given);
    if (file.size_bytes === 0 || file.size_bytes > MAX_VIDEO_BYTES) {
      return { checks: checkSize(file.size_bytes, path), video: null };
    }
    // The reader of video files is large, and no other command needs it.
    const { inspectVideo } = await import(
      "../../supabase/functions/_shared/media/inspect.ts"
    );
    const facts = await inspectVideo(file);
    if (facts === null) return { checks: [unreadableVideo(path)], video: null };
    return { checks: checkVideo(facts, profile, path), video: { file, facts } };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const message = error.message;
    return {
      checks: [{ name: "source", ok: false, severity: "error", path, message }],
      video: null,
    };
  }
}
