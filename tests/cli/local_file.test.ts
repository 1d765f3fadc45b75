import assert from "node:assert/strict";
import { openLocalFile } from "../../local/cli/local_file.ts";
import { SourceError } from "../../supabase/functions/_shared/media/source_error.ts";

async function withFile(bytes: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

const BYTES = Uint8Array.from({ length: 600_000 }, (_, index) => index % 251);

for (
  const [first, last] of [[0, 0], [0, 599_999], [262_143, 262_144], [599_999, 599_999]] as const
) {
  Deno.test(`a local file gives the bytes ${first} to ${last}`, async () => {
    await withFile(BYTES, async (path) => {
      const file = await openLocalFile(path);
      assert.equal(file.size_bytes, BYTES.length);
      const bytes = await new Response(await file.openRange(first, last)).bytes();
      assert.ok(bytes.length === last - first + 1);
      assert.deepEqual(bytes, BYTES.slice(first, last + 1));
    });
  });
}

Deno.test("a local file that became shorter fails instead of ending early", async () => {
  await withFile(BYTES, async (path) => {
    const file = await openLocalFile(path);
    await Deno.truncate(path, 1_000);
    const reading = new Response(await file.openRange(0, file.size_bytes - 1)).bytes();
    await assert.rejects(
      reading,
      (error) => error instanceof SourceError && error.fault === "changed",
    );
  });
});

Deno.test("a range that nobody reads to its end is closed", async () => {
  await withFile(BYTES, async (path) => {
    const file = await openLocalFile(path);
    const stream = await file.openRange(0, file.size_bytes - 1);
    const reader = stream.getReader();
    await reader.read();
    // Deno's own check of open resources would fail this test.
    await reader.cancel();
  });
});
