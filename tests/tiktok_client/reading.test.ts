import assert from "node:assert/strict";
import { failureOf } from "./failure_of.ts";
import { apiAnswer, startScriptedTikTok } from "./scripted_tiktok.ts";

const TOKEN = "act.mine";

const USER_FIELDS: [granted: string[], fields: string[]][] = [
  [["user.info.basic"], ["open_id", "union_id", "avatar_url", "display_name"]],
  [["video.publish", "user.info.stats", "user.info.basic"], [
    "open_id",
    "union_id",
    "avatar_url",
    "display_name",
    "follower_count",
    "following_count",
    "likes_count",
    "video_count",
  ]],
];
for (const [granted, fields] of USER_FIELDS) {
  Deno.test(`a user is asked for what ${granted.join(", ")} opens, and no more`, async () => {
    await using tiktok = startScriptedTikTok(
      apiAnswer('{"user":{"open_id":"o1","display_name":"Ann","surprise":1}}'),
    );
    const user = await tiktok.client.readUser(TOKEN, granted);
    assert.deepEqual([user.open_id, user.display_name, user.username], ["o1", "Ann", null]);
    const [seen] = tiktok.seen;
    assert.deepEqual([seen?.method, seen?.path], ["GET", "/v2/user/info/"]);
    assert.deepEqual(seen?.query.get("fields")?.split(","), fields);
    assert.equal(seen?.headers.get("authorization"), "Bearer act.mine");
  });
}

Deno.test("a user with all scopes is read whole", async () => {
  const user = {
    open_id: "o1",
    union_id: "u1",
    display_name: "Ann",
    avatar_url: "https://cdn.test/a",
    username: "ann",
    bio_description: "hello",
    profile_deep_link: "https://tiktok.test/@ann",
    is_verified: false,
    follower_count: 3,
    following_count: 0,
    likes_count: 123456789012,
    video_count: 7,
  };
  await using tiktok = startScriptedTikTok(apiAnswer(JSON.stringify({ user })));
  assert.deepEqual(
    await tiktok.client.readUser(TOKEN, ["user.info.profile", "user.info.stats"]),
    user,
  );
});

const CREATOR = {
  creator_avatar_url: "https://cdn.test/a",
  creator_username: "ann",
  creator_nickname: "Ann",
  privacy_level_options: ["PUBLIC_TO_EVERYONE", "SELF_ONLY"],
  comment_disabled: false,
  duet_disabled: true,
  stitch_disabled: false,
  max_video_post_duration_sec: 300,
};

Deno.test("a creator is read in our words", async () => {
  await using tiktok = startScriptedTikTok(apiAnswer(JSON.stringify(CREATOR)));
  assert.deepEqual(await tiktok.client.readCreator(TOKEN), {
    nickname: "Ann",
    username: "ann",
    avatar_url: "https://cdn.test/a",
    privacy_level_options: ["PUBLIC_TO_EVERYONE", "SELF_ONLY"],
    comment_disabled: false,
    duet_disabled: true,
    stitch_disabled: false,
    max_video_duration_seconds: 300,
  });
  const [seen] = tiktok.seen;
  assert.deepEqual([seen?.method, seen?.path], ["POST", "/v2/post/publish/creator_info/query/"]);
});

Deno.test("a creator who can't post is refused with HTTP 200", async () => {
  const cases = {
    spam_risk_user_banned_from_posting: "account_banned",
    spam_risk_too_many_posts: "try_later",
    reached_active_user_cap: "try_later",
  };
  for (const [code, kind] of Object.entries(cases)) {
    await using tiktok = startScriptedTikTok(apiAnswer("{}", code, 200));
    const error = await failureOf(tiktok.client.readCreator(TOKEN));
    assert.deepEqual([error.code, error.kind, error.outcome], [code, kind, "rejected"]);
  }
});

for (const field of Object.keys(CREATOR).filter((name) => name !== "creator_avatar_url")) {
  Deno.test(`a creator without ${field} is unreadable`, async () => {
    const data = JSON.stringify({ ...CREATOR, [field]: undefined });
    await using tiktok = startScriptedTikTok(apiAnswer(data));
    const error = await failureOf(tiktok.client.readCreator(TOKEN));
    assert.equal(error.code, "unreadable");
    assert.ok(error.message.includes(field));
  });
}

const STATUSES: Record<string, [data: string, expected: Record<string, unknown>]> = {
  "a numeric id keeps its 19 digits": [
    '{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[7678907398077074696]}',
    { status: "PUBLISH_COMPLETE", post_ids: ["7678907398077074696"] },
  ],
  "ids may be text, several, repeated, and spelled right": [
    '{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":["1","2"],"publicly_available_post_id":[2,3]}',
    { post_ids: ["1", "2", "3"] },
  ],
  "a failure has its reason": [
    '{"status":"FAILED","fail_reason":"duration_check_failed"}',
    { status: "FAILED", fail_reason: "duration_check_failed", post_ids: [] },
  ],
  "an upload has its progress": [
    '{"status":"PROCESSING_UPLOAD","fail_reason":"","uploaded_bytes":10000000}',
    { status: "PROCESSING_UPLOAD", fail_reason: null, uploaded_bytes: 10_000_000 },
  ],
  "a download has its progress": [
    '{"status":"PROCESSING_DOWNLOAD","downloaded_bytes":5,"publicaly_available_post_id":null}',
    { status: "PROCESSING_DOWNLOAD", downloaded_bytes: 5, uploaded_bytes: null },
  ],
  "a draft lies in the inbox": ['{"status":"SEND_TO_USER_INBOX"}', {
    status: "SEND_TO_USER_INBOX",
  }],
  "a status that nobody documented is kept as a word": ['{"status":"IN_REVIEW"}', {
    status: "unknown",
    raw_status: "IN_REVIEW",
  }],
};
for (const [name, [data, expected]] of Object.entries(STATUSES)) {
  Deno.test(`status: ${name}`, async () => {
    await using tiktok = startScriptedTikTok(apiAnswer(data));
    const status: Record<string, unknown> = {
      ...await tiktok.client.readPublishStatus(TOKEN, "v_pub_1"),
    };
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(status[field], value);
    assert.equal(tiktok.seen[0]?.path, "/v2/post/publish/status/fetch/");
    assert.deepEqual(JSON.parse(tiktok.seen[0]?.body ?? ""), { publish_id: "v_pub_1" });
  });
}

Deno.test("a cancellation needs no data, and a late one is refused", async () => {
  await using tiktok = startScriptedTikTok(
    Response.json({ error: { code: "ok", message: "", log_id: "1" } }),
    apiAnswer("{}", "publish_not_cancellable", 400),
  );
  await tiktok.client.cancelPost(TOKEN, "v_pub_1");
  assert.equal(tiktok.seen[0]?.path, "/v2/post/publish/cancel/");
  const error = await failureOf(tiktok.client.cancelPost(TOKEN, "v_pub_1"));
  assert.deepEqual([error.kind, error.outcome], ["not_cancellable", "rejected"]);
});

Deno.test("videos are listed page by page, with exact ids and the counts asked for", async () => {
  await using tiktok = startScriptedTikTok(
    apiAnswer(
      '{"videos":[{"id":7678907398077074696,"create_time":1700000000,"view_count":9}],"cursor":1700000000123,"has_more":true}',
    ),
    apiAnswer('{"videos":[],"has_more":false}'),
  );
  const page = await tiktok.client.listVideos(TOKEN);
  assert.deepEqual([page.cursor_ms, page.has_more], [1_700_000_000_123, true]);
  const [video] = page.videos;
  assert.equal(video?.id, "7678907398077074696");
  assert.deepEqual([video?.create_time_seconds, video?.view_count], [1_700_000_000, 9]);
  assert.equal(video?.like_count, null);
  const fields = tiktok.seen[0]?.query.get("fields")?.split(",") ?? [];
  for (const count of ["view_count", "like_count", "comment_count", "share_count"]) {
    assert.ok(fields.includes(count));
  }
  assert.deepEqual(JSON.parse(tiktok.seen[0]?.body ?? ""), {});

  await tiktok.client.listVideos(TOKEN, { cursor_ms: 5, max_count: 20, fields: ["view_count"] });
  assert.equal(tiktok.seen[1]?.query.get("fields"), "id,view_count");
  assert.deepEqual(JSON.parse(tiktok.seen[1]?.body ?? ""), { cursor: 5, max_count: 20 });
});

/** Whatever stands in one field, the others and the other videos are told. */
const ODD_FIELDS: Record<string, [field: string, raw: string, read: unknown]> = {
  "a fraction": ["view_count", "1.5", null],
  "more than 2^53": ["view_count", "9007199254740993", null],
  "less than nothing": ["like_count", "-1", null],
  "a word": ["share_count", '"many"', null],
  "digits as text": ["comment_count", '"12"', 12],
  "an object for a count": ["view_count", "{}", null],
  "a time beyond all years": ["create_time", "253402300800000", null],
  "a number for a title": ["title", "7", null],
  "a title with a NUL": ["title", String.raw`"a\u0000b"`, "a\uFFFDb"],
  "a title with half a character": ["title", String.raw`"a\ud83d"`, "a\uFFFD"],
};
for (const [name, [field, raw, read]] of Object.entries(ODD_FIELDS)) {
  Deno.test(`videos: ${name} costs that field alone`, async () => {
    await using tiktok = startScriptedTikTok(
      apiAnswer(`{"videos":[{"id":"1","${field}":${raw}},{"id":"2"}],"has_more":false}`),
    );
    const { videos } = await tiktok.client.listVideos(TOKEN);
    assert.deepEqual(videos.map(({ id }) => id), ["1", "2"]);
    const name_of_ours = field === "create_time" ? "create_time_seconds" : field;
    assert.deepEqual(
      Object.entries(videos[0] ?? {}).find(([key]) => key === name_of_ours)?.[1],
      read,
    );
  });
}

Deno.test("a video that can't be told from others is passed over", async () => {
  for (const odd of ["{}", "7", "null", '{"id":""}', '{"id":1.5}', String.raw`{"id":"1\u0000"}`]) {
    await using tiktok = startScriptedTikTok(
      apiAnswer(`{"videos":[${odd},{"id":"2"}],"cursor":"x","has_more":false}`),
    );
    const { videos, cursor_ms } = await tiktok.client.listVideos(TOKEN);
    assert.deepEqual([videos.map(({ id }) => id), cursor_ms], [["2"], null], odd);
  }
});

Deno.test("a user with odd figures and names is a user still; one whose id is odd is none", async () => {
  await using tiktok = startScriptedTikTok(
    apiAnswer(
      String
        .raw`{"user":{"open_id":"o1","display_name":"A\u0000","is_verified":"no","avatar_url":7,"follower_count":"9","likes_count":1e99,"video_count":"x"}}`,
    ),
    apiAnswer(String.raw`{"user":{"open_id":"o\u0000"}}`),
  );
  const user = await tiktok.client.readUser(TOKEN, ["user.info.stats"]);
  assert.deepEqual(
    [user.display_name, user.is_verified, user.avatar_url, user.follower_count, user.likes_count],
    ["A\uFFFD", null, null, 9, null],
  );
  assert.equal(user.video_count, null);
  assert.equal((await failureOf(tiktok.client.readUser(TOKEN, []))).code, "unreadable");
});

Deno.test("videos are queried by ids that are text", async () => {
  await using tiktok = startScriptedTikTok(apiAnswer('{"videos":[{"id":"1"}],"cursor":0}'));
  const videos = await tiktok.client.queryVideos(TOKEN, ["1", "2"]);
  assert.deepEqual(videos.map((video) => video.id), ["1"]);
  assert.equal(tiktok.seen[0]?.path, "/v2/video/query/");
  assert.deepEqual(JSON.parse(tiktok.seen[0]?.body ?? ""), { filters: { video_ids: ["1", "2"] } });
});

Deno.test("what TikTok's limits forbid is not even sent", async () => {
  await using tiktok = startScriptedTikTok();
  const too_many = Array.from({ length: 21 }, (_, index) => String(index));
  await assert.rejects(tiktok.client.queryVideos(TOKEN, too_many), RangeError);
  await assert.rejects(tiktok.client.queryVideos(TOKEN, []), RangeError);
  await assert.rejects(tiktok.client.listVideos(TOKEN, { max_count: 21 }), RangeError);
  assert.equal(tiktok.seen.length, 0);
});
