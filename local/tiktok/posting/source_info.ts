import { ApiFailure, invalid } from "../failures.ts";
import { checkMembers, isInteger, isText, isTextList } from "../json.ts";

type Json = Record<string, unknown>;

/** Bytes; https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide */
const MAX_VIDEO = 4_000_000_000;
/** "5 MB" and "64 MB" are decimal or binary, nobody says: what both readings allow is taken. */
const MIN_CHUNK = 5 * 1024 * 1024;
const MAX_CHUNK = 64_000_000;

export interface FileSource {
  source: "FILE_UPLOAD";
  video_size: number;
  chunk_size: number;
  total_chunk_count: number;
}

export interface PullSource {
  source: "PULL_FROM_URL";
  urls: string[];
}

export function readVideoSource(source_info: Json, verified: string[]): FileSource | PullSource {
  const source = isText();
  if (source_info.source === "PULL_FROM_URL") {
    checkMembers(source_info, { source, video_url: isText() });
    const url = source_info.video_url as string;
    checkOwned(url, verified);
    return { source: "PULL_FROM_URL", urls: [url] };
  }
  if (source_info.source !== "FILE_UPLOAD") throw invalid("source is unknown");
  checkMembers(source_info, {
    source,
    video_size: isInteger(1, MAX_VIDEO),
    chunk_size: isInteger(1, MAX_VIDEO),
    total_chunk_count: isInteger(1, 1000),
  });
  const file = source_info as unknown as FileSource;
  checkChunks(file);
  return file;
}

/** The documented rules, and what the live API was seen to refuse beyond them. */
function checkChunks({ video_size, chunk_size, total_chunk_count }: FileSource): void {
  if (Math.floor(video_size / chunk_size) !== total_chunk_count) {
    throw invalid("The total chunk count is invalid");
  }
  // floor() is 1 for many sizes, but one chunk must be the whole video.
  if (total_chunk_count === 1 && chunk_size !== video_size) {
    throw invalid("The chunk size is invalid");
  }
  if (total_chunk_count > 1 && chunk_size < MIN_CHUNK) throw invalid("The chunk size is invalid");
  if (chunk_size > MAX_CHUNK) throw invalid("The chunk size is invalid");
}

export function readPhotoSource(source_info: Json, verified: string[]): PullSource {
  checkMembers(source_info, {
    source: isText(),
    photo_images: isTextList(1, 35),
    photo_cover_index: isInteger(0, 34),
  });
  if (source_info.source !== "PULL_FROM_URL") throw invalid("source is unknown");
  const urls = source_info.photo_images as string[];
  if ((source_info.photo_cover_index as number) >= urls.length) {
    throw invalid("photo_cover_index is beyond the photos");
  }
  urls.forEach((url) => checkOwned(url, verified));
  return { source: "PULL_FROM_URL", urls };
}

/**
 * A verified entry is a prefix (`https://host/path/`) or a domain, which covers its sub-domains.
 * Plain http goes only below a prefix that says so itself: for tests on a loopback address.
 */
function checkOwned(text: string, verified: string[]): void {
  const url = URL.parse(text);
  if (url === null) throw invalid("the URL is malformed");
  const owned = verified.some((entry) =>
    entry.includes("://")
      ? text.startsWith(entry)
      : url.protocol === "https:" && `.${url.hostname}`.endsWith(`.${entry}`)
  );
  if (url.protocol !== "https:" && !owned) throw invalid("the URL must be https");
  if (!owned) {
    throw new ApiFailure("url_ownership_unverified", "Please review our URL ownership rules");
  }
}
