import assert from "node:assert/strict";
import { readClip } from "../functions/support/media.ts";
import { type Death, everyMoment, playCrashes } from "./game.ts";
import { assertNothingLeft, assertPublishedOnce, postsOf, pulledPost } from "./posting.ts";
import { sha256Hex } from "./sha256.ts";

const INIT = "POST /v2/post/publish/video/init/";

/** What the job knows of its init when it dies there: nobody may ever send it again. */
function diesUnsure({ checkpoint: { name }, moment }: Death): boolean {
  return name === INIT ||
    (name === "begin_post_init" && moment === "after") ||
    (name === "record_post_init" && moment === "before");
}

/** TikTok got the init, or did not: the job can't tell, and we can. */
function reachedTikTok({ checkpoint: { name }, moment }: Death): boolean {
  return name === "record_post_init" || (name === INIT && moment === "after");
}

Deno.test("killed at any request of a pull and started again, it is never posted twice", async (t) => {
  const clip = await readClip();
  const sha256 = await sha256Hex(clip);
  await playCrashes(t, {
    world: () => ({ tiktok: "outside", pulled: clip }),
    prepare: () => Promise.resolve(pulledPost),
    moments: everyMoment,
    async check(world, request, job, death) {
      if (death === null || !diesUnsure(death)) {
        return await assertPublishedOnce(world, request, job, sha256);
      }
      assert.equal(job.status, "unconfirmed", JSON.stringify(job));
      assert.equal(postsOf(world, request).length, reachedTikTok(death) ? 1 : 0);
      assert.equal(job.next_attempt_at, null, "nobody comes back to it");
      await assertNothingLeft(world, request);
    },
  });
});
