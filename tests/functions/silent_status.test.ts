/** What TikTok never says an end of: asked about ever more rarely, and given up after a week, not before. */

import { equal, match, ok, same } from "./support/assert.ts";
import { readClip, videoPost } from "./support/media.ts";
import { startWorld, type World } from "./support/world.ts";

const STATUS = "/v2/post/publish/status/fetch/";
const TICK = "tiktok-status-poll";
const DAY = 86_400;

const answering = (status: string) => ({
  path: STATUS,
  kind: "garbage" as const,
  body: JSON.stringify({ data: { status }, error: { code: "ok", message: "", log_id: "1" } }),
  times: 10_000,
});

/** A tick whenever something is due, until so many seconds have passed. */
async function pass(world: World, seconds: number): Promise<void> {
  const until = world.ahead_seconds + seconds;
  while (world.ahead_seconds < until) {
    const [row] = await world.host.sql.query<{ seconds: number | null }>(
      `select ceil(extract(epoch from min(next_attempt_at) - private.now()))::float8 as seconds
         from public.publish_jobs where next_attempt_at is not null`,
    );
    const due_in = row?.seconds ?? Infinity;
    await world.skip(Math.min(Math.max(due_in, 1), until - world.ahead_seconds));
    await world.schedule.post(TICK, {});
  }
}

for (const status of ["IN_REVIEW", "PROCESSING_UPLOAD"]) {
  Deno.test(`a post that stays ${status} for a week fails, and says that it may be there`, async () => {
    await using world = await startWorld();
    const person = await world.person();
    const connection = await person.connect();
    const path = await person.upload("clip.mp4", await readClip());
    world.tiktok.faults.add(answering(status));
    const { id } = await person.publish(videoPost(connection.id, path));
    await world.host.idle();

    await pass(world, 6.9 * DAY);
    const waiting = await person.job(id);
    same([waiting.status, waiting.error], ["processing", null]);
    const asked = world.calls(STATUS);
    ok(asked > 20 && asked < 1_000, `asked ${asked} times in a week`);

    await pass(world, 0.3 * DAY);
    const given_up = await person.job(id);
    same([given_up.status, given_up.error?.code], ["failed", "tiktok_unavailable"]);
    match(given_up.error?.detail ?? "", /Look at the account before posting again/);
    equal(given_up.next_attempt_at, null);
    equal(world.calls("/v2/post/publish/video/init/"), 1, "and it was never begun anew");
  });
}
