/** An upload that was left off goes on where it was: in the same upload, with the chunk that lacks. */

import { equal, same } from "./support/assert.ts";
import { prepareFiles } from "./support/files.ts";
import { videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

Deno.test("an upload left off at its third chunk is resumed by the schedule, there", async () => {
  await using world = await startWorld();
  const { person, large, large_sha256 } = await prepareFiles(world);
  const connection = await person.connect();
  // One try and its repetition: then the job takes a pause, and another invocation has it.
  world.tiktok.faults.add({ path: "/video/", nth: 3, kind: "status", status: 503, times: 2 });
  const job = await person.publish(videoPost(connection.id, large));
  await world.host.idle();
  const left = await person.job(job.id);
  same([left.status, left.bytes_sent], ["uploading", 20_000_000]);
  const done = await person.settle(job.id);
  same([done.status, world.tiktok.state.inits], ["published", 1]);
  equal(world.tiktok.state.posts[0]?.sha256, large_sha256);
  const puts = world.tiktok.state.uploads.flatMap(({ puts }) => puts);
  const firsts = puts.filter(({ status }) => status < 300).map(({ first }) => first);
  same(firsts, firsts.map((_, index) => index * 10_000_000));
  equal(puts.filter(({ first }) => first === 0).length, 1, "the first chunk was sent again");
});
