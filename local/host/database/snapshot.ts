/**
 * Snapshots of a freshly migrated PGlite.
 *
 * Making a database from nothing takes about three seconds, loading a dump a quarter of one. The
 * dump's name is a hash of everything it was made from, so a changed file gives a new one.
 */
import { createHash, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

const snapshots_kept = 6;
const ending = ".tar.gz";

/** Where a snapshot made from these inputs lives. */
export function snapshotPath(inputs: string[]): string {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(`${input.length}:${input}`);
  const user = Deno.uid() ?? "";
  return `${tmpdir()}/nexus-host-${user}/${hash.digest("hex").slice(0, 32)}${ending}`;
}

/** The snapshot, or `undefined` if there is none that this user made. */
export async function readSnapshot(path: string): Promise<Blob | undefined> {
  try {
    // The temp folder is everybody's: a database made by someone else is not loaded.
    const { uid, isSymlink } = await Deno.lstat(dirname(path));
    if (isSymlink || uid !== Deno.uid()) return undefined;
    return new Blob([await Deno.readFile(path)], { type: "application/x-gzip" });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes beside the place and renames: another process never reads half a file. */
export async function writeSnapshot(path: string, snapshot: Blob): Promise<void> {
  const folder = dirname(path);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = `${path}.${randomUUID()}`;
  await Deno.writeFile(partial, snapshot.stream());
  await Deno.rename(partial, path);
  await prune(folder);
}

/** Each change of a migration makes another snapshot of some 5 MB: the newest few are enough. */
async function prune(folder: string): Promise<void> {
  const found: { path: string; written_at: number }[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    // Files of another ending are half-written ones, of another process that will rename them.
    if (!name.endsWith(ending)) continue;
    const path = `${folder}/${name}`;
    found.push({ path, written_at: (await Deno.stat(path)).mtime?.getTime() ?? 0 });
  }
  found.sort((a, b) => b.written_at - a.written_at);
  for (const { path } of found.slice(snapshots_kept)) await Deno.remove(path);
}
