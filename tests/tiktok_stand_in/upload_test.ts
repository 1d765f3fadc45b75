import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Bench, put, randomBytes, startBench, table, whole } from "./harness.ts";

const MB = 1_000_000;

async function begin(bench: Bench, size_bytes: number, chunk_size = size_bytes) {
  const { access_token } = await bench.connect();
  const made = await bench.init(access_token, {
    ...whole(size_bytes),
    chunk_size,
    total_chunk_count: Math.floor(size_bytes / chunk_size),
  });
  return { access_token, ...made };
}

Deno.test("chunks in a row are the file, to the byte", async () => {
  await using bench = await startBench();
  const bytes = randomBytes(13 * MB);
  const { upload_url, publish_id } = await begin(bench, bytes.length, 6 * MB);
  const first = await put(upload_url, bytes.subarray(0, 6 * MB), 0, bytes.length);
  assert.deepEqual(first, { status: 206, content_range: "bytes 0-6000000/13000000" });
  const last = await put(upload_url, bytes.subarray(6 * MB), 6 * MB, bytes.length);
  assert.deepEqual(last, { status: 201, content_range: "bytes 0-13000000/13000000" });
  const [post] = bench.tiktok.state.posts;
  assert.equal(post?.publish_id, publish_id);
  assert.equal(post.size_bytes, bytes.length);
  assert.equal(post.sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.deepEqual(Deno.readFileSync(post.file_path), bytes);
  assert.deepEqual(
    bench.tiktok.state.uploads[0]?.puts.map(({ first, last, total, status, content_length }) => [
      first,
      last,
      total,
      status,
      content_length,
    ]),
    [[0, 6 * MB - 1, 13 * MB, 206, "6000000"], [6 * MB, 13 * MB - 1, 13 * MB, 201, "7000000"]],
  );
});

Deno.test("progress may be told as the last index instead", async () => {
  await using bench = await startBench({ upload_progress: "last_index" });
  const bytes = randomBytes(11 * MB);
  const { upload_url } = await begin(bench, bytes.length, 5.5 * MB);
  const answer = await put(upload_url, bytes.subarray(0, 5.5 * MB), 0, bytes.length);
  assert.equal(answer.content_range, "bytes 0-5499999/11000000");
});

table("a PUT is a bad one", {
  "without Content-Range": { "content-range": "-" },
  "with a range in another unit": { "content-range": "chunks 0-9/10" },
  "with an open total": { "content-range": "bytes 0-9/*" },
  "with another total": { "content-range": "bytes 0-9/11" },
  "with a range that ends beyond": { "content-range": "bytes 0-10/10" },
  "with a range shorter than the body": { "content-range": "bytes 0-8/10" },
  "with a type that is no video": { "content-type": "application/octet-stream" },
  "without a type": { "content-type": "-" },
  "with chunked encoding": { "content-length": "-", "transfer-encoding": "chunked" },
  "that carries the token": { "authorization": "Bearer act.x" },
} as Record<string, Record<string, string>>, async (change) => {
  await using bench = await startBench();
  const { upload_url } = await begin(bench, 10);
  assert.equal((await put(upload_url, randomBytes(10), 0, 10, change)).status, 400);
  assert.equal(bench.tiktok.state.posts.length, 0);
  assert.equal((await put(upload_url, randomBytes(10), 0, 10)).status, 201, "and can be mended");
});

Deno.test("fetch with a stream has no Content-Length, and is refused", async () => {
  await using bench = await startBench();
  const { upload_url } = await begin(bench, 10);
  const response = await fetch(upload_url, {
    method: "PUT",
    headers: {
      "content-type": "video/mp4",
      "content-length": "10",
      "content-range": "bytes 0-9/10",
    },
    body: ReadableStream.from([randomBytes(10)]),
  });
  assert.equal(response.status, 400);
  const [sent] = bench.tiktok.state.uploads[0]!.puts;
  assert.deepEqual([sent?.content_length, sent?.transfer_encoding], [null, "chunked"]);
});

Deno.test("a chunk that was not announced is a bad one", async () => {
  await using bench = await startBench();
  const bytes = randomBytes(13 * MB);
  const { upload_url } = await begin(bench, bytes.length, 6 * MB);
  assert.equal((await put(upload_url, bytes.subarray(0, 5 * MB), 0, bytes.length)).status, 400);
  assert.equal((await put(upload_url, bytes, 0, bytes.length)).status, 400);
});

Deno.test("a range out of turn is 416, and tells how far it got", async () => {
  await using bench = await startBench();
  const bytes = randomBytes(12 * MB);
  const { upload_url } = await begin(bench, bytes.length, 6 * MB);
  const early = await put(upload_url, bytes.subarray(6 * MB), 6 * MB, bytes.length);
  assert.deepEqual(early, { status: 416, content_range: "bytes 0-0/12000000" });
  await put(upload_url, bytes.subarray(0, 6 * MB), 0, bytes.length);
  const again = await put(upload_url, bytes.subarray(0, 6 * MB), 0, bytes.length);
  assert.deepEqual(again, { status: 416, content_range: "bytes 0-6000000/12000000" });
});

Deno.test("the last chunk sent again is 416 with everything there, and one post", async () => {
  await using bench = await startBench();
  const bytes = randomBytes(10);
  const { upload_url } = await begin(bench, 10);
  const both = await Promise.all([0, 1].map(() => put(upload_url, bytes, 0, 10)));
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 416]);
  assert.equal(bench.tiktok.state.posts.length, 1);
});

Deno.test("an upload URL lives for an hour", async () => {
  await using bench = await startBench();
  const { upload_url } = await begin(bench, 10);
  bench.now_ms += 3600_000;
  assert.equal((await put(upload_url, randomBytes(10), 0, 10)).status, 403);
});

table("an upload task is unknown", {
  "with another id": ["upload_id", "7000000000000000001"],
  "with another token": ["upload_token", "guess"],
} as Record<string, [string, string]>, async ([name, value]) => {
  await using bench = await startBench();
  const { upload_url } = await begin(bench, 10);
  const url = new URL(upload_url);
  url.searchParams.set(name, value);
  assert.equal((await put(String(url), randomBytes(10), 0, 10)).status, 404);
});

Deno.test("a PUT that dies in the middle was never there", async () => {
  await using bench = await startBench();
  const bytes = randomBytes(3 * MB);
  const { upload_url, publish_id, access_token } = await begin(bench, bytes.length);
  bench.tiktok.faults.add({ path: "/video/", kind: "cut_upload", after_bytes: MB });
  await assert.rejects(put(upload_url, bytes, 0, bytes.length));
  const { data } = await bench.status(access_token, publish_id);
  assert.deepEqual([data.status, data.uploaded_bytes], ["PROCESSING_UPLOAD", 0]);
  assert.equal((await put(upload_url, bytes, 0, bytes.length)).status, 201);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  assert.equal(bench.tiktok.state.posts[0]?.sha256, sha256);
});

Deno.test("without a socket, the body is counted against Content-Length", async () => {
  await using bench = await startBench();
  const { upload_url } = await begin(bench, 10);
  const send = (body: string) =>
    bench.tiktok.respond(
      new Request(upload_url, {
        method: "PUT",
        headers: {
          "content-type": "video/mp4",
          "content-length": "10",
          "content-range": "bytes 0-9/10",
        },
        body,
      }),
    );
  assert.equal((await send("too short")).status, 400);
  assert.equal((await send("too long by far")).status, 400);
  assert.equal((await send("just right")).status, 201);
  const { file_path } = bench.tiktok.state.posts[0]!;
  assert.equal(Deno.readTextFileSync(file_path), "just right");
});
