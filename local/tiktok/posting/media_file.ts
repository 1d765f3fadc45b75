import { createHash } from "node:crypto";
import type { StoredFile } from "../records.ts";

/** Writes the pieces from `position` on; answers how many bytes came. Never holds more than one. */
export async function writePieces(
  file_path: string,
  position: number,
  pieces: AsyncIterable<Uint8Array>,
  onBytes: (so_far: number) => void = () => {},
): Promise<number> {
  using file = await Deno.open(file_path, { write: true, create: true });
  await file.seek(position, Deno.SeekMode.Start);
  let size_bytes = 0;
  for await (const piece of pieces) {
    let written = 0;
    while (written < piece.length) written += await file.write(piece.subarray(written));
    size_bytes += piece.length;
    onBytes(size_bytes);
  }
  return size_bytes;
}

/** Cuts off what a broken attempt left behind the end, and hashes the file. */
export async function sealFile(file_path: string, size_bytes: number): Promise<StoredFile> {
  await Deno.truncate(file_path, size_bytes);
  using file = await Deno.open(file_path);
  const hash = createHash("sha256");
  const buffer = new Uint8Array(256 * 1024);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    hash.update(buffer.subarray(0, read));
  }
  return { file_path, size_bytes, sha256: hash.digest("hex") };
}
