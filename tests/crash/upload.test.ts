import { readClip } from "../functions/support/media.ts";
import type { Checkpoint, Moment } from "./checkpoints.ts";
import { startDatabases } from "./databases.ts";
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
  // What was never sent leaves the same behind as the answer before it that nobody read. Only what
  // acts on TikTok is tried both ways all the same.
  if (!WRITES.includes(name)) return ["after"];
  if (name === "PUT /video/") return ["before", "amid", "after", "late"];
  return name.startsWith("POST ") ? ["before", "after", "late"] : ["after", "late"];
}

const databases = await startDatabases();
Deno.test.afterAll(() => databases.stop());

Deno.test(`on ${databases.name}, killed at any request of a post, it is published once`, async (t) => {
  const clip = await readClip();
  const sha256 = await sha256Hex(clip);
  await playCrashes(t, {
    world: async () => ({ tiktok: "outside", database_url: await databases.create() }),
    async prepare(world) {
      const path = await world.store("clip.mp4", clip);
      return (key) => uploadedPost(key, path);
    },
    moments: momentsOf,
    check: (world, request, job) => assertPublishedOnce(world, request, job, sha256),
  });
});
