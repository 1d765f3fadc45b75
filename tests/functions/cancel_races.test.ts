/** A cancel that comes while somebody acts: either nothing is posted, or the caller is told that it may be. */

import type { Fault } from "../../local/tiktok/index.ts";
import { equal, isProblem, ok, same } from "./support/assert.ts";
import { prepareFiles } from "./support/files.ts";
import { pullPost, videoPost } from "./support/media.ts";
import { CDN, pullable } from "./support/pulls.ts";
import { startWorld, type World } from "./support/world.ts";

const INIT = "/v2/post/publish/video/init/";
const CANCEL = "/v2/post/publish/cancel/";
const PUT = "/video/";

/** Holds up one request to TikTok: `reached` once it has come, and it goes on with `release`. */
function holdUp(world: World, fault: { path: string; nth?: number }) {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const until = {
    then: (...then: Parameters<Promise<void>["then"]>) => (
      reached.resolve(), released.promise.then(...then)
    ),
  };
  world.tiktok.faults.add({ ...fault, kind: "wait", until: until as Promise<void> } as Fault);
  return { reached: reached.promise, release: () => released.resolve() };
}

Deno.test("a cancel that comes", async (t) => {
  const web = { answers_after: Promise.resolve() };
  await using world = await startWorld({
    tiktok_options: pullable(web),
    env: { TIKTOK_DAILY_POST_LIMIT: "100" },
  });
  const { person, small, large } = await prepareFiles(world);
  const cancel = (id: string) => person.delete(`tiktok-publish?job_id=${id}`);
  const connect = async () => {
    const account = world.takeAccount();
    const { id } = await person.connect({ account });
    const posts = () => world.tiktok.state.posts.filter(({ open_id }) => open_id === account);
    const puts = () => world.calls(PUT, account);
    return { id, posts, puts };
  };

  await t.step("while an upload's init is on its way: no byte is sent", async () => {
    const connection = await connect();
    const init = holdUp(world, { path: INIT });
    const { id } = await person.publish(videoPost(connection.id, small));
    await init.reached;
    const answer = await cancel(id);
    same([answer.status, answer.body.job.status], [200, "cancelled"]);
    init.release();
    await world.host.idle();
    await world.skip(600);
    await world.schedule.post("tiktok-status-poll", {});
    equal((await person.job(id)).status, "cancelled");
    same([connection.puts(), connection.posts().length], [0, 0]);
  });
  await t.step("while a pull's init is on its way: it may be posted, and is followed", async () => {
    const connection = await connect();
    const init = holdUp(world, { path: INIT });
    const { id } = await person.publish(pullPost(connection.id, `${CDN}a.mp4`));
    await init.reached;
    isProblem(await cancel(id), 409, "not_cancellable");
    init.release();
    equal((await person.settle(id)).status, "published");
    equal(connection.posts().length, 1);
  });
  await t.step("between two chunks: none follows", async () => {
    const connection = await connect();
    const chunk = holdUp(world, { path: PUT, nth: 2 });
    const { id } = await person.publish(videoPost(connection.id, large));
    await chunk.reached;
    const answer = await cancel(id);
    same([answer.status, answer.body.job.status], [200, "cancelled"]);
    chunk.release();
    await world.host.idle();
    same([connection.puts(), connection.posts().length], [2, 0]);
    equal((await person.job(id)).status, "cancelled");
  });
  await t.step(
    "while the last chunk is on its way: TikTok is asked, and it is too late",
    async () => {
      const connection = await connect();
      const chunk = holdUp(world, { path: PUT, nth: 6 });
      const before = world.calls(CANCEL);
      const { id } = await person.publish(videoPost(connection.id, large));
      await chunk.reached;
      isProblem(await cancel(id), 409, "not_cancellable");
      equal(world.calls(CANCEL), before + 1);
      chunk.release();
      equal((await person.settle(id)).status, "published");
      equal(connection.posts().length, 1);
    },
  );
  await t.step("to a pull, whose answer is lost: TikTok's status tells it later", async () => {
    const connection = await connect();
    const fetched = Promise.withResolvers<void>();
    web.answers_after = fetched.promise;
    const { id } = await person.publish(pullPost(connection.id, `${CDN}slow.mp4`));
    await world.host.idle();
    world.tiktok.faults.add({ path: CANCEL, kind: "lose_reply" });
    isProblem(await cancel(id), 503, "tiktok_unavailable");
    equal((await person.job(id)).status, "processing");
    fetched.resolve();
    web.answers_after = Promise.resolve();
    const job = await person.settle(id);
    same([job.status, job.error], ["cancelled", null]);
    equal(connection.posts().length, 0);
  });
  await t.step("twice at once to a pull: it is cancelled, at TikTok and here", async () => {
    const connection = await connect();
    const fetched = Promise.withResolvers<void>();
    web.answers_after = fetched.promise;
    const { id } = await person.publish(pullPost(connection.id, `${CDN}slow.mp4`));
    await world.host.idle();
    const answers = await Promise.all([cancel(id), cancel(id)]);
    fetched.resolve();
    await world.tiktok.pullsDone();
    // The second may find it cancelled, or TikTok no longer willing.
    const statuses = answers.map(({ status }) => status);
    ok(statuses.includes(200) && statuses.every((status) => status === 200 || status === 409));
    equal((await person.job(id)).status, "cancelled");
    equal(connection.posts().length, 0);
  });
});
