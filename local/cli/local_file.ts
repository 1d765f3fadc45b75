/** A video on this machine, read by ranges like every other source: no file is held in memory. */

import { resolve } from "node:path";
import type { MediaSource } from "../../supabase/functions/_shared/media/source.ts";
import { SourceError } from "../../supabase/functions/_shared/media/source_error.ts";

const PIECE_BYTES = 256 * 1024;

export interface LocalFile extends MediaSource {
  /** Absolute. */
  path: string;
}

/** Throws `SourceError` `not_found` where there is no file that can be read. */
export async function openLocalFile(given: string): Promise<LocalFile> {
  const path = resolve(given);
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new SourceError("not_found", `${path} is not a file.`);
    // What may not be read is found out now, and not in the middle.
    (await Deno.open(path)).close();
    return { path, size_bytes: size, openRange: (first, last) => openRange(path, first, last) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new SourceError("not_found", `There is no file ${path}.`, { cause: error });
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new SourceError("not_found", `${path} cannot be read.`, { cause: error });
    }
    throw error;
  }
}

async function openRange(
  path: string,
  first: number,
  last: number,
): Promise<ReadableStream<Uint8Array>> {
  const file = await Deno.open(path);
  await file.seek(first, Deno.SeekMode.Start);
  let left = last - first + 1;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        if (left === 0) {
          file.close();
          controller.close();
          return;
        }
        const buffer = new Uint8Array(Math.min(PIECE_BYTES, left));
        const count = await file.read(buffer);
        if (count === null) throw new SourceError("changed", `${path} became shorter.`);
        left -= count;
        controller.enqueue(buffer.subarray(0, count));
      } catch (error) {
        file.close();
        throw error;
      }
    },
    cancel: () => file.close(),
  });
}
