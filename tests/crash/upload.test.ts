import { readClip } from "../functions/support/media.ts";
import { everyMoment, playCrashes } from "./game.ts";
import { assertPublishedOnce, uploadedPost } from "./posting.ts";
import { sha256Hex } from "./sha256.ts";

Deno.test("killed at any request of a post and started again, it is published once", async (t) => {
  const clip = await readClip();
  const sha256 = await sha256Hex(clip);
  await playCrashes(t, {
    world: () => ({ tiktok: "outside" }),
    async prepare(world) {
      const path = await world.store("clip.mp4", clip);
      return (key) => uploadedPost(key, path);
    },
    moments: everyMoment,
    check: (world, request, job) => assertPublishedOnce(world, request, job, sha256),
  });
});
