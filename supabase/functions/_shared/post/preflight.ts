/**
 * Everything that can be known before an init: made when a post is taken, and again when its job
 * starts. Lists every violation at once.
 */

import type { Check, Media, PostInfo } from "../contract/post.ts";
import { tiktokProblem } from "../platform/tiktok_problem.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { Problem } from "../http/problem.ts";
import type { VideoFacts } from "../media/inspect.ts";
import { isPulled, isStored, sourcePath } from "../media/open_source.ts";
import { checkSize, checkVideo, unreadableVideo } from "../media/profile.ts";
import type { KnownSource, MediaSource } from "../media/source.ts";
import { SOURCE_FAULTS, SourceError } from "../media/source_error.ts";
import { MAX_VIDEO_BYTES, TikTokError } from "../tiktok/index.ts";
import { checkCover, checkCreator, checkPost } from "./checks.ts";
import { describeTransfer } from "./transfer.ts";

export type Preflight = {
  checks: Check[];
  /** Null where the file is not ours to read, or could not be read. */
  source: KnownSource | null;
};

/** What TikTok is told the bytes are. */
const CONTENT_TYPES: Readonly<Record<VideoFacts["container"], string>> = {
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  other: "application/octet-stream",
};

/** How to open the post's file: its size and ETag, and a reader; null where there is none to look at. */
export type OpenSource = () => Promise<
  { source: MediaSource; size_bytes: number; etag: string; facts?: VideoFacts } | null
>;

/**
 * `access_token`: of the connection; the creator is asked only for direct posts. `caller_waits`: an
 * address that does not answer is his input's fault; a job tries it again. Throws `Problem` where the
 * account may not post at all, `TikTokError` where TikTok can't be asked, `SourceError` where the file
 * may be readable later.
 */
export async function preflight(
  context: TikTokContext,
  access_token: string,
  request: { media: Media; post: PostInfo | null; caller_waits: boolean },
  openSource: OpenSource,
): Promise<Preflight> {
  const { media, post } = request;
  const [file, creator] = await Promise.all([
    inspectFile(context, request, openSource),
    post === null ? null : readCreator(context, access_token),
  ]);
  const checks = [
    ...checkPost(media, post, context.config.MEDIA_ALLOWED_HOSTS),
    ...file.checks,
    ...(post === null ? [] : checkCover(post, file.duration_seconds)),
    ...describeTransfer(media, file.source?.size_bytes ?? null),
  ];
  if (creator !== null && post !== null) {
    checks.push(...checkCreator(creator, media, post, file.duration_seconds));
  }
  return { checks, source: file.source };
}

/** Null where TikTok says that the account may not post just now: that passes, and the job waits. */
async function readCreator(context: TikTokContext, access_token: string) {
  try {
    return await context.tiktok.readCreator(access_token);
  } catch (error) {
    if (!(error instanceof TikTokError)) throw error;
    if (error.kind === "try_later") return null;
    if (error.kind !== "account_banned") throw error;
    throw tiktokProblem("account_not_eligible", error.hint, {
      platform_code: error.code,
      log_id: error.log_id,
    });
  }
}

type InspectedFile = {
  checks: Check[];
  source: KnownSource | null;
  duration_seconds: number | null;
};

const NOTHING_SEEN: InspectedFile = { checks: [], source: null, duration_seconds: null };

/**
 * What the file tells. What we cannot read at an address that TikTok fetches from is left to TikTok;
 * what we can is held to the rules like any other file.
 */
async function inspectFile(
  context: TikTokContext,
  { media, caller_waits }: { media: Media; caller_waits: boolean },
  openSource: OpenSource,
): Promise<InspectedFile> {
  const path = sourcePath(media);
  const is_pulled = isPulled(media);
  try {
    const opened = await openSource();
    if (opened === null) return NOTHING_SEEN;
    const { size_bytes, etag } = opened;
    if (size_bytes === 0 || size_bytes > MAX_VIDEO_BYTES) {
      return { checks: checkSize(size_bytes, path), source: null, duration_seconds: null };
    }
    const facts = await readFacts(opened);
    if (facts === null) {
      if (is_pulled) return NOTHING_SEEN;
      return { checks: [unreadableVideo(path)], source: null, duration_seconds: null };
    }
    return {
      checks: checkVideo(facts, context.config.MEDIA_PROFILE, path),
      source: is_pulled
        ? null
        : { size_bytes, etag, content_type: CONTENT_TYPES[facts.container], facts },
      duration_seconds: facts.duration_seconds,
    };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (is_pulled && error.fault !== "not_public") return NOTHING_SEEN;
    // Storage is ours, and never the caller's fault.
    const is_blamed = caller_waits && !isStored(media);
    const fault = error.fault === "unreachable" && is_blamed ? "not_found" : error.fault;
    if (fault === "unreachable") throw error;
    const message = SOURCE_FAULTS[fault];
    const check: Check = { name: "source", ok: false, severity: "error", path, message };
    return { checks: [check], source: null, duration_seconds: null };
  }
}

/** Asks the file; of one that was asked before, only whether it is the same: its ETag comes with a byte. */
async function readFacts(
  { source, etag, facts }: NonNullable<Awaited<ReturnType<OpenSource>>>,
): Promise<VideoFacts | null> {
  if (facts !== undefined && etag !== "") {
    await (await source.openRange(0, 0)).cancel();
    return facts;
  }
  // Loaded only here: no other function carries the reader of video files.
  const { inspectVideo } = await import("../media/inspect.ts");
  return await inspectVideo(source);
}

/** The violations as one problem, or null. */
export function rejectionOf(checks: Check[]): Problem | null {
  const errors = checks.filter((check) => !check.ok && check.severity === "error")
    .map(({ path, message }) => ({ path, message }));
  const [first] = errors;
  if (first === undefined) return null;
  const detail = errors.length === 1
    ? first.message
    : `${errors.length} things must be changed before this can be posted; see errors.`;
  return new Problem("media_rejected", detail, { errors });
}
