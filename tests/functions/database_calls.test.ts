/** What a request costs the database: calls, counted on the wire. */

import { watchDatabase } from "../connections/support.ts";
import { same } from "./support/assert.ts";
import { readClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

Deno.test("calls to the database a request", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  using watch = watchDatabase();
  /** Of the request alone: what goes on in the background comes after its answer. */
  const callsOf = async (request: () => Promise<unknown>) => {
    watch.calls.length = 0;
    await request();
    const calls = [...watch.calls];
    await world.host.idle();
    return calls;
  };
  const later = { scheduled_at: new Date(Date.now() + 86_400_000).toISOString() };
  let job_id = "";

  await t.step("a post: two", async () => {
    const calls = await callsOf(async () => {
      job_id = (await person.publish(videoPost(connection.id, path, later))).id;
    });
    same(calls.slice(0, 2), ["open_publish_job", "create_publish_job"]);
    // The third is the background's, which may have begun before the answer was read.
    same(calls.slice(2).filter((name) => name !== "claim_due_jobs"), []);
  });
  await t.step("a draft: two", async () => {
    const calls = await callsOf(() => person.publish(videoDraft(connection.id, path, later)));
    same(calls.slice(0, 2), ["open_publish_job", "create_publish_job"]);
    same(calls.slice(2).filter((name) => name !== "claim_due_jobs"), []);
  });
  await t.step("a dry run: one", async () => {
    const dry = videoPost(connection.id, path, { dry_run: true });
    same(await callsOf(() => person.post("tiktok-publish", dry)), ["open_publish_job"]);
  });
  await t.step("a look at a job: one", async () => {
    same(await callsOf(() => person.job(job_id)), ["read_publish_job"]);
  });
  await t.step("the creator: one", async () => {
    const ask = () => person.get(`tiktok-creator?connection_id=${connection.id}`);
    same(await callsOf(ask), ["lease_tokens_for_call"]);
  });
  await t.step("a cancel: one", async () => {
    same(await callsOf(() => person.delete(`tiktok-publish?job_id=${job_id}`)), [
      "cancel_publish_job",
    ]);
  });
  await t.step("a disconnect: three, of which two are the revocation", async () => {
    const calls = await callsOf(() =>
      person.post("tiktok-disconnect", { connection_id: connection.id })
    );
    same(calls[0], "disconnect_connection");
    same(calls.length <= 3, true, calls.join(", "));
  });
});
