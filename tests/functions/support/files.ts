/** A user with a small and a large file in Storage, for tests of uploads. */

import { readClip, writeVideo } from "./media.ts";
import type { Person } from "./person.ts";
import type { World } from "./world.ts";

/** Six chunks by the contract's plan. */
const CHUNKED_BYTES = 60_000_000;

export type Files = { person: Person; small: string; large: string; large_sha256: string };

export async function prepareFiles(world: World): Promise<Files> {
  const person = await world.person();
  const small = await person.upload("clip.mp4", await readClip());
  const file = await Deno.makeTempFile();
  try {
    const large_sha256 = await writeVideo(file, CHUNKED_BYTES);
    const large = await person.upload("large.mp4", (await Deno.open(file)).readable, CHUNKED_BYTES);
    return { person, small, large, large_sha256 };
  } finally {
    await Deno.remove(file);
  }
}
