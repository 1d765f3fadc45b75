import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readTikTokState } from "../../local/tiktok/index.ts";
import { Child } from "./child.ts";
import { Bench, put, randomBytes, whole } from "./harness.ts";

const MB = 1_000_000;

Deno.test("a script that used it ends by itself", async () => {
  const script = new URL("./fixtures/come_and_go.ts", import.meta.url).pathname;
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script],
    signal: AbortSignal.timeout(30_000),
  }).output();
  assert.equal(code, 0);
});

/** A client for a stand-in that is elsewhere. */
function clientOf(origin: string): Bench {
  const bench = new Bench();
  bench.origin = origin;
  return bench;
}

Deno.test("150 MB in two chunks are never held in memory", async () => {
  const data_dir = await Deno.makeTempDir();
  await using child = await Child.start(data_dir);
  await using client = clientOf(child.origin);
  const { access_token } = await client.connect();
  const bytes = randomBytes(150 * MB);
  const { upload_url } = await client.init(access_token, {
    ...whole(bytes.length),
    chunk_size: 64 * MB,
    total_chunk_count: 2,
  });
  await child.peakBytes();
  await put(upload_url, bytes.subarray(0, 64 * MB), 0, bytes.length);
  await put(upload_url, bytes.subarray(64 * MB), 64 * MB, bytes.length);
  const peak_bytes = await child.peakBytes();
  const [post] = readTikTokState(data_dir).posts;
  assert.equal(post?.sha256, createHash("sha256").update(bytes).digest("hex"));
  // Some 20 MB at any size of upload. Held in msw's clone of the request, it was 101 MB.
  assert.ok(peak_bytes > 0 && peak_bytes < 40 * MB, `${peak_bytes} bytes in use`);
  await Deno.remove(data_dir, { recursive: true });
});

Deno.test("killed between two chunks and started again, it goes on where it was", async () => {
  const data_dir = await Deno.makeTempDir();
  const bytes = randomBytes(12 * MB);
  const source = { ...whole(bytes.length), chunk_size: 6 * MB, total_chunk_count: 2 };
  const first = await Child.start(data_dir);
  await using client = clientOf(first.origin);
  const tokens = await client.connect();
  const { upload_url, publish_id } = await client.init(tokens.access_token, source);
  await put(upload_url, bytes.subarray(0, 6 * MB), 0, bytes.length);
  const { body: fresh } = await client.refresh(tokens.refresh_token);
  const port = first.port;
  await first[Symbol.asyncDispose]();

  await using second = await Child.start(data_dir, port);
  assert.equal(second.origin, client.origin);
  assert.equal((await client.refresh(tokens.refresh_token)).body.error, "invalid_grant");
  const { data } = await client.status(String(fresh.access_token), publish_id);
  assert.equal(data.uploaded_bytes, 6 * MB);
  const { status } = await put(upload_url, bytes.subarray(6 * MB), 6 * MB, bytes.length);
  assert.equal(status, 201);
  const { posts } = readTikTokState(data_dir);
  assert.deepEqual(posts.map(({ sha256 }) => sha256), [
    createHash("sha256").update(bytes).digest("hex"),
  ]);
  await Deno.remove(data_dir, { recursive: true });
});

Deno.test("killed in the middle of a chunk, it never had that chunk", async () => {
  const data_dir = await Deno.makeTempDir();
  const bytes = randomBytes(40 * MB);
  const first = await Child.start(data_dir);
  await using client = clientOf(first.origin);
  const { access_token } = await client.connect();
  const { upload_url, publish_id } = await client.init(access_token, whole(bytes.length));
  const port = first.port;
  const sending = put(upload_url, bytes, 0, bytes.length);
  const failed = assert.rejects(sending);
  const { file_path } = readTikTokState(data_dir).uploads[0]!;
  await waitForFile(file_path);
  await first[Symbol.asyncDispose]();
  await failed;

  await using second = await Child.start(data_dir, port);
  assert.ok(second.port === port);
  const { data } = await client.status(access_token, publish_id);
  assert.equal(data.uploaded_bytes, 0);
  assert.equal((await put(upload_url, bytes, 0, bytes.length)).status, 201);
  const [post] = readTikTokState(data_dir).posts;
  assert.equal(post?.sha256, createHash("sha256").update(bytes).digest("hex"));
  await Deno.remove(data_dir, { recursive: true });
});

async function waitForFile(path: string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  using watcher = Deno.watchFs(folder);
  for await (const event of watcher) {
    if (event.paths.includes(path)) return;
  }
}
