import assert from "node:assert/strict";
import { POST_INFO, put, randomBytes, startBench, table, whole } from "./harness.ts";

const DRAFT = "/v2/post/publish/inbox/video/init/";

table("in a minute a token has", {
  "20 creator pages": ["/v2/post/publish/creator_info/query/", undefined, 20],
  "6 direct inits": [
    "/v2/post/publish/video/init/",
    { post_info: POST_INFO, source_info: whole(10) },
    6,
  ],
  "30 status fetches": ["/v2/post/publish/status/fetch/", { publish_id: "none" }, 30],
} as Record<string, [string, unknown, number]>, async ([path, body, limit]) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  for (let count = 0; count < limit; count++) {
    assert.notEqual((await bench.call(path, access_token, body)).status, 429, `call ${count}`);
    bench.now_ms += 10;
  }
  const answer = await bench.call(path, access_token, body);
  assert.deepEqual([answer.status, answer.code], [429, "rate_limit_exceeded"]);
  bench.now_ms += 60_000 - limit * 10 - 1;
  assert.equal((await bench.call(path, access_token, body)).status, 429, "one ms too early");
  bench.now_ms += 1;
  assert.notEqual((await bench.call(path, access_token, body)).status, 429, "the window slid");
  assert.equal((await bench.call(path, access_token, body)).status, 429, "by one slot only");
});

Deno.test("one user's minute is not another's", async () => {
  await using bench = await startBench();
  const one = await bench.connect();
  const two = await bench.connect();
  const path = "/v2/post/publish/creator_info/query/";
  for (let count = 0; count < 20; count++) await bench.call(path, one.access_token);
  assert.equal((await bench.call(path, one.access_token)).status, 429);
  assert.equal((await bench.call(path, two.access_token)).status, 200);
});

Deno.test("five drafts may be pending, and publishing one makes room", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const body = { source_info: whole(10) };
  const drafts = [];
  for (let count = 0; count < 5; count++) {
    drafts.push((await bench.call(DRAFT, access_token, body)).data);
  }
  const answer = await bench.call(DRAFT, access_token, body);
  assert.deepEqual([answer.status, answer.code], [403, "spam_risk_too_many_pending_share"]);
  const bytes = randomBytes(10);
  await put(String(drafts[0]!.upload_url), bytes, 0, 10);
  bench.tiktok.users.publishDraft(String(drafts[0]!.publish_id));
  bench.now_ms += 60_000;
  assert.equal((await bench.call(DRAFT, access_token, body)).code, "ok");
});

Deno.test("a creator's day is full at some point, to read and to post", async () => {
  await using bench = await startBench({ daily_posts_per_creator: 2 });
  const { access_token } = await bench.connect();
  await bench.post(access_token, randomBytes(10));
  await bench.post(access_token, randomBytes(10));
  const body = { post_info: POST_INFO, source_info: whole(10) };
  const post = await bench.call("/v2/post/publish/video/init/", access_token, body);
  const read = await bench.call("/v2/post/publish/creator_info/query/", access_token);
  assert.deepEqual([post.status, post.code], [403, "spam_risk_too_many_posts"]);
  assert.deepEqual([read.status, read.code], [200, "spam_risk_too_many_posts"]);
});
