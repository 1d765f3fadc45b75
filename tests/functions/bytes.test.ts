/** Files arrive to the byte, in the chunks of the plan, and cost the uploader no memory. */

import { equal, ok, same } from "./support/assert.ts";
import type { UploaderReport } from "./fixtures/uploader.ts";
import type { Person } from "./support/person.ts";
import { videoPost, writeVideo } from "./support/media.ts";
import { startWorld, type World } from "./support/world.ts";

const MB = 1_000_000;
/** Sizes and the PUTs that the contract plans: whole below 50 MB, else chunks of 10 MB, the rest last. */
const FILES: [string, number, number[]][] = [
  ["4 MB, below TikTok's smallest chunk", 4_194_304, [4_194_304]],
  ["12 MB", 12 * MB + 345, [12 * MB + 345]],
  ["one byte below 50 MB", 50 * MB - 1, [50 * MB - 1]],
  ["50 MB", 50 * MB, Array(5).fill(10 * MB)],
  ["150 MB and a bit", 150 * MB + 123, [...Array(14).fill(10 * MB), 10 * MB + 123]],
];
/**
 * What the runtime has not swept up yet grows to some 25 MB over the idle process, for 1 GB as for
 * 150 MB (101 MB in all, 76 of them idle, measured on Deno 2.9.6). A file in memory would show.
 */
const MOST_GROWTH_BYTES = 20 * MB;
/** An edge function has 256 MB. */
const MOST_RSS_BYTES = 140 * MB;
/** An edge function's whole request has 2 s. */
const MOST_CPU_MS = 2_000;

async function uploadTo(
  person: Person,
  size_bytes: number,
): Promise<{ path: string; sha256: string }> {
  const file = await Deno.makeTempFile();
  try {
    const sha256 = await writeVideo(file, size_bytes);
    const { readable } = await Deno.open(file);
    return { path: await person.upload(`${size_bytes}.mp4`, readable, size_bytes), sha256 };
  } finally {
    await Deno.remove(file);
  }
}

/** One tick in a process that has nothing but the function in it. */
async function tickApart(): Promise<UploaderReport> {
  const script = new URL("fixtures/uploader.ts", import.meta.url).pathname;
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const line = text.split("\n").find((line) => line.startsWith("report "));
  if (!success || line === undefined) throw new Error(text + new TextDecoder().decode(stderr));
  return JSON.parse(line.slice("report ".length));
}

async function postInADay(world: World, person: Person, path: string) {
  const connection = await person.connect();
  const job = await person.publish(videoPost(connection.id, path, {
    scheduled_at: new Date(Date.now() + 400 * 86_400_000).toISOString(),
  }));
  await world.host.sql.query(
    "update public.publish_jobs set next_attempt_at = private.now() where id = $1",
    [job.id],
  );
  return job;
}

Deno.test("files of any size arrive to the byte", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const peaks: number[] = [];
  for (const [what, size_bytes, plan] of FILES) {
    await t.step(what, async () => {
      const { path, sha256 } = await uploadTo(person, size_bytes);
      const job = await postInADay(world, person, path);
      const report = await tickApart();
      equal(report.status, 200, JSON.stringify(report.answer));
      same(report.answer, {
        claimed: 1,
        published: 0,
        sent_to_inbox: 0,
        failed: 0,
        unconfirmed: 0,
        waiting: 1,
      });
      const done = await person.settle(job.id);
      same([done.status, done.bytes_sent, done.attempts], ["published", size_bytes, 1]);
      const post = world.tiktok.state.posts.find(({ publish_id }) =>
        publish_id === done.publish_id
      );
      same([post?.size_bytes, post?.sha256], [size_bytes, sha256]);

      const { puts } = world.tiktok.state.uploads.find(({ publish_id }) =>
        publish_id === done.publish_id
      )!;
      same(puts.map(({ content_length }) => Number(content_length)), plan);
      let first = 0;
      for (const put of puts) {
        same([put.transfer_encoding, put.first, put.total], [null, first, size_bytes]);
        same(put.last, first + Number(put.content_length) - 1);
        first = put.last! + 1;
      }
      same(puts.map(({ status }) => status), [...Array(plan.length - 1).fill(206), 201]);

      peaks.push(report.peak_rss_bytes);
      ok(report.peak_rss_bytes < MOST_RSS_BYTES, `${report.peak_rss_bytes} bytes resident`);
      ok(report.cpu_ms < MOST_CPU_MS, `${report.cpu_ms} ms of CPU`);
    });
  }
  await t.step("100 MB more to send cost the uploader no memory to speak of", () => {
    const [, , whole = 0, chunked = 0, longest = 0] = peaks;
    const shown = peaks.map((bytes) => `${(bytes / MB).toFixed(1)} MB`).join(", ");
    ok(longest > 0 && longest - whole < MOST_GROWTH_BYTES, shown);
    ok(longest - chunked < MOST_GROWTH_BYTES, shown);
  });
});
