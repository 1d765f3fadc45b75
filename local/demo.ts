/**
 * `deno task demo [-- --video FILE]`: the main job from nothing to done, on the embedded host with
 * the TikTok stand-in. Each step says what it did; a step that fails says which and why, exit 1.
 */

import { playDemo } from "./demo/play.ts";
import { createPrinter } from "./demo/printer.ts";
import { readArguments } from "./demo/arguments.ts";

const printer = createPrinter();
if (Deno.args.includes("--help")) {
  printer.title("deno task demo [--video FILE]: connect, publish, refresh, on the embedded host");
  Deno.exit(0);
}
try {
  const { video } = readArguments(Deno.args);
  await playDemo(printer, video);
  Deno.exit(0);
} catch (error) {
  printer.fail(error);
  Deno.exit(1);
}
