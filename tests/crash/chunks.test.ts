import { writeVideo } from "../functions/support/media.ts";
import type { Checkpoint, Moment } from "./checkpoints.ts";
import { everyMoment, playCrashes } from "./game.ts";
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
  await playCrashes(t, {
    world: () => ({ tiktok }),
    async prepare(world) {
      const path = await world.store("long.mp4", await Deno.readFile(file));
      return (key) => uploadedPost(key, path);
    },
    moments,
    check: (world, request, job) => assertPublishedOnce(world, request, job, sha256),
  });
  await Deno.remove(file);
}

/** The first, one in the middle, the last of that name. */
function isTelling({ name, nth }: Checkpoint, all: readonly Checkpoint[]): boolean {
  const count = all.filter((other) => other.name === name).length;
  return nth === 1 || nth === 3 || nth === count;
}

Deno.test("killed between chunks or within one, the upload goes on and is published once", async (t) => {
  await playWithLongVideo(t, "outside", (checkpoint, all) => {
    const uploads = ["PUT /video/", "record_upload_progress"].includes(checkpoint.name);
    return uploads && isTelling(checkpoint, all) ? everyMoment(checkpoint) : [];
  });
});

Deno.test("killed together with the stand-in, as in `deno task start`, it is published once", async (t) => {
  const decisive = [
    "begin_post_init",
    "POST /v2/post/publish/video/init/",
    "record_post_init",
    "PUT /video/",
    "finish_job_step",
    "POST /v2/post/publish/status/fetch/",
  ];
  await playWithLongVideo(t, "inside", (checkpoint, all) => {
    if (!decisive.includes(checkpoint.name) || !isTelling(checkpoint, all)) return [];
    // What was never sent leaves the same behind as the answer before it that nobody read.
    return everyMoment(checkpoint).filter((moment) => moment !== "before");
  });
});
