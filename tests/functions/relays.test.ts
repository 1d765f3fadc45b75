/** Videos that we fetch from an address and upload: what the source does wrong never reaches TikTok. */

import { equal, isProblem, match, ok, pathsOf, same } from "./support/assert.ts";
import { videoPost, writeVideo } from "./support/media.ts";
import { type Misbehaviour, serveFile } from "./support/source.ts";
import { startWorld } from "./support/world.ts";

const PUT = "/video/";
/** Five chunks, the last one of 12 MB. */
const SIZE_BYTES = 52_000_000;

Deno.test("a relayed video", async (t) => {
  const file = await Deno.makeTempFile({ suffix: ".mp4" });
  const sha256 = await writeVideo(file, SIZE_BYTES);
  await using source = serveFile(file);
  await using world = await startWorld({
    env: { MEDIA_ALLOWED_HOSTS: source.host, TIKTOK_DAILY_POST_LIMIT: "100" },
  });
  const person = await world.person();
  const relay = (connection_id: string) => ({
    ...videoPost(connection_id, ""),
    media: { type: "video", source: { kind: "url", url: source.url, transfer: "relay" } },
  });
  /** Takes a post, with nothing done about it yet. */
  const take = async () => {
    source.behave();
    const account = world.takeAccount();
    const connection = await person.connect({ account });
    const job = await person.publish({
      ...relay(connection.id),
      scheduled_at: new Date(Date.now() + world.ahead_seconds * 1000 + 60_000).toISOString(),
    });
    return { job, account };
  };

  let preflight_requests = 0;
  await t.step("arrives to the byte", async () => {
    const { job, account } = await take();
    source.behave();
    const done = await person.settle(job.id);
    equal(done.status, "published");
    same(
      world.tiktok.state.posts.filter(({ open_id }) => open_id === account)
        .map((post) => post.sha256),
      [sha256],
    );
    // Its ETag tells that it is the file whose index was read when the post was taken.
    preflight_requests = source.asked() - 5;
    equal(preflight_requests, 1);
  });

  /** One chunk's source misbehaves `times` times in a row; TikTok then has one whole file, or nothing. */
  const lines: [string, Misbehaviour, number, "published" | "failed"][] = [
    ["answers one part with the whole file", "whole", 1, "published"],
    ["answers every part with the whole file from then on", "whole", Infinity, "failed"],
    ["is cut off in the middle of a part", "cut", 1, "published"],
    ["is cut off four times", "cut", 4, "published"],
    ["says once that the file is gone", "missing", 1, "published"],
    ["says that the file is gone", "missing", Infinity, "failed"],
    ["is away for a while", "unavailable", 4, "published"],
    ["has become shorter", "shortened", Infinity, "failed"],
    ["has become another file", "changed", 1, "failed"],
    ["answers with another part", "elsewhere", 1, "failed"],
    ["sends more than was asked for, once", "endless", 1, "published"],
  ];
  for (const [what, how, times, end] of lines) {
    await t.step(`whose source ${what}: ${end}`, async () => {
      const { job, account } = await take();
      // The third chunk.
      source.misbehave(how, preflight_requests + 3, times);
      const done = await person.settle(job.id);
      equal(done.status, end, JSON.stringify(done.error));
      const posts = world.tiktok.state.posts.filter(({ open_id }) => open_id === account);
      same(posts.map((post) => post.sha256), end === "published" ? [sha256] : []);
      equal(done.attempts, 1, "the upload goes on where it was, with the same init");
      if (end === "published") return equal(done.error, null);
      same([done.error?.code, done.error?.errors?.map(({ path }) => path)], [
        "media_rejected",
        ["media.source.url"],
      ]);
      ok(done.bytes_sent === 20_000_000, "what had come before is at TikTok");
      ok(source.asked() <= preflight_requests + 5, "and it is not asked for hours");
    });
  }
  await t.step("no PUT ever held anything but the part that was announced", () => {
    for (const { puts } of world.tiktok.state.uploads) {
      for (const { status, first, last, content_length } of puts) {
        if (status === 201 || status === 206) equal(Number(content_length), last! - first! + 1);
      }
    }
  });
  await t.step("whose upload address expires is begun anew, from the first byte", async () => {
    const { job, account } = await take();
    world.tiktok.faults.add({ path: PUT, nth: 4, kind: "expire_upload" });
    const done = await person.settle(job.id);
    same([done.status, done.attempts], ["published", 2]);
    same(
      world.tiktok.state.posts.filter(({ open_id }) => open_id === account)
        .map((post) => post.sha256),
      [sha256],
    );
  });
  await t.step("that cannot be read in parts at all is refused when it is posted", async () => {
    const connection = await person.connect();
    source.misbehave("whole", 1, Infinity);
    const answer = await person.post("tiktok-publish", relay(connection.id));
    isProblem(answer, 422, "media_rejected");
    same(pathsOf(answer), ["media.source.url"]);
    ok(source.sent_bytes() < 10_000_000, "and was not read to its end");
  });
  await t.step(
    "whose source never ends is refused, and read no further than asked for",
    async () => {
      const connection = await person.connect();
      for (const nth of [1, 2]) {
        source.misbehave("endless", nth, Infinity);
        const answer = await person.post("tiktok-publish", relay(connection.id));
        isProblem(answer, 422, "media_rejected");
        same(pathsOf(answer), ["media.source.url"]);
        same(
          await world.host.sql.query("select 1 from public.publish_jobs where connection_id = $1", [
            connection.id,
          ]),
          [],
        );
        // What the sockets hold is sent as well.
        ok(source.sent_bytes() < 20_000_000, `${source.sent_bytes()} bytes`);
      }
    },
  );
  await t.step("is told in a dry run how it would go", async () => {
    const connection = await person.connect();
    source.behave();
    const { body } = await person.post("tiktok-publish", {
      ...relay(connection.id),
      dry_run: true,
    });
    const [transfer] = body.checks.filter(({ name }: { name: string }) => name === "transfer");
    same([transfer.ok, transfer.severity, transfer.path], [true, "advice", "media.source.url"]);
    match(transfer.message, /from its address to TikTok in 5 chunks of 10 MB/);
  });
  await Deno.remove(file);
});
