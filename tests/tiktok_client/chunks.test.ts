import assert from "node:assert/strict";
import fc from "fast-check";
import {
  chunkAt,
  chunkRange,
  MAX_VIDEO_BYTES,
  planChunks,
  resolveProgress,
} from "../../supabase/functions/_shared/tiktok/index.ts";

const MIN_CHUNK_BYTES = 5 * 1024 * 1024;
const MAX_LAST_CHUNK_BYTES = 64_000_000;

const VECTORS: [size_bytes: number, chunk_size: number, count: number, last_chunk: number][] = [
  [1, 1, 1, 1],
  [4_194_304, 4_194_304, 1, 4_194_304],
  [12_000_000, 12_000_000, 1, 12_000_000],
  [49_999_999, 49_999_999, 1, 49_999_999],
  [50_000_000, 10_000_000, 5, 10_000_000],
  [50_000_123, 10_000_000, 5, 10_000_123],
  [64_000_001, 10_000_000, 6, 14_000_001],
  [121_000_000, 10_000_000, 12, 11_000_000],
  [4_000_000_000, 10_000_000, 400, 10_000_000],
];
for (const [size_bytes, chunk_size, total_chunk_count, last_chunk] of VECTORS) {
  Deno.test(`${size_bytes} bytes go in ${total_chunk_count} chunks of ${chunk_size}`, () => {
    const plan = planChunks(size_bytes);
    assert.deepEqual(plan, { chunk_size, total_chunk_count });
    const { first, last } = chunkRange(plan, size_bytes, total_chunk_count - 1);
    assert.equal(last - first + 1, last_chunk);
  });
}

const sizes = fc.integer({ min: 1, max: MAX_VIDEO_BYTES });

Deno.test("the chunks of every size cover the file without a gap or an overlap", () => {
  fc.assert(fc.property(sizes, (size_bytes) => {
    const plan = planChunks(size_bytes);
    let offset_bytes = 0;
    let count = 0;
    for (let at = chunkAt(plan, size_bytes, 0); at; at = chunkAt(plan, size_bytes, offset_bytes)) {
      assert.equal(at.first, offset_bytes);
      assert.equal(at.index, count++);
      offset_bytes = at.last + 1;
    }
    assert.equal(offset_bytes, size_bytes);
    assert.equal(count, plan.total_chunk_count);
  }));
});

Deno.test("every plan keeps TikTok's documented and observed rules", () => {
  fc.assert(fc.property(sizes, (size_bytes) => {
    const { chunk_size, total_chunk_count } = planChunks(size_bytes);
    assert.equal(total_chunk_count, Math.floor(size_bytes / chunk_size));
    assert.ok(total_chunk_count >= 1 && total_chunk_count <= 1000);
    if (total_chunk_count === 1) return assert.equal(chunk_size, size_bytes);
    assert.ok(chunk_size >= MIN_CHUNK_BYTES);
    assert.ok(size_bytes - chunk_size * (total_chunk_count - 1) <= MAX_LAST_CHUNK_BYTES);
  }));
});

for (const size_bytes of [0, -1, 1.5, NaN, MAX_VIDEO_BYTES + 1]) {
  Deno.test(`${size_bytes} bytes are no video`, () => {
    assert.throws(() => planChunks(size_bytes), RangeError);
  });
}

Deno.test("no chunk begins between two edges, and none beyond the end", () => {
  const plan = planChunks(50_000_123);
  assert.throws(() => chunkAt(plan, 50_000_123, 1), RangeError);
  assert.throws(() => chunkAt(plan, 50_000_123, 50_000_000), RangeError);
  assert.throws(() => chunkRange(plan, 50_000_123, 5), RangeError);
  assert.equal(chunkAt(plan, 50_000_123, 50_000_123), null);
});

Deno.test("TikTok's progress is read right, whether its number is a count or the last index", () => {
  fc.assert(fc.property(sizes.filter((size) => size > 2), fc.nat(), (size_bytes, seed) => {
    const plan = planChunks(size_bytes);
    const range = chunkRange(plan, size_bytes, seed % plan.total_chunk_count);
    const uploaded_bytes = range.last + 1;
    for (const named of [uploaded_bytes, uploaded_bytes - 1]) {
      const progress = { if_count_bytes: named, if_last_index_bytes: named + 1 };
      assert.equal(resolveProgress(plan, size_bytes, progress), uploaded_bytes);
    }
  }));
});

Deno.test("a progress that is no chunk's edge is no progress", () => {
  const progress = { if_count_bytes: 7_000_000, if_last_index_bytes: 7_000_001 };
  assert.equal(resolveProgress(planChunks(60_000_000), 60_000_000, progress), null);
});
