import assert from "node:assert/strict";
import { ADA, APP, BEN, CLEO, POST_INFO, startBench, table, whole } from "./harness.ts";

type Json = Record<string, unknown>;
const DIRECT = "/v2/post/publish/video/init/";
const DRAFT = "/v2/post/publish/inbox/video/init/";
const PHOTOS = "/v2/post/publish/content/init/";

const chunks = (video_size: number, chunk_size: number, total_chunk_count: number) => ({
  source: "FILE_UPLOAD",
  video_size,
  chunk_size,
  total_chunk_count,
});

table("a chunk plan is taken", {
  "4,194,304 whole": [4_194_304, 4_194_304, 1],
  "12,000,000 whole": [12_000_000, 12_000_000, 1],
  "64,000,000 whole": [64_000_000, 64_000_000, 1],
  "64,000,001 in 6": [64_000_001, 10_000_000, 6],
  "121,000,000 in 12": [121_000_000, 10_000_000, 12],
  "4,000,000,000 in 400": [4_000_000_000, 10_000_000, 400],
  "TikTok's sample, 50,000,123 in 5": [50_000_123, 10_000_000, 5],
  "one byte": [1, 1, 1],
} as Record<string, [number, number, number]>, async (plan) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const made = await bench.init(access_token, chunks(...plan));
  assert.match(made.publish_id, /^v_pub_file~/);
  assert.ok(made.publish_id.length <= 64);
  assert.equal(new URL(made.upload_url).origin, bench.origin);
  assert.ok(made.upload_url.length <= 256);
});

table("a chunk plan is refused", {
  "rounded up": [12_000_000, 10_000_000, 2],
  "one chunk smaller than the video": [12_000_000, 10_000_000, 1],
  "a 121 MB video in one chunk of 64 MB": [121_000_000, 64_000_000, 1],
  "a whole above 64 MB": [64_000_001, 64_000_001, 1],
  "chunks below 5 MiB": [15_000_000, 5_000_000, 3],
  "chunks above 64 MB": [200_000_000, 65_000_000, 3],
  "a file below 5 MB in two": [4_000_000, 2_000_000, 2],
  "above 4 GB": [4_000_000_001, 10_000_000, 400],
  "no bytes": [0, 0, 1],
  "half a byte": [10.5, 10.5, 1],
} as Record<string, [number, number, number]>, async (plan) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const body = { post_info: POST_INFO, source_info: chunks(...plan) };
  const answer = await bench.call(DIRECT, access_token, body);
  assert.deepEqual([answer.status, answer.code], [400, "invalid_params"]);
  assert.equal(bench.tiktok.state.inits, 0);
});

table("a direct post refuses", {
  "no privacy_level": [{ privacy_level: undefined }, 400, "invalid_params"],
  "a privacy_level not offered": [
    { privacy_level: "FOLLOWER_OF_CREATOR" },
    403,
    "privacy_level_option_mismatch",
  ],
  "no brand_content_toggle": [{ brand_content_toggle: undefined }, 400, "invalid_params"],
  "no brand_organic_toggle": [{ brand_organic_toggle: undefined }, 400, "invalid_params"],
  "a toggle in words": [{ brand_organic_toggle: "false" }, 400, "invalid_params"],
  "2201 units of title": [{ title: "x".repeat(2201) }, 400, "invalid_params"],
  "1101 emoji, which are 2202 units": [{ title: "🙂".repeat(1101) }, 400, "invalid_params"],
  "a switch that is photos' only": [{ auto_add_music: true }, 400, "invalid_params"],
  "branded content for oneself": [
    { brand_content_toggle: true, privacy_level: "SELF_ONLY" },
    400,
    "invalid_params",
  ],
} as Record<string, [Json, number, string]>, async ([change, status, code]) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const body = { post_info: { ...POST_INFO, ...change }, source_info: whole(10) };
  const answer = await bench.call(DIRECT, access_token, body);
  assert.deepEqual([answer.status, answer.code], [status, code]);
});

table("source_info refuses", {
  "an unknown source": { source: "FILE" },
  "a size in words": { ...whole(10), video_size: "10" },
  "a missing count": { source: "FILE_UPLOAD", video_size: 10, chunk_size: 10 },
  "the cover's timestamp, which belongs to post_info": {
    ...whole(10),
    video_cover_timestamp_ms: 0,
  },
  "both sources": { ...whole(10), video_url: "https://media.example.com/a.mp4" },
  "plain http": { source: "PULL_FROM_URL", video_url: "http://media.example.com/a.mp4" },
  "no URL at all": { source: "PULL_FROM_URL", video_url: "a.mp4" },
} as Record<string, Json>, async (source_info) => {
  await using bench = await startBench({ verified_url_prefixes: ["media.example.com"] });
  const { access_token } = await bench.connect();
  const answer = await bench.call(DIRECT, access_token, { post_info: POST_INFO, source_info });
  assert.deepEqual([answer.status, answer.code], [400, "invalid_params"]);
});

table("ownership of a URL", {
  "is proven by its prefix": ["https://cdn.example.org/videos/a.mp4", "ok"],
  "is not proven for another path": ["https://cdn.example.org/a.mp4", "url_ownership_unverified"],
  "is proven by the domain": ["https://media.example.com/a.mp4", "ok"],
  "is proven for a sub-domain": ["https://eu.media.example.com/a.mp4", "ok"],
  "is not proven for the parent": ["https://example.com/a.mp4", "url_ownership_unverified"],
  "is not proven for a name that ends alike": [
    "https://evilmedia.example.com/a.mp4",
    "url_ownership_unverified",
  ],
} as Record<string, [string, string]>, async ([video_url, code]) => {
  await using bench = await startBench({
    verified_url_prefixes: ["https://cdn.example.org/videos/", "media.example.com"],
    fetch: () => Promise.resolve(new Response("video")),
  });
  const { access_token } = await bench.connect();
  const answer = await bench.call(DIRECT, access_token, {
    post_info: POST_INFO,
    source_info: { source: "PULL_FROM_URL", video_url },
  });
  assert.equal(answer.code, code);
  assert.equal(answer.status, code === "ok" ? 200 : 403);
});

Deno.test("a draft takes source_info only", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const good = await bench.call(DRAFT, access_token, { source_info: whole(10) });
  assert.match(String(good.data.publish_id), /^v_inbox_file~/);
  const body = { source_info: whole(10), post_info: { title: "x" } };
  assert.equal((await bench.call(DRAFT, access_token, body)).code, "invalid_params");
});

table("a scope is not stood in for:", {
  "video.publish does not open drafts": ["video.publish", DRAFT, { source_info: whole(10) }],
  "video.upload does not open direct posts": [
    "video.upload",
    DIRECT,
    { post_info: POST_INFO, source_info: whole(10) },
  ],
  "video.upload does not open the creator's page": [
    "video.upload",
    "/v2/post/publish/creator_info/query/",
    undefined,
  ],
} as Record<string, [string, string, unknown]>, async ([scope, path, body]) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect(ADA, [scope]);
  const answer = await bench.call(path, access_token, body);
  assert.deepEqual([answer.status, answer.code], [401, "scope_not_authorized"]);
});

table("the creator's page of", {
  "a public account": [ADA, ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"], false],
  "a private account": [BEN, ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"], true],
} as Record<string, [string, string[], boolean]>, async ([account, options, disabled]) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect(account);
  const { data } = await bench.call("/v2/post/publish/creator_info/query/", access_token);
  assert.deepEqual(data.privacy_level_options, options);
  assert.equal(data.duet_disabled, disabled);
  assert.equal(data.stitch_disabled, disabled);
});

Deno.test("a banned creator: 200 with a failing code to read, 403 to post", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect(CLEO);
  const read = await bench.call("/v2/post/publish/creator_info/query/", access_token, {});
  const post = await bench.call(DIRECT, access_token, {
    post_info: POST_INFO,
    source_info: whole(10),
  });
  assert.deepEqual([read.status, read.code], [200, "spam_risk_user_banned_from_posting"]);
  assert.deepEqual([post.status, post.code], [403, "spam_risk_user_banned_from_posting"]);
});

table("an unaudited app", {
  "cannot post for a public account": [
    ADA,
    "SELF_ONLY",
    "unaudited_client_can_only_post_to_private_accounts",
  ],
  "cannot post to followers": [BEN, "FOLLOWER_OF_CREATOR", "privacy_level_option_mismatch"],
  "can post for a private account's owner": [BEN, "SELF_ONLY", "ok"],
} as Record<string, [string, string, string]>, async ([account, privacy_level, code]) => {
  await using bench = await startBench({ app: { ...APP, audited: false } });
  const { access_token } = await bench.connect(account);
  const answer = await bench.call(DIRECT, access_token, {
    post_info: { ...POST_INFO, privacy_level },
    source_info: whole(10),
  });
  assert.equal(answer.code, code);
});

const PHOTO_BODY = {
  media_type: "PHOTO",
  post_mode: "DIRECT_POST",
  post_info: { ...POST_INFO, description: "Two photos" },
  source_info: {
    source: "PULL_FROM_URL",
    photo_images: ["https://media.example.com/1.jpg", "https://media.example.com/2.jpg"],
    photo_cover_index: 1,
  },
};

table("photos", {
  "as a direct post are taken": [{}, "ok"],
  "as a draft are taken": [{ post_mode: "MEDIA_UPLOAD", post_info: { title: "x" } }, "ok"],
  "as a draft have no privacy": [
    { post_mode: "MEDIA_UPLOAD", post_info: POST_INFO },
    "invalid_params",
  ],
  "with the table's misprint are refused": [{ post_mode: "DIRECT POST" }, "invalid_params"],
  "without media_type are refused": [{ media_type: undefined }, "invalid_params"],
  "have no duet": [{ post_info: { ...POST_INFO, disable_duet: true } }, "invalid_params"],
  "with 91 units of title are refused": [
    { post_info: { ...POST_INFO, title: "x".repeat(91) } },
    "invalid_params",
  ],
  "with 4001 units of description are refused": [
    { post_info: { ...POST_INFO, description: "x".repeat(4001) } },
    "invalid_params",
  ],
  "beyond 35 are refused": [
    {
      source_info: {
        ...PHOTO_BODY.source_info,
        photo_images: Array(36).fill("https://media.example.com/1.jpg"),
      },
    },
    "invalid_params",
  ],
  "with a cover beyond the last are refused": [
    { source_info: { ...PHOTO_BODY.source_info, photo_cover_index: 2 } },
    "invalid_params",
  ],
  "from a strange host are refused": [
    { source_info: { ...PHOTO_BODY.source_info, photo_images: ["https://a.example/1.jpg", ""] } },
    "url_ownership_unverified",
  ],
} as Record<string, [Json, string]>, async ([change, code]) => {
  await using bench = await startBench({
    verified_url_prefixes: ["media.example.com"],
    fetch: () => Promise.resolve(new Response("photo")),
  });
  const { access_token } = await bench.connect();
  const answer = await bench.call(PHOTOS, access_token, { ...PHOTO_BODY, ...change });
  assert.equal(answer.code, code);
});

Deno.test("photos as a draft need video.upload", async () => {
  await using bench = await startBench({ verified_url_prefixes: ["media.example.com"] });
  const { access_token } = await bench.connect(ADA, ["video.publish"]);
  const body = { ...PHOTO_BODY, post_mode: "MEDIA_UPLOAD", post_info: {} };
  assert.equal((await bench.call(PHOTOS, access_token, body)).code, "scope_not_authorized");
});
