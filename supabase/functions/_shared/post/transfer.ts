/** Which way a post takes to TikTok, and why, in words for the caller: advice, never a refusal. */

import type { Check, Media } from "../contract/post.ts";
import { sourcePath } from "../media/open_source.ts";
import { planChunks } from "../tiktok/index.ts";

/** `size_bytes`: of the file that goes through us; null where it is not known. */
export function describeTransfer(media: Media, size_bytes: number | null): Check[] {
  const message = findWords(media, size_bytes);
  if (message === null) return [];
  return [{ name: "transfer", ok: true, severity: "advice", path: sourcePath(media), message }];
}

function findWords(media: Media, size_bytes: number | null): string | null {
  if (media.type === "photos") return describePhotos(media.urls.length);
  const { source } = media;
  if (source.kind === "url" && source.transfer === "pull") return PULLED;
  return size_bytes === null ? null : describeUpload(source.kind === "url", size_bytes);
}

const CONDITIONS =
  "must lie on a domain or below an address that this app has proved to own, must not redirect, and must answer until TikTok is done, an hour at most";

const PULLED =
  `TikTok fetches the file itself, which suits large files best. Its address ${CONDITIONS}. Nexus checks of the file what it can read; TikTok checks the rest.`;

function describePhotos(count: number): string {
  const [what, whose] = count === 1
    ? ["the photo", "Its address"]
    : [`the ${count} photos`, "Their addresses"];
  return `TikTok fetches ${what} itself; it takes photos in no other way. ${whose} ${CONDITIONS}.`;
}

function describeUpload(isRelayed: boolean, size_bytes: number): string {
  const { chunk_size, total_chunk_count } = planChunks(size_bytes);
  const whence = isRelayed ? "from its address" : "from Storage";
  const size = `${megabytes(size_bytes)} MB`;
  if (total_chunk_count === 1) {
    return `Nexus uploads the file ${whence} to TikTok in one piece: with ${size} it is below 50 MB.`;
  }
  const faster = isRelayed
    ? "If this app has proved to own the address, the transfer `pull` is faster."
    : "At an address that this app has proved to own, TikTok could fetch it itself, which is faster.";
  return `Nexus uploads the file ${whence} to TikTok in ${total_chunk_count} chunks of ${
    megabytes(chunk_size)
  } MB, the last one with what is left: with ${size} it has 50 MB or more, and an upload that is cut off goes on at its last chunk. ${faster}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toLocaleString("en", { maximumFractionDigits: 1, useGrouping: false });
}
