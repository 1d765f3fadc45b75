import assert from "node:assert/strict";
import { ADA, BEN, type Bench, put, randomBytes, startBench, table, whole } from "./harness.ts";

Deno.test("a direct post is processed, then complete with its id in bare digits", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const { publish_id, upload_url } = await bench.init(access_token, whole(10));
  const before = await bench.status(access_token, publish_id);
  assert.deepEqual(before.data, {
    status: "PROCESSING_UPLOAD",
    publicaly_available_post_id: [],
    uploaded_bytes: 0,
  });
  await put(upload_url, randomBytes(10), 0, 10);
  const during = await bench.status(access_token, publish_id);
  assert.deepEqual([during.data.status, during.data.uploaded_bytes], ["PROCESSING_UPLOAD", 10]);
  const after = await bench.status(access_token, publish_id);
  assert.equal(after.data.status, "PUBLISH_COMPLETE");
  const { post_id } = bench.tiktok.state.posts[0]!;
  assert.match(post_id, /^\d{19}$/);
  assert.ok(after.text.includes(`"publicaly_available_post_id":[${post_id}]`), after.text);
  assert.notEqual(String((after.data.publicaly_available_post_id as number[])[0]), post_id);
});

Deno.test("a public post is in the account's list", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  await bench.post(access_token, randomBytes(10), { title: "New here" });
  const path = "/v2/video/list/?fields=id,title";
  const { data } = await bench.call(path, access_token, { max_count: 1 });
  const { post_id } = bench.tiktok.state.posts[0]!;
  assert.deepEqual(data.videos, [{ id: post_id, title: "New here" }]);
});

table("a post that is not public has no id:", {
  "for oneself": [ADA, "SELF_ONLY"],
  "for followers": [BEN, "FOLLOWER_OF_CREATOR"],
} as Record<string, [string, string]>, async ([account, privacy_level]) => {
  await using bench = await startBench({ processing: { polls: 0 } });
  const { access_token } = await bench.connect(account);
  const { publish_id } = await bench.post(access_token, randomBytes(10), { privacy_level });
  const { data } = await bench.status(access_token, publish_id);
  assert.equal(data.status, "PUBLISH_COMPLETE");
  assert.deepEqual(data.publicaly_available_post_id, []);
  assert.equal(bench.tiktok.state.posts[0]?.privacy_level, privacy_level);
});

Deno.test("what the account forbids is forced off", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect(BEN);
  await bench.post(access_token, randomBytes(10), {
    privacy_level: "SELF_ONLY",
    disable_duet: false,
    disable_comment: false,
  });
  const { post_info } = bench.tiktok.state.posts[0]!;
  assert.deepEqual([post_info.disable_duet, post_info.disable_comment], [true, false]);
});

Deno.test("processing may find the file wanting", async () => {
  await using bench = await startBench({
    processing: { inspect: () => Promise.resolve("duration_check_failed") },
  });
  const { access_token } = await bench.connect();
  const { publish_id } = await bench.post(access_token, randomBytes(10));
  const { data } = await bench.status(access_token, publish_id);
  assert.deepEqual([data.status, data.fail_reason], ["FAILED", "duration_check_failed"]);
  assert.equal(bench.tiktok.state.posts.length, 0);
});

Deno.test("a draft waits in the inbox, and may become several posts", async () => {
  await using bench = await startBench({ processing: { polls: 0 } });
  const { access_token } = await bench.connect();
  const path = "/v2/post/publish/inbox/video/init/";
  const { data: draft } = await bench.call(path, access_token, { source_info: whole(10) });
  await put(String(draft.upload_url), randomBytes(10), 0, 10);
  const waiting = await bench.status(access_token, draft.publish_id);
  assert.equal(waiting.data.status, "SEND_TO_USER_INBOX");
  assert.equal(bench.tiktok.state.posts.length, 0);
  const publish_id = String(draft.publish_id);
  const posts = [1, 2].map(() => bench.tiktok.users.publishDraft(publish_id, { caption: "Mine" }));
  const done = await bench.status(access_token, publish_id);
  assert.equal(done.data.status, "PUBLISH_COMPLETE");
  assert.ok(done.text.includes(`[${posts.map(({ post_id }) => post_id).join(",")}]`), done.text);
  assert.equal(bench.tiktok.state.posts[0]?.caption, "Mine");
});

table("status and cancel refuse", {
  "an unknown publish_id": "invalid_publish_id",
  "another account's publish_id": "token_not_authorized_for_specified_publish_id",
  "no publish_id": "invalid_params",
} as Record<string, string>, async (code) => {
  await using bench = await startBench();
  const ada = await bench.connect();
  const ben = await bench.connect(BEN);
  const { publish_id } = await bench.init(ada.access_token, whole(10));
  const body = {
    invalid_publish_id: { publish_id: "v_pub_file~none" },
    token_not_authorized_for_specified_publish_id: { publish_id },
    invalid_params: {},
  }[code];
  for (const path of ["status/fetch", "cancel"]) {
    const answer = await bench.call(`/v2/post/publish/${path}/`, ben.access_token, body);
    assert.deepEqual([answer.status, answer.code], [400, code]);
  }
});

Deno.test("what is over cannot be cancelled", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const { publish_id } = await bench.post(access_token, randomBytes(10));
  const answer = await bench.call("/v2/post/publish/cancel/", access_token, { publish_id });
  assert.deepEqual([answer.status, answer.code], [400, "publish_not_cancellable"]);
});

Deno.test("an authorization that is removed ends an upload under way", async () => {
  await using bench = await startBench();
  const one = await bench.connect();
  const { publish_id, upload_url } = await bench.init(one.access_token, whole(10));
  bench.tiktok.users.removeAuthorization(one.open_id);
  assert.equal((await put(upload_url, randomBytes(10), 0, 10)).status, 404);
  const two = await bench.connect();
  const { data } = await bench.status(two.access_token, publish_id);
  assert.deepEqual([data.status, data.fail_reason], ["FAILED", "auth_removed"]);
});

Deno.test("an authorization that is removed while the last bytes are looked at ends it too", async () => {
  let open_id = "";
  await using bench: Bench = await startBench({
    processing: {
      inspect: () => {
        bench.tiktok.users.removeAuthorization(open_id);
        return Promise.resolve(null);
      },
    },
  });
  const tokens = await bench.connect();
  open_id = tokens.open_id;
  await bench.post(tokens.access_token, randomBytes(10));
  const { posts, publishes } = bench.tiktok.state;
  assert.deepEqual([posts.length, publishes[0]?.fail_reason], [0, "auth_removed"]);
});
