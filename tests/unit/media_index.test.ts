/** What inspecting a file costs: no more of it is read, and kept, than an index of ten minutes needs. */

import assert from "node:assert/strict";
import { inspectVideo } from "../../supabase/functions/_shared/media/inspect.ts";
import { readClip } from "../functions/support/media.ts";

/** The clip with so many more samples in its index (`stsz`, ISO/IEC 14496-12, 8.7.3.2). */
function growIndex(clip: Uint8Array<ArrayBuffer>, samples: number): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder("latin1").decode(clip);
  const stsz_at = text.indexOf("stsz") - 4;
  const old = new DataView(clip.buffer);
  const end = stsz_at + old.getUint32(stsz_at);
  const file = new Uint8Array(clip.length + samples * 4);
  file.set(clip.subarray(0, end));
  file.set(clip.subarray(end), end + samples * 4);
  const view = new DataView(file.buffer);
  view.setUint32(stsz_at + 16, old.getUint32(stsz_at + 16) + samples);
  for (const box of ["moov", "trak", "mdia", "minf", "stbl", "stsz"]) {
    const at = text.lastIndexOf(box, stsz_at + 4) - 4;
    view.setUint32(at, old.getUint32(at) + samples * 4);
  }
  return file;
}

// Parsed, an index takes more than ten times its size: one of 31 MB took 350 MB.
for (
  const [samples, isRead] of [
    // Ten minutes have 36,000 frames.
    [1_000_000, true],
    [3_000_000, false],
  ] as const
) {
  Deno.test(`an index of ${samples} samples is ${isRead ? "read" : "too large"}`, async () => {
    const file = growIndex(await readClip(), samples);
    const facts = await inspectVideo({
      size_bytes: file.length,
      openRange: (first, last) =>
        Promise.resolve(new Blob([file.subarray(first, last + 1)]).stream()),
    });
    assert.equal(facts !== null, isRead);
  });
}
