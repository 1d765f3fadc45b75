import { writeVideo } from "../functions/support/media.ts";
import type { Checkpoint, Moment } from "./checkpoints.ts";
import { playCrashes } from "./game.ts";
import { assertPublishedOnce, uploadedPost } from "./posting.ts";
import type { WorldOptions } from "./world.ts";

/** Five chunks: below 50,000,000 bytes there is but one. */
const LONG_BYTES = 52_000_000;

async function playWithLongVideo(
  t: Deno.TestContext,
  tiktok: WorldOptions["tiktok"],
  moments: (checkpoint: Checkpoint, all: readonly Checkpoint[]) => Moment[],
): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".mp4" });
  const sha256 = await writeVideo(file, LONG_BYTES);
  try {
    await playCrashes(t, {
      world: () => ({ tiktok }),
      async prepare(world) {
        const path = await world.store("long.mp4", await Deno.readFile(file));
        return (key) => uploadedPost(key, path);
      },
      moments,
      check: (world, request, job) => assertPublishedOnce(world, request, job, sha256),
    });
  } finally {
    await Deno.remove(file);
  }
}

/** The `nth` of each name, counted from 1, or from the end. */
function isOneOf({ name, nth }: Checkpoint, all: readonly Checkpoint[], wanted: number[]): boolean {
  const count = all.filter((other) => other.name === name).length;
  return wanted.includes(nth) || wanted.includes(nth - count - 1);
}

Deno.test("killed between chunks or within one, the upload goes on and is published once", async (t) => {
  await playWithLongVideo(t, "outside", (checkpoint, all) => {
    switch (checkpoint.name) {
      case "PUT /video/":
        if (isOneOf(checkpoint, all, [-1])) return ["before", "amid", "after"];
        return isOneOf(checkpoint, all, [3]) ? ["amid", "after"] : [];
      case "record_upload_progress":
        // With the last one goes the intent: the chunk that follows is the one that makes the post.
        if (isOneOf(checkpoint, all, [-1])) return ["before", "after"];
        return isOneOf(checkpoint, all, [2]) ? ["before", "after", "late"] : [];
      default:
        return [];
    }
  });
});

Deno.test("killed together with the stand-in, as in `deno task start`, it is published once", async (t) => {
  // What was never sent leaves the same behind as the answer before it that nobody read.
  await playWithLongVideo(t, "inside", (checkpoint, all) => {
    switch (checkpoint.name) {
      case "begin_post_init":
      case "POST /v2/post/publish/video/init/":
      case "record_post_init":
        return ["after"];
      case "PUT /video/":
        return isOneOf(checkpoint, all, [3, -1]) ? ["amid", "after"] : [];
      case "finish_job_step":
        return isOneOf(checkpoint, all, [1, -1]) ? ["after"] : [];
      case "POST /v2/post/publish/status/fetch/":
        return isOneOf(checkpoint, all, [1]) ? ["after"] : [];
      default:
        return [];
    }
  });
});
