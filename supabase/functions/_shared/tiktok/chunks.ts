/**
 * How a file is cut for upload (https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide).
 * The guide allows chunks of 5 to 64 MB, `floor(size / chunk)` of them, the last one taking the rest.
 * The live API refuses one chunk that is smaller than the file, so a single chunk is always whole.
 */

/** TikTok's "4 GB", in the reading that is below both. */
export const MAX_VIDEO_BYTES = 4_000_000_000;

/** From this size on, a file goes in chunks. */
const CHUNKED_FROM_BYTES = 50_000_000;

/** The size in TikTok's own example. Small, so that a chunk is soon sent and little is repeated. */
const CHUNK_BYTES = 10_000_000;

export type ChunkPlan = { chunk_size: number; total_chunk_count: number };

/** Offsets of the first and the last byte, both inclusive. */
export type ChunkRange = { index: number; first: number; last: number };

/** Throws a `RangeError` for a size that TikTok can't take. */
export function planChunks(size_bytes: number): ChunkPlan {
  if (!Number.isSafeInteger(size_bytes) || size_bytes < 1 || size_bytes > MAX_VIDEO_BYTES) {
    throw new RangeError(`A video has 1 to ${MAX_VIDEO_BYTES} bytes`);
  }
  if (size_bytes < CHUNKED_FROM_BYTES) return { chunk_size: size_bytes, total_chunk_count: 1 };
  return {
    chunk_size: CHUNK_BYTES,
    total_chunk_count: Math.floor(size_bytes / CHUNK_BYTES),
  };
}

export function chunkRange(plan: ChunkPlan, size_bytes: number, index: number): ChunkRange {
  if (!Number.isInteger(index) || index < 0 || index >= plan.total_chunk_count) {
    throw new RangeError(`There is no chunk ${index}`);
  }
  const first = index * plan.chunk_size;
  const is_last = index === plan.total_chunk_count - 1;
  return { index, first, last: is_last ? size_bytes - 1 : first + plan.chunk_size - 1 };
}

/** The chunk that begins at an offset; null once all is sent; throws where no chunk begins. */
export function chunkAt(
  plan: ChunkPlan,
  size_bytes: number,
  offset_bytes: number,
): ChunkRange | null {
  if (offset_bytes === size_bytes) return null;
  if (!isEdge(plan, size_bytes, offset_bytes)) {
    throw new RangeError(`No chunk begins at ${offset_bytes}`);
  }
  return chunkRange(plan, size_bytes, offset_bytes / plan.chunk_size);
}

/**
 * How many bytes TikTok has, from a number that may count them or name the last one: whichever makes
 * it a chunk's edge. Null if neither does.
 */
export function resolveProgress(
  plan: ChunkPlan,
  size_bytes: number,
  progress: { if_count_bytes: number; if_last_index_bytes: number },
): number | null {
  const readings = [progress.if_last_index_bytes, progress.if_count_bytes];
  return readings.find((bytes) => isEdge(plan, size_bytes, bytes)) ?? null;
}

/** Where a chunk begins, or where the last one ends. */
function isEdge(plan: ChunkPlan, size_bytes: number, offset_bytes: number): boolean {
  if (offset_bytes === size_bytes) return true;
  const index = offset_bytes / plan.chunk_size;
  return Number.isInteger(index) && index >= 0 && index < plan.total_chunk_count;
}
