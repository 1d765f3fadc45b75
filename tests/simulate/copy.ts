/** A copy of what the simulation needs of the repository, to be changed and thrown away. */

const NEEDED = ["supabase", "local", "tests/simulate", "deno.json", "deno.lock", "import_map.json"];

export type Copy = AsyncDisposable & {
  root: URL;
  /** Throws unless `from` occurs exactly once. */
  replace(file: string, from: string, to: string): Promise<void>;
};

export async function copyRepository(): Promise<Copy> {
  const folder = await Deno.makeTempDir({ prefix: "nexus-mutation-" });
  const root = new URL(`file://${folder}/`);
  await Deno.mkdir(new URL("tests", root));
  for (const name of NEEDED) {
    await copy(new URL(`../../${name}`, import.meta.url), new URL(name, root));
  }
  return {
    root,
    async replace(file, from, to) {
      const text = await Deno.readTextFile(new URL(file, root));
      const count = text.split(from).length - 1;
      if (count !== 1) throw new Error(`${file} has ${count} times: ${from}`);
      await Deno.writeTextFile(new URL(file, root), text.replace(from, () => to));
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function copy(from: URL, to: URL): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(
      new URL(`${from}/${encodeURIComponent(name)}`),
      new URL(`${to}/${encodeURIComponent(name)}`),
    );
  }
}
