/** Real MP4 files of any size, from the demo clip, and the posts that show them. */

import { repositoryPath } from "../../../local/host/index.ts";

export const clip_path = repositoryPath("local/clips/clip.mp4");

export function readClip(): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(clip_path);
}

/** A short landscape clip of 3 s and 12 frames a second, made with ffmpeg: breaks most rules. */
export function readUnfitClip(): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL("../fixtures/unfit.mp4", import.meta.url));
}

const HEADER_BYTES = 16;

/** The header of a `free` box (ISO/IEC 14496-12, 8.1.2) of so many bytes in all, which any reader skips. */
export function freeBoxHeader(box_bytes: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  // A size of 1 says that the real one follows in 64 bits.
  view.setUint32(0, 1);
  header.set(new TextEncoder().encode("free"), 4);
  view.setBigUint64(8, BigInt(box_bytes));
  return header;
}

const RANDOM_BYTES = 65_536;

/**
 * Writes the clip and after it a `free` box of random bytes, so that the file has `size_bytes` and is
 * the same video. Gives its SHA-256 in hex.
 */
export async function writeVideo(path: string, size_bytes: number): Promise<string> {
  const clip = await readClip();
  const filler_bytes = size_bytes - clip.length - HEADER_BYTES;
  if (filler_bytes < 0) throw new Error(`the clip alone is longer than ${size_bytes} bytes`);
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  const write = async (bytes: Uint8Array<ArrayBuffer>) => {
    hash.update(bytes);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  };
  await write(clip);
  await write(freeBoxHeader(filler_bytes + HEADER_BYTES));
  for (let left = filler_bytes; left > 0; left -= RANDOM_BYTES) {
    await write(crypto.getRandomValues(new Uint8Array(Math.min(left, RANDOM_BYTES))));
  }
  return hash.digest("hex");
}

/** A direct post of a file in Storage. */
export function videoPost(connection_id: string, path: string, change: object = {}) {
  return {
    connection_id,
    media: { type: "video", source: { kind: "storage", bucket: "videos", path } },
    mode: "direct",
    post: { caption: "A test", privacy_level: "SELF_ONLY" },
    ...change,
  };
}

/** A draft of a file in Storage. */
export function videoDraft(connection_id: string, path: string, change: object = {}) {
  const { post: _, ...rest } = videoPost(connection_id, path);
  return { ...rest, mode: "draft", ...change };
}

/** A post that TikTok fetches from an address. */
export function pullPost(connection_id: string, url: string, change: object = {}) {
  return {
    ...videoPost(connection_id, ""),
    media: { type: "video", source: { kind: "url", url, transfer: "pull" } },
    ...change,
  };
}
