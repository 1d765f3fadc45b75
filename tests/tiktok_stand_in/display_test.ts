import assert from "node:assert/strict";
import { ADA, BEN, startBench, table } from "./harness.ts";

type Video = { id: string; create_time: number };

Deno.test("user info gives the asked fields and no others", async () => {
  await using bench = await startBench();
  const { access_token, open_id } = await bench.connect();
  const path = "/v2/user/info/?fields=open_id,username,follower_count,video_count";
  const { data, error } = await bench.call(path, access_token, undefined, { method: "GET" });
  assert.deepEqual(data, {
    user: { open_id, username: ADA, follower_count: 128_430, video_count: 23 },
  });
  assert.deepEqual(Object.keys(error), ["code", "message", "log_id"]);
});

table("user info refuses", {
  "no fields": ["/v2/user/info/", 400, "invalid_params"],
  "an unknown field": ["/v2/user/info/?fields=open_id,email", 400, "invalid_params"],
  "fields with a space": ["/v2/user/info/?fields=open_id,%20username", 400, "invalid_params"],
  "a field beyond the grant": [
    "/v2/user/info/?fields=open_id,username",
    401,
    "scope_not_authorized",
  ],
} as Record<string, [string, number, string]>, async ([path, status, code]) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect(ADA, ["video.list"]);
  const answer = await bench.call(path, access_token, undefined, { method: "GET" });
  assert.deepEqual([answer.status, answer.code], [status, code]);
});

table("access is refused", {
  "without a token": { authorization: "" },
  "with a token of nobody": { authorization: "Bearer act.nobody" },
  "with the wrong scheme": { authorization: "Basic act.nobody" },
} as Record<string, Record<string, string>>, async (headers) => {
  await using bench = await startBench();
  const path = "/v2/user/info/?fields=open_id";
  const answer = await bench.call(path, "", undefined, { method: "GET", headers });
  assert.deepEqual([answer.status, answer.code], [401, "access_token_invalid"]);
});

Deno.test("an access token dies of age", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const path = "/v2/user/info/?fields=open_id";
  bench.now_ms += 7_199_999;
  assert.equal((await bench.call(path, access_token, undefined, { method: "GET" })).code, "ok");
  bench.now_ms += 1;
  const answer = await bench.call(path, access_token, undefined, { method: "GET" });
  assert.equal(answer.code, "access_token_invalid");
});

table("a list pages through every video once", {
  "in tens by default": [undefined, false, [10, 10, 3]],
  "in twenties": [20, false, [20, 3]],
  "with pages shorter than asked": [10, true, [9, 9, 5]],
} as Record<string, [number | undefined, boolean, number[]]>, async ([max_count, short, pages]) => {
  await using bench = await startBench({ short_pages: short });
  const { access_token } = await bench.connect();
  const seen: Video[] = [];
  let cursor: unknown = undefined;
  const lengths: number[] = [];
  for (let more = true; more;) {
    const body = { ...(max_count && { max_count }), ...(cursor ? { cursor } : {}) };
    const path = "/v2/video/list/?fields=id,create_time";
    const { data } = await bench.call(path, access_token, body);
    const videos = data.videos as Video[];
    seen.push(...videos);
    lengths.push(videos.length);
    cursor = data.cursor;
    more = data.has_more as boolean;
  }
  assert.deepEqual(lengths, pages);
  assert.equal(new Set(seen.map(({ id }) => id)).size, 23);
  const times = seen.map(({ create_time }) => create_time);
  assert.deepEqual(times, [...times].sort((a, b) => b - a));
});

table("the video endpoints refuse", {
  "a list without fields": ["/v2/video/list/", {}, "invalid_params"],
  "21 at a time": ["/v2/video/list/?fields=id", { max_count: 21 }, "invalid_params"],
  "a cursor in words": ["/v2/video/list/?fields=id", { cursor: "1" }, "invalid_params"],
  "fields in the body": ["/v2/video/list/", { fields: ["id"] }, "invalid_params"],
  "a query without filters": ["/v2/video/query/?fields=id", {}, "invalid_params"],
  "ids as numbers": [
    "/v2/video/query/?fields=id",
    { filters: { video_ids: [1] } },
    "invalid_params",
  ],
  "21 ids": [
    "/v2/video/query/?fields=id",
    { filters: { video_ids: Array(21).fill("1") } },
    "invalid_params",
  ],
} as Record<string, [string, unknown, string]>, async ([path, body, code]) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const answer = await bench.call(path, access_token, body);
  assert.deepEqual([answer.status, answer.code], [400, code]);
});

table("a POST body must be", {
  "declared with its charset": { "content-type": "application/json" },
  "no form": { "content-type": "application/x-www-form-urlencoded" },
} as Record<string, Record<string, string>>, async (headers) => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const answer = await bench.call("/v2/video/list/?fields=id", access_token, "{}", { headers });
  assert.equal(answer.code, "invalid_params");
});

Deno.test("a query answers the account's own public videos among the ids", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const { id } = bench.tiktok.state.accounts[0]!.videos[0]!;
  const other = bench.tiktok.state.accounts[2]!.videos[0]!.id + "9";
  const path = "/v2/video/query/?fields=id,view_count";
  const { data } = await bench.call(path, access_token, { filters: { video_ids: [id, other] } });
  assert.deepEqual(data.videos, [{ id, view_count: 90_000 }]);
});

Deno.test("a private account lists nothing", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect(BEN);
  const { data } = await bench.call("/v2/video/list/?fields=id", access_token, {});
  assert.deepEqual(data, { videos: [], cursor: 0, has_more: false });
});

table("a path is not found", {
  "without its last slash": "/v2/oauth/token",
  "of version 1": "/oauth/access_token/",
  "with another method": "/v2/user/info/",
} as Record<string, string>, async (path) => {
  await using bench = await startBench();
  const response = await fetch(bench.origin + path, { method: "POST" });
  assert.deepEqual([response.status, await response.text()], [404, "Unsupported path(Janus)"]);
});

Deno.test("counters follow what a test makes of the account", async () => {
  await using bench = await startBench();
  const { access_token, open_id } = await bench.connect();
  bench.tiktok.users.update(open_id, { follower_count: 5 });
  const path = "/v2/user/info/?fields=follower_count";
  const { data } = await bench.call(path, access_token, undefined, { method: "GET" });
  assert.deepEqual(data, { user: { follower_count: 5 } });
});

Deno.test("avatars can be loaded", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const path = "/v2/user/info/?fields=avatar_url";
  const { data } = await bench.call(path, access_token, undefined, { method: "GET" });
  const picture = await fetch((data.user as { avatar_url: string }).avatar_url);
  assert.equal(picture.headers.get("content-type"), "image/svg+xml");
  await picture.body?.cancel();
});
