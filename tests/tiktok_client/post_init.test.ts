import assert from "node:assert/strict";
import type { VideoSource } from "../../supabase/functions/_shared/tiktok/index.ts";
import { failureOf } from "./failure_of.ts";
import { apiAnswer, startScriptedTikTok } from "./scripted_tiktok.ts";

const TOKEN = "act.mine";

const FILE: VideoSource = {
  kind: "file",
  size_bytes: 50_000_123,
  chunk_size: 10_000_000,
  total_chunk_count: 5,
};
const PULL: VideoSource = { kind: "pull", url: "https://media.nexus.test/a.mp4?sig=s3cret" };

const FILE_WIRE = {
  source: "FILE_UPLOAD",
  video_size: 50_000_123,
  chunk_size: 10_000_000,
  total_chunk_count: 5,
};

function sentBody(tiktok: { seen: { body: string }[] }): unknown {
  return JSON.parse(tiktok.seen[0]?.body ?? "");
}

Deno.test("a direct post of a file says what is allowed in TikTok's negative switches", async () => {
  await using tiktok = startScriptedTikTok(
    apiAnswer('{"publish_id":"v_pub_file~1","upload_url":"https://upload.tiktokapis.com/?u=1"}'),
  );
  const answer = await tiktok.client.initVideoPost(TOKEN, {
    mode: "direct",
    post: {
      caption: "Hi #there",
      privacy_level: "SELF_ONLY",
      allow_comment: true,
      allow_duet: false,
      cover_timestamp_ms: 0,
      brand_organic: true,
      ai_generated: true,
    },
    source: FILE,
  });
  assert.deepEqual(answer, {
    publish_id: "v_pub_file~1",
    upload_url: "https://upload.tiktokapis.com/?u=1",
  });
  assert.equal(tiktok.seen[0]?.path, "/v2/post/publish/video/init/");
  assert.match(tiktok.seen[0]?.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(sentBody(tiktok), {
    post_info: {
      title: "Hi #there",
      privacy_level: "SELF_ONLY",
      disable_comment: false,
      disable_duet: true,
      disable_stitch: true,
      video_cover_timestamp_ms: 0,
      brand_organic_toggle: true,
      brand_content_toggle: false,
      is_aigc: true,
    },
    source_info: FILE_WIRE,
  });
});

Deno.test("a draft goes to the inbox and holds the source alone", async () => {
  await using tiktok = startScriptedTikTok(
    apiAnswer('{"publish_id":"v_inbox_file~1","upload_url":"https://u.test/"}'),
  );
  await tiktok.client.initVideoPost(TOKEN, { mode: "draft", source: FILE });
  assert.equal(tiktok.seen[0]?.path, "/v2/post/publish/inbox/video/init/");
  assert.deepEqual(sentBody(tiktok), { source_info: FILE_WIRE });
});

Deno.test("a pull has no upload address", async () => {
  await using tiktok = startScriptedTikTok(apiAnswer('{"publish_id":"v_pub_url~1"}'));
  const answer = await tiktok.client.initVideoPost(TOKEN, { mode: "draft", source: PULL });
  assert.deepEqual(answer, { publish_id: "v_pub_url~1", upload_url: null });
  assert.deepEqual(sentBody(tiktok), {
    source_info: { source: "PULL_FROM_URL", video_url: PULL.kind === "pull" ? PULL.url : "" },
  });
});

const PROMISES_BROKEN: Record<string, [data: string, source: VideoSource]> = {
  "a file without an upload address": ['{"publish_id":"v1"}', FILE],
  "a file without an id": ['{"upload_url":"https://u.test/"}', FILE],
  "a pull without an id": ["{}", PULL],
  "no data at all": ["null", PULL],
};
for (const [name, [data, source]] of Object.entries(PROMISES_BROKEN)) {
  Deno.test(`an init that is ok but answers ${name} may have been taken`, async () => {
    await using tiktok = startScriptedTikTok(apiAnswer(data));
    const error = await failureOf(tiktok.client.initVideoPost(TOKEN, { mode: "draft", source }));
    assert.deepEqual([error.code, error.outcome], ["unreadable", "unknown"]);
  });
}

Deno.test("a post of photos sends DIRECT_POST and what photos have", async () => {
  await using tiktok = startScriptedTikTok(apiAnswer('{"publish_id":"p_pub_url~1"}'));
  const answer = await tiktok.client.initPhotoPost(TOKEN, {
    mode: "direct",
    urls: ["https://media.nexus.test/1.jpg", "https://media.nexus.test/2.jpg"],
    cover_index: 1,
    post: { title: "T", description: "D", privacy_level: "SELF_ONLY", brand_content: false },
  });
  assert.deepEqual(answer, { publish_id: "p_pub_url~1" });
  assert.equal(tiktok.seen[0]?.path, "/v2/post/publish/content/init/");
  assert.deepEqual(sentBody(tiktok), {
    media_type: "PHOTO",
    post_mode: "DIRECT_POST",
    post_info: {
      title: "T",
      description: "D",
      privacy_level: "SELF_ONLY",
      disable_comment: true,
      auto_add_music: false,
      brand_organic_toggle: false,
      brand_content_toggle: false,
    },
    source_info: {
      source: "PULL_FROM_URL",
      photo_images: ["https://media.nexus.test/1.jpg", "https://media.nexus.test/2.jpg"],
      photo_cover_index: 1,
    },
  });
});

Deno.test("a draft of photos sends MEDIA_UPLOAD and no switches", async () => {
  await using tiktok = startScriptedTikTok(apiAnswer('{"publish_id":"p_inbox_url~1"}'));
  await tiktok.client.initPhotoPost(TOKEN, {
    mode: "draft",
    urls: ["https://media.nexus.test/1.jpg"],
    cover_index: 0,
  });
  const body = sentBody(tiktok) as Record<string, unknown>;
  assert.deepEqual([body.post_mode, body.post_info], ["MEDIA_UPLOAD", {}]);
});

Deno.test("an error never repeats the token or a signed address, even if TikTok does", async () => {
  const echo = "bad act.mine at https://media.nexus.test/a.mp4?sig=s3cret";
  await using tiktok = startScriptedTikTok(
    Response.json({ error: { code: "url_ownership_unverified", message: echo, log_id: "L" } }, {
      status: 403,
    }),
  );
  const error = await failureOf(
    tiktok.client.initVideoPost(TOKEN, { mode: "draft", source: PULL }),
  );
  assert.deepEqual([error.kind, error.outcome], ["url_ownership", "rejected"]);
  assert.equal(
    error.message,
    "initVideoPost: url_ownership_unverified: bad [redacted] at [redacted]",
  );
});
