import { readClip } from "../functions/support/media.ts";
import { isIgnored, startPostgres } from "../support/postgres.ts";
import { playCrashes } from "./game.ts";
import { assertPublishedOnce, uploadedPost } from "./posting.ts";
import { sha256Hex } from "./sha256.ts";

/** Where a database that lives on shows what PGlite, which dies with the host, does not. */
const WRITES = ["create_publish_job", "begin_post_init", "record_post_init", "finish_job_step"];

const server = await startPostgres();
const what = "killed on a PostgreSQL server and started again, it is published once";

Deno.test({
  name: isIgnored(server) ? `${what} (${server.ignored})` : what,
  ignore: isIgnored(server),
  async fn(t) {
    if (isIgnored(server)) return;
    try {
      const clip = await readClip();
      const sha256 = await sha256Hex(clip);
      let databases = 0;
      await playCrashes(t, {
        // Not the one where pg_cron runs: nothing else may tick while a checkpoint is awaited.
        world: async () => ({
          tiktok: "outside",
          database_url: await server.createDatabase(`crash_${++databases}`),
        }),
        async prepare(world) {
          const path = await world.store("clip.mp4", clip);
          return (key) => uploadedPost(key, path);
        },
        moments: ({ name, nth }) => WRITES.includes(name) && nth === 1 ? ["before", "after"] : [],
        check: (world, request, job) => assertPublishedOnce(world, request, job, sha256),
      });
    } finally {
      await server.stop();
    }
  },
});
