/** What a video file says of itself, read from its index by a few ranges. */

import { ALL_FORMATS, CustomSource, Input } from "mediabunny";
import type { MediaSource } from "./source.ts";
import { SourceError } from "./source_error.ts";

export type VideoFacts = {
  container: "mp4" | "mov" | "webm" | "other";
  /** `avc`, `hevc`, `vp8`, `vp9`, `av1`, or null if unknown. */
  codec: string | null;
  duration_seconds: number;
  /** As it is shown: after rotation, in square pixels. */
  width: number;
  height: number;
  frames_per_second: number;
  size_bytes: number;
};

/**
 * A file whose index claims more than this is not read to the end. Ten minutes have less than 1 MB of
 * it, and once parsed it takes more than ten times its size, of the 256 MB that an invocation has.
 */
const MAX_READ_BYTES = 8 * 1024 * 1024;
/** The frame rate is that of the first frames. */
const FRAMES_FOR_RATE = 120;

/** Null for a file that is no video we can read. Throws `SourceError`. */
export async function inspectVideo(source: MediaSource): Promise<VideoFacts | null> {
  const reader = createReader(source);
  const input = new Input({ formats: ALL_FORMATS, source: reader.source });
  try {
    return await readFacts(input, source.size_bytes);
  } catch (error) {
    if (reader.fault !== null) throw reader.fault;
    if (error instanceof Error) return null;
    throw error;
  } finally {
    input.dispose();
  }
}

async function readFacts(input: Input, size_bytes: number): Promise<VideoFacts | null> {
  const mime_type = (await input.getFormat()).mimeType;
  const track = await input.getPrimaryVideoTrack();
  if (track === null) return null;
  const rate = await track.computePacketStats(FRAMES_FOR_RATE);
  return {
    container: CONTAINERS[mime_type] ?? "other",
    codec: await track.getCodec(),
    duration_seconds: await input.computeDuration(),
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    frames_per_second: rate.averagePacketRate,
    size_bytes,
  };
}

const CONTAINERS: Readonly<Record<string, VideoFacts["container"]>> = {
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/webm": "webm",
};

/** The reader for mediabunny: bounded in all, and it keeps the fault that ended it. */
function createReader(source: MediaSource): { source: CustomSource; fault: SourceError | null } {
  let read_bytes = 0;
  const reader: { source: CustomSource; fault: SourceError | null } = {
    fault: null,
    source: new CustomSource({
      getSize: () => source.size_bytes,
      async read(start, end) {
        read_bytes += end - start;
        if (read_bytes > MAX_READ_BYTES) throw new Error("the file's index is too large");
        try {
          const bytes = new Response(await source.openRange(start, end - 1)).bytes();
          return await bytes;
        } catch (error) {
          reader.fault = error instanceof SourceError
            ? error
            : new SourceError("unreachable", "the file's bytes stopped coming", { cause: error });
          throw reader.fault;
        }
      },
    }),
  };
  return reader;
}
