/** What the package costs a page. */

import assert from "node:assert/strict";
import { build, stop } from "esbuild";
import { buildClient } from "../../client/build.ts";

const MAX_GZIPPED_BYTES = 5_000;

/** Bundled and minified as an app's bundler does it, then gzipped. */
async function gzippedBytes(folder: string, contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const stream = new Blob([outputFiles[0]?.contents as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}

Deno.test("the package's size", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    await buildClient(folder);
    const whole = await gzippedBytes(folder, `export * from "./index.js";`);
    await t.step(`all of it: ${whole} bytes gzipped, below ${MAX_GZIPPED_BYTES}`, () => {
      assert.ok(whole < MAX_GZIPPED_BYTES);
    });
    const parts = { connections: 0.3, completeConnection: 0.45, watch: 0.5, publish: 0.6 };
    for (const [name, share] of Object.entries(parts)) {
      const part = await gzippedBytes(folder, `export { ${name} } from "./index.js";`);
      await t.step(`${name} alone: ${part} bytes`, () => {
        assert.ok(part < whole * share, "what is not imported is not in the bundle");
      });
    }
    await t.step("a page that uses nothing of it pays nothing", async () => {
      assert.ok(await gzippedBytes(folder, `import "./index.js"; export const x = 1;`) < 60);
    });
  } finally {
    await stop();
    await Deno.remove(folder, { recursive: true });
  }
});
