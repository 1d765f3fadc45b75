/** When TikTok says how long to wait, a job waits so long. */

import type { Fault } from "../../local/tiktok/index.ts";
import { equal, ok, same } from "./support/assert.ts";
import { prepareFiles } from "./support/files.ts";
import { videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const INIT = "/v2/post/publish/video/init/";
const STATUS = "/v2/post/publish/status/fetch/";
const CREATOR = "/v2/post/publish/creator_info/query/";
const PUT = "/video/";
/** The functions' answers come by the real clock. */
const inFifteenMinutes = () => new Date(Date.now() + 900_000).toUTCString();

Deno.test("Retry-After", async (t) => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "100" } });
  const { person, small, large } = await prepareFiles(world);
  const lines: [string, Fault, string, number, string][] = [
    ["503 at the init", { path: INIT, kind: "status", status: 503 }, "1200", 1_200, small],
    [
      "429 at the init",
      { path: INIT, kind: "error", code: "rate_limit_exceeded" },
      "300",
      300,
      small,
    ],
    [
      "429 that says less than a minute: a minute all the same",
      { path: INIT, kind: "error", code: "rate_limit_exceeded" },
      "7",
      60,
      small,
    ],
    [
      "429 with a date",
      { path: INIT, kind: "error", code: "rate_limit_exceeded" },
      inFifteenMinutes(),
      890,
      small,
    ],
    [
      "503 when the creator is asked",
      { path: CREATOR, nth: 2, kind: "status", status: 503 },
      "600",
      600,
      small,
    ],
    ["503 at a chunk", { path: PUT, nth: 2, kind: "status", status: 503 }, "450", 450, large],
    ["429 at a status", { path: STATUS, kind: "status", status: 429 }, "200", 200, small],
    ["503 at a status", { path: STATUS, kind: "status", status: 503 }, "200", 200, small],
  ];
  for (const [what, fault, retry_after, seconds, path] of lines) {
    await t.step(what, async () => {
      const connection = await person.connect();
      world.tiktok.faults.add({ ...fault, retry_after } as Fault);
      const { id } = await person.publish(videoPost(connection.id, path));
      await world.host.idle();
      const puts = world.calls(PUT);
      const [row] = await world.host.sql.query(
        `select extract(epoch from next_attempt_at - private.now())::float8 as seconds, failures
           from public.publish_jobs where id = $1`,
        [id],
      );
      const due = Number(row?.seconds);
      ok(due > seconds - 5 && due < seconds + 30, `${due} s`);
      equal(row?.failures, 1);
      await world.skip(due - 10);
      await world.host.cron.tick("tiktok-status-poll");
      equal(world.calls(PUT), puts, "not a second before");
      const job = await person.settle(id);
      same([job.status, job.error], ["published", null]);
    });
  }
});
