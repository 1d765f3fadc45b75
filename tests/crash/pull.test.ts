import assert from "node:assert/strict";
import { readClip } from "../functions/support/media.ts";
import { startDatabases } from "./databases.ts";
import { type Death, playCrashes } from "./game.ts";
import { assertNothingLeft, assertPublishedOnce, postsOf, pulledPost, settle } from "./posting.ts";
import { sha256Hex } from "./sha256.ts";

/** Around the one request that may never be sent twice. The rest is as with an upload. */
const INIT = "POST /v2/post/publish/video/init/";
const DECISIVE = ["begin_post_init", INIT, "record_post_init"];

/** What the job knows of its init when it dies there: nobody may ever send it again. */
function diesUnsure({ checkpoint: { name }, moment }: Death): boolean {
  return name === INIT ||
    (name === "begin_post_init" && moment === "after") ||
    (name === "record_post_init" && moment !== "after");
}

/** TikTok got the init, or did not: the job can't tell, and we can. */
function reachedTikTok({ checkpoint: { name }, moment }: Death): boolean {
  return name === "record_post_init" || (name === INIT && moment !== "before");
}

const databases = await startDatabases();
Deno.test.afterAll(() => databases.stop());

Deno.test(`on ${databases.name}, killed at any request of a pull, it is never posted twice`, async (t) => {
  const clip = await readClip();
  const sha256 = await sha256Hex(clip);
  await playCrashes(t, {
    world: async () => ({
      tiktok: "outside",
      pulled: clip,
      database_url: await databases.create(),
    }),
    prepare: () => Promise.resolve(pulledPost),
    moments: ({ name, nth }) => {
      if (DECISIVE.includes(name)) return ["before", "after", "late"];
      return name === "finish_job_step" && nth === 1 ? ["before", "after"] : [];
    },
    async check(world, request, job, death) {
      if (death === null || !diesUnsure(death)) {
        return await assertPublishedOnce(world, request, job, sha256);
      }
      assert.equal(job.status, "unconfirmed", JSON.stringify(job));
      if (death.checkpoint.name === "record_post_init" && death.moment === "late") {
        // What came of it was written after all.
        return await assertPublishedOnce(world, request, await settle(world, job.id), sha256);
      }
      await world.pullsDone();
      assert.equal(postsOf(world, request).length, reachedTikTok(death) ? 1 : 0);
      assert.equal(job.next_attempt_at, null, "nobody comes back to it");
      await assertNothingLeft(world, request);
    },
  });
});
