/** What a video file says of itself, read from its index by a few ranges. */

import { ALL_FORMATS, CustomSource, Input } from "mediabunny";
import { isCutOff } from "./boxes.ts";
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
  /** The frames go on beyond the file's end: it was cut off on its way. */
  is_cut_off: boolean;
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
  const { size_bytes } = source;
  const input = new Input({
    formats: ALL_FORMATS,
    source: new CustomSource({ getSize: () => size_bytes, read: reader.read }),
  });
  try {
    const facts = await readFacts(input);
    return facts && { ...facts, size_bytes, is_cut_off: await isCutOff(reader.read, size_bytes) };
  } catch (error) {
    if (reader.fault !== null) throw reader.fault;
    if (error instanceof Error) return null;
    throw error;
  } finally {
    input.dispose();
  }
}

async function readFacts(
  input: Input,
): Promise<Omit<VideoFacts, "size_bytes" | "is_cut_off"> | null> {
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
  };
}

const CONTAINERS: Readonly<Record<string, VideoFacts["container"]>> = {
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/webm": "webm",
};

type Reader = {
  /** The bytes from `start` up to `end`, exclusive. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** What ended the reading, if it was the source. */
  fault: SourceError | null;
};

/** Reads a bounded amount in all, and keeps the fault that ended it. */
function createReader(source: MediaSource): Reader {
  let read_bytes = 0;
  const reader: Reader = {
    fault: null,
    async read(start, end) {
      read_bytes += end - start;
      if (read_bytes > MAX_READ_BYTES) throw new Error("the file's index is too large");
      try {
        return await new Response(await source.openRange(start, end - 1)).bytes();
      } catch (error) {
        reader.fault = error instanceof SourceError
          ? error
          : new SourceError("unreachable", "the file's bytes stopped coming", { cause: error });
        throw reader.fault;
      }
    },
  };
  return reader;
}
