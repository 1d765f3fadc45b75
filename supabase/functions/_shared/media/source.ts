/** A video file that is read by ranges, never as a whole. */

import type { VideoFacts } from "./inspect.ts";

export interface MediaSource {
  readonly size_bytes: number;
  /**
   * The bytes `first` to `last`, both inclusive; exactly as many, or the stream fails. Throws
   * `SourceError`.
   */
  openRange(first: number, last: number): Promise<ReadableStream<Uint8Array>>;
}

/** What was found when a post was taken, and must still be so when it is uploaded. */
export type KnownSource = {
  size_bytes: number;
  etag: string;
  /** As the platform is told: `video/mp4`, `video/quicktime` or `video/webm`. */
  content_type: string;
  /** What the file said of itself. A file with the same ETag says the same. */
  facts?: VideoFacts;
};
