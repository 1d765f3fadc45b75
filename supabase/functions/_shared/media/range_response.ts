/** That an answer holds the very bytes that were asked for, of the file that was checked. */

import { SourceError } from "./source_error.ts";

/** `etag` empty: the server tells none, and only the size can be compared. */
export function checkRange(
  response: Response,
  first: number,
  last: number,
  known: { size_bytes: number; etag: string },
): void {
  if (response.status >= 500 || response.status === 429) {
    throw new SourceError("unreachable", `the source answered ${response.status}`);
  }
  if (response.status === 416) throw new SourceError("changed", "the file is shorter now");
  if (response.status === 200) throw new SourceError("no_ranges", "the whole file came for a part");
  if (response.status !== 206) {
    throw new SourceError("not_found", `the source answered ${response.status}`);
  }
  if (readEtag(response) !== known.etag) {
    throw new SourceError("changed", "the file has another ETag now");
  }
  const range = response.headers.get("content-range");
  if (range !== `bytes ${first}-${last}/${known.size_bytes}`) {
    throw new SourceError("changed", "another part came than was asked for");
  }
}

/** Storage and the proxies before it differ in quotes and in the mark of a weak ETag. */
export function bareEtag(etag: string): string {
  return etag.replace(/^W\//, "").replace(/^"|"$/g, "");
}

export function readEtag(response: Response): string {
  return bareEtag(response.headers.get("etag") ?? "");
}
