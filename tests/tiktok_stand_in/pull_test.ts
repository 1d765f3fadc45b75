import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Bench, POST_INFO, randomBytes, startBench, table } from "./harness.ts";

const VIDEO_URL = "https://media.example.com/a.mp4";
const VERIFIED = { verified_url_prefixes: ["media.example.com"] };

async function begin(bench: Bench) {
  const { access_token } = await bench.connect();
  const source_info = { source: "PULL_FROM_URL", video_url: VIDEO_URL };
  const { publish_id } = await bench.init(access_token, source_info);
  return { access_token, publish_id };
}

Deno.test("a pulled video is fetched, hashed and published", async () => {
  const bytes = randomBytes(1_000_000);
  await using bench = await startBench({
    ...VERIFIED,
    fetch: () => Promise.resolve(new Response(bytes)),
    processing: { polls: 0 },
  });
  const { access_token, publish_id } = await begin(bench);
  assert.match(publish_id, /^v_pub_url~/);
  await bench.tiktok.pullsDone();
  const { data } = await bench.status(access_token, publish_id);
  assert.deepEqual([data.status, data.downloaded_bytes], ["PUBLISH_COMPLETE", bytes.length]);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  assert.equal(bench.tiktok.state.posts[0]?.sha256, sha256);
});

Deno.test("a loopback address is pulled over plain http where the prefix says so", async () => {
  const server = serveVideo();
  const prefix = `http://127.0.0.1:${server.addr.port}/`;
  await using bench = await startBench({ verified_url_prefixes: [prefix] });
  const { access_token } = await bench.connect();
  await bench.init(access_token, { source: "PULL_FROM_URL", video_url: `${prefix}a.mp4` });
  await bench.tiktok.pullsDone();
  assert.equal(bench.tiktok.state.posts[0]?.size_bytes, 7);
  await server.shutdown();
});

Deno.test("a redirect is not followed, wherever it leads", async () => {
  const server = serveVideo();
  const prefix = `http://127.0.0.1:${server.addr.port}/`;
  await using bench = await startBench({ verified_url_prefixes: [prefix] });
  const { access_token } = await bench.connect();
  await bench.init(access_token, { source: "PULL_FROM_URL", video_url: `${prefix}moved.mp4` });
  await bench.tiktok.pullsDone();
  assert.equal(bench.tiktok.state.publishes[0]?.fail_reason, "video_pull_failed");
  await server.shutdown();
});

/** Has a video anywhere but at `/moved.mp4`. */
function serveVideo() {
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    ({ url }) =>
      url.endsWith("/moved.mp4")
        ? Response.redirect(new URL("/a.mp4", url))
        : new Response("a video"),
  );
}

table("a pull fails", {
  "when nobody answers": () => Promise.reject(new TypeError("unreachable")),
  "on a redirect": () => Promise.resolve(Response.redirect("https://media.example.com/b.mp4")),
  "on a missing file": () => Promise.resolve(new Response("no", { status: 404 })),
  "on an empty file": () => Promise.resolve(new Response("")),
  "when it is cut off": () =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.error(new TypeError("connection reset"));
          },
        }),
      ),
    ),
} as Record<string, typeof fetch>, async (fetcher) => {
  await using bench = await startBench({ ...VERIFIED, fetch: fetcher });
  const { access_token, publish_id } = await begin(bench);
  await bench.tiktok.pullsDone();
  const { data } = await bench.status(access_token, publish_id);
  assert.deepEqual([data.status, data.fail_reason], ["FAILED", "video_pull_failed"]);
  assert.equal(bench.tiktok.state.posts.length, 0);
});

/** Answers a body that begins and then waits; it breaks off when the request is aborted. */
const stalled: typeof fetch = (_input, init) =>
  Promise.resolve(
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(randomBytes(100));
          init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
        },
      }),
    ),
  );

Deno.test("a download under way can be cancelled, once", async () => {
  await using bench = await startBench({ ...VERIFIED, fetch: stalled });
  const { access_token, publish_id } = await begin(bench);
  assert.equal((await bench.status(access_token, publish_id)).data.status, "PROCESSING_DOWNLOAD");
  const cancel = () => bench.call("/v2/post/publish/cancel/", access_token, { publish_id });
  const first = await cancel();
  assert.deepEqual([first.code, first.data], ["ok", undefined]);
  assert.equal((await cancel()).code, "publish_not_cancellable");
  await bench.tiktok.pullsDone();
  const { data } = await bench.status(access_token, publish_id);
  assert.deepEqual([data.status, data.fail_reason], ["FAILED", "publish_cancelled"]);
});

Deno.test("cancelled before it began, a download never begins", async () => {
  // Once seen as a hang: the abort came while the file was being opened, before the fetch.
  let fetched = 0;
  await using bench = await startBench({
    ...VERIFIED,
    fetch: () => {
      fetched++;
      return new Promise(() => {});
    },
  });
  const { open_id } = await bench.connect();
  const tokens = await bench.connect();
  const body = JSON.stringify({
    post_info: POST_INFO,
    source_info: { source: "PULL_FROM_URL", video_url: VIDEO_URL },
  });
  const answered = bench.tiktok.respond(
    new Request("http://stand-in/v2/post/publish/video/init/", {
      method: "POST",
      headers: {
        authorization: `Bearer ${tokens.access_token}`,
        "content-type": "application/json; charset=UTF-8",
      },
      body,
    }),
  );
  while (bench.tiktok.state.inits === 0) await Promise.resolve();
  bench.tiktok.users.removeAuthorization(open_id);
  await answered;
  await bench.tiktok.pullsDone();
  assert.equal(fetched, 0);
});

Deno.test("photos are fetched one by one", async () => {
  await using bench = await startBench({
    ...VERIFIED,
    fetch: (input) => Promise.resolve(new Response(String(input))),
  });
  const { access_token } = await bench.connect();
  const photo_images = [1, 2, 3].map((n) => `https://media.example.com/${n}.jpg`);
  await bench.call("/v2/post/publish/content/init/", access_token, {
    media_type: "PHOTO",
    post_mode: "DIRECT_POST",
    post_info: POST_INFO,
    source_info: { source: "PULL_FROM_URL", photo_images, photo_cover_index: 0 },
  });
  await bench.tiktok.pullsDone();
  const { files, media } = bench.tiktok.state.posts[0]!;
  assert.equal(media, "photos");
  assert.deepEqual(files.map(({ file_path }) => Deno.readTextFileSync(file_path)), photo_images);
});

Deno.test("a photo that is not there fails as a photo", async () => {
  await using bench = await startBench({
    ...VERIFIED,
    fetch: () => Promise.resolve(new Response(null, { status: 404 })),
  });
  const { access_token } = await bench.connect();
  const { data } = await bench.call("/v2/post/publish/content/init/", access_token, {
    media_type: "PHOTO",
    post_mode: "DIRECT_POST",
    post_info: POST_INFO,
    source_info: { source: "PULL_FROM_URL", photo_images: [VIDEO_URL], photo_cover_index: 0 },
  });
  await bench.tiktok.pullsDone();
  const status = await bench.status(access_token, data.publish_id);
  assert.equal(status.data.fail_reason, "photo_pull_failed");
});
