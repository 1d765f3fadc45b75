import { readClip } from "../functions/support/media.ts";
import type { Checkpoint, Moment } from "./checkpoints.ts";
import { playCrashes } from "./game.ts";
import { assertPublishedOnce, uploadedPost } from "./posting.ts";
import { sha256Hex } from "./sha256.ts";

/** What changes something, and must not when it comes from a host that others have replaced. */
const WRITES = [
  "create_publish_job",
  "claim_due_jobs",
  "begin_post_init",
  "POST /v2/post/publish/video/init/",
  "record_post_init",
  "PUT /video/",
  "finish_job_step",
];

function momentsOf({ name }: Checkpoint): Moment[] {
  // A user looks at his job: the next look is as good.
  if (name === "read_publish_job") return [];
  // A question that was never sent leaves the same behind as an answer that nobody read.
  if (!WRITES.includes(name)) return ["after"];
  return name === "PUT /video/" ? ["before", "amid", "after", "late"] : ["before", "after", "late"];
}

Deno.test("killed at any request of a post and started again, it is published once", async (t) => {
  const clip = await readClip();
  const sha256 = await sha256Hex(clip);
  await playCrashes(t, {
    world: () => ({ tiktok: "outside" }),
    async prepare(world) {
      const path = await world.store("clip.mp4", clip);
      return (key) => uploadedPost(key, path);
    },
    moments: momentsOf,
    check: (world, request, job) => assertPublishedOnce(world, request, job, sha256),
  });
});
