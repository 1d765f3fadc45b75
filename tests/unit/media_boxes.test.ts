/** Whether a file has all of its frames, by its boxes alone. */

import assert from "node:assert/strict";
import { isCutOff } from "../../supabase/functions/_shared/media/boxes.ts";
import { inspectVideo } from "../../supabase/functions/_shared/media/inspect.ts";
import { freeBoxHeader, readClip } from "../functions/support/media.ts";

const clip = await readClip();

function boxHeader(type: string, size: number, large_size?: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setUint32(0, size);
  header.set(new TextEncoder().encode(type), 4);
  if (large_size !== undefined) view.setBigUint64(8, BigInt(large_size));
  return header;
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const cases: [string, Uint8Array<ArrayBuffer>, boolean][] = [
  ["the clip", clip, false],
  ["the clip less a byte", clip.slice(0, -1), true],
  ["the clip's first 100,000 bytes", clip.slice(0, 100_000), true],
  ["the clip and a box behind it", join(clip, freeBoxHeader(16)), false],
  [
    "the clip and anything behind it",
    join(clip, crypto.getRandomValues(new Uint8Array(99))),
    false,
  ],
  ["the clip and zeros behind it", join(clip, new Uint8Array(99)), false],
  ["frames up to the file's end, wherever that is", boxHeader("mdat", 0), false],
  ["a size of 64 bits", boxHeader("mdat", 1, 16), false],
  ["a size of 64 bits that is beyond it", boxHeader("mdat", 1, 17), true],
  ["a box that is smaller than its header", join(boxHeader("mdat", 3), clip), false],
  ["no boxes at all", new Uint8Array(1000).fill(0xff), false],
  ["less than a header", new Uint8Array(7), false],
];

for (const [name, file, expected] of cases) {
  Deno.test(`cut off: ${name}: ${expected}`, async () => {
    const read = (start: number, end: number) => Promise.resolve(file.slice(start, end));
    assert.equal(await isCutOff(read, file.length), expected);
  });
}

Deno.test("a file of a thousand boxes is not read to its end", async () => {
  const file = join(...Array.from({ length: 1000 }, () => freeBoxHeader(16)));
  let reads = 0;
  await isCutOff((start, end) => {
    reads += 1;
    return Promise.resolve(file.slice(start, end));
  }, file.length);
  assert.ok(reads < 20, `${reads} reads`);
});

Deno.test("a cut-off clip is still known as a video, and as cut off", async () => {
  for (const [file, expected] of [[clip, false], [clip.slice(0, 100_000), true]] as const) {
    const facts = await inspectVideo({
      size_bytes: file.length,
      openRange: (first, last) =>
        Promise.resolve(new Blob([file.subarray(first, last + 1)]).stream()),
    });
    assert.deepEqual([facts?.codec, facts?.is_cut_off], ["avc", expected]);
  }
});
