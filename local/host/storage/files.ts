/** The objects' bytes: one file a version, named by it, below the data folder. */
import { createHash } from "node:crypto";
import { StorageFailure } from "./failure.ts";

/** What is known of a stored file. */
export interface StoredFile {
  size_bytes: number;
  /** MD5 in quotes, as S3 gives for an object put whole. */
  etag: string;
}

export interface Files {
  /** Writes a stream as it arrives. A file that was not written to its end is removed. */
  write(
    version: string,
    content: ReadableStream<Uint8Array>,
    max_bytes: number,
  ): Promise<StoredFile>;
  /** Streams `first` to `last` inclusive. */
  read(version: string, first: number, last: number): Promise<ReadableStream<Uint8Array>>;
  remove(version: string): Promise<void>;
}

const tooLarge = () =>
  new StorageFailure(
    413,
    "EntityTooLarge",
    "The object exceeded the maximum allowed size",
  );
const read_bytes = 64 * 1024;

export async function openFiles(folder: string): Promise<Files> {
  await Deno.mkdir(folder, { recursive: true });
  const pathOf = (version: string) => `${folder}/${version}`;
  return {
    async write(version, content, max_bytes) {
      const hash = createHash("md5");
      let size_bytes = 0;
      const counted = content.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            hash.update(chunk);
            size_bytes += chunk.length;
            if (size_bytes > max_bytes) controller.error(tooLarge());
            controller.enqueue(chunk);
          },
        }),
      );
      try {
        await Deno.writeFile(pathOf(version), counted);
      } catch (error) {
        await Deno.remove(pathOf(version));
        throw error;
      }
      return { size_bytes, etag: `"${hash.digest("hex")}"` };
    },

    async read(version, first, last) {
      const file = await Deno.open(pathOf(version));
      await file.seek(first, Deno.SeekMode.Start);
      let left = last - first + 1;
      const close = () => file.close();
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          const buffer = new Uint8Array(Math.min(read_bytes, left));
          const count = left > 0 ? await file.read(buffer) : null;
          if (count === null) {
            close();
            controller.close();
            return;
          }
          left -= count;
          controller.enqueue(buffer.subarray(0, count));
        },
        cancel: close,
      });
    },

    async remove(version) {
      try {
        await Deno.remove(pathOf(version));
      } catch (error) {
        // On a shared server the row may come from a host with another data folder.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    },
  };
}
