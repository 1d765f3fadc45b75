// deno-lint-ignore-file no-console
/** `deno task scale [--write]`: prints docs/scale.md, or writes it. */
import { renderScale } from "./page.ts";

const page = renderScale();
if (Deno.args.includes("--write")) {
  await Deno.writeTextFile(new URL("../../docs/scale.md", import.meta.url), page);
} else console.log(page);
