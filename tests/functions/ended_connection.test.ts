/** What becomes of posts whose connection ends, or waits for its user. */

import { equal, isProblem, same } from "./support/assert.ts";
import { readClip, videoPost } from "./support/media.ts";
import type { Person } from "./support/person.ts";
import { startWorld, type World } from "./support/world.ts";

const HOUR = 3600;
const DAY = 86_400;
const POLL = "tiktok-status-poll";

async function postLater(world: World, person: Person, seconds: number) {
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const path = await person.upload("clip.mp4", await readClip());
  const [row] = await world.host.sql.query<{ at: string }>(
    "select private.iso(private.now() + make_interval(secs => $1::float8)) as at",
    [seconds],
  );
  const job = await person.publish(videoPost(connection.id, path, { scheduled_at: row!.at }));
  return { account, connection, path, job };
}

Deno.test("while the user must reconnect, his posts wait, seven days at most", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  await t.step("reconnecting brings the post forward", async () => {
    const { account, connection, job } = await postLater(world, person, 3 * HOUR);
    world.tiktok.users.removeAuthorization(account);
    await world.skip(2 * HOUR);
    await world.host.cron.tick("tiktok-refresh");
    await world.skip(2 * HOUR);
    await world.host.cron.tick(POLL);
    same([(await person.job(job.id)).status, world.tiktok.state.inits], ["queued", 0]);
    equal((await person.connect({ account })).id, connection.id);
    equal((await person.settle(job.id)).status, "published");
  });
  await t.step("after seven days it has failed, and is counted so", async () => {
    const { account, connection, job } = await postLater(world, person, HOUR);
    world.tiktok.users.removeAuthorization(account);
    isProblem(
      await person.get(`tiktok-creator?connection_id=${connection.id}`),
      409,
      "reconnect_required",
    );
    for (let day = 0; day < 6; day++) {
      await world.skip(DAY);
      equal((await world.schedule.post(POLL, {})).body.failed, 0);
    }
    equal((await person.job(job.id)).status, "queued");
    await world.skip(DAY + 60);
    const { body } = await world.schedule.post(POLL, {});
    same([body.claimed, body.failed], [1, 1]);
    const failed = await person.job(job.id);
    same([failed.status, failed.error?.code], ["failed", "reconnect_required"]);
  });
  await t.step("a new post of such a connection is 409", async () => {
    const { account, connection, path } = await postLater(world, person, HOUR);
    world.tiktok.users.removeAuthorization(account);
    isProblem(
      await person.post("tiktok-publish", videoPost(connection.id, path)),
      409,
      "reconnect_required",
    );
  });
});

Deno.test("disconnecting", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const end = (connection_id: string) => person.post("tiktok-disconnect", { connection_id });
  await t.step("an unstarted post is cancelled, and the tokens are gone", async () => {
    const { account, connection, job } = await postLater(world, person, HOUR);
    const { status, body } = await end(connection.id);
    same([status, body.connection.status, body.connection.id], [
      200,
      "disconnected",
      connection.id,
    ]);
    equal((await person.job(job.id)).status, "cancelled");
    const [row] = await world.host.sql.query(
      "select access_token_sealed, refresh_token_sealed from public.platform_connections where id = $1",
      [connection.id],
    );
    same(row, { access_token_sealed: null, refresh_token_sealed: null });
    equal(world.calls("/v2/oauth/revoke/"), 1);
    isProblem(
      await person.get(`tiktok-creator?connection_id=${connection.id}`),
      409,
      "reconnect_required",
    );
    await world.skip(2 * HOUR);
    await world.host.cron.tick(POLL);
    equal(world.tiktok.state.inits, 0);
    equal((await person.connect({ account })).id, connection.id);
  });
  await t.step("one on its way has failed", async () => {
    const { connection, path } = await postLater(world, person, 30 * DAY);
    const job = await person.publish(videoPost(connection.id, path));
    await world.host.idle();
    equal((await person.job(job.id)).status, "processing");
    equal((await end(connection.id)).status, 200);
    const failed = await person.job(job.id);
    same([failed.status, failed.error?.code], ["failed", "reconnect_required"]);
  });
  await t.step("another user's connection is 404, and lives on", async () => {
    const { connection } = await postLater(world, person, HOUR);
    const other = await world.person();
    isProblem(
      await other.post("tiktok-disconnect", { connection_id: connection.id }),
      404,
      "not_found",
    );
    equal((await person.get(`tiktok-creator?connection_id=${connection.id}`)).status, 200);
  });
});
