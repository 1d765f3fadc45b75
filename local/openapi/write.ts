/** `deno task openapi`: writes what is generated from the functions' schemas. A test finds it stale. */

import { repositoryPath } from "../host/index.ts";
import { printClientTypes } from "./client_types.ts";
import { makeDocument } from "./document.ts";

/** Every generated file, by its path in the repository. */
export async function generateFiles(): Promise<Record<string, string>> {
  return {
    "docs/openapi.json": `${JSON.stringify(makeDocument(), null, 2)}\n`,
    "client/src/types.ts": await format(printClientTypes()),
  };
}

/** As `deno fmt` wants it. */
async function format(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext=ts", "-"],
    cwd: repositoryPath(""),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await generateFiles())) {
    await Deno.writeTextFile(repositoryPath(path), text);
  }
}
