/** What a hostile review found once, each with its story. */

import { equal, isProblem, ok, pathsOf, same } from "./support/assert.ts";
import { readClip, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const TOKEN = "/v2/oauth/token/";
const CREATOR = "/v2/post/publish/creator_info/query/";
const INIT = "/v2/post/publish/video/init/";
const REVOKE = "/v2/oauth/revoke/";
const HOUR = 3600;

Deno.test("a refresh that ends after its user disconnected leaves no grant alive", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  await world.skip(3 * HOUR);
  // The refresh takes its time, and the disconnect in the meantime can't reach TikTok.
  const answered = Promise.withResolvers<void>();
  const rotated = Promise.withResolvers<void>();
  const fresh = world.tiktok.state.issuedSecrets().length;
  world.tiktok.faults.add({ path: TOKEN, kind: "wait", until: answered.promise });
  world.tiktok.faults.add({ path: TOKEN, kind: "status", status: 503, nth: 2 });
  const use = person.get(`tiktok-creator?connection_id=${connection.id}`);
  const asked = world.calls(TOKEN);
  const watch = setInterval(() => {
    if (world.calls(TOKEN) > asked) rotated.resolve();
  }, 5);
  await rotated.promise;
  clearInterval(watch);
  const disconnected = await person.post("tiktok-disconnect", { connection_id: connection.id });
  equal(disconnected.status, 200);
  answered.resolve();
  await use;
  ok(world.tiktok.state.issuedSecrets().length > fresh, "TikTok gave out new tokens");
  await world.skip(2 * 60);
  await world.schedule.post("tiktok-refresh");
  ok(world.calls(REVOKE) > 0, "the grant was revoked");
  same(
    await world.host.sql.query("select 1 from private.token_revocations where ended_at is null"),
    [],
  );
});

Deno.test("five failures of TikTok's init do not use up the day's posts", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("a.mp4", await readClip());
  world.tiktok.faults.add({ path: INIT, kind: "status", status: 500, times: 5 });
  const job = await person.publish(videoPost(connection.id, path));
  const settled = await person.settle(job.id);
  equal(settled.status, "published");
  ok(world.ahead_seconds < 12 * HOUR, "without waiting for tomorrow");
  equal(world.tiktok.state.posts.length, 1);
});

Deno.test("an obstacle that passed is no longer told in the capabilities", async () => {
  await using world = await startWorld();
  const person = await world.person();
  world.tiktok.faults.add({ path: CREATOR, kind: "error", code: "reached_active_user_cap" });
  const connection = await person.connect();
  equal(connection.capabilities.direct_post?.available, false);
  const answer = await person.get(`tiktok-creator?connection_id=${connection.id}`);
  equal(answer.body.creator.can_post, true);
  const [row] = await world.host.sql.query<{ capabilities: Record<string, unknown> }>(
    "select capabilities from public.platform_connections",
  );
  same(row?.capabilities.direct_post, { available: true, reason: null, missing_scopes: [] });
});

Deno.test("tokens that live for a minute are refreshed once for all who wait", async () => {
  await using world = await startWorld({ tiktok_options: { access_ttl_seconds: 60 } });
  const person = await world.person();
  const connection = await person.connect();
  await world.skip(61);
  const before = world.calls(TOKEN);
  const answers = await Promise.all(
    Array.from({ length: 15 }, () => person.get(`tiktok-creator?connection_id=${connection.id}`)),
  );
  same([...new Set(answers.map(({ status }) => status))], [200]);
  equal(world.calls(TOKEN) - before, 1);
});

Deno.test("a label that photos do not know is refused, never dropped", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const media = { type: "photos", urls: ["https://cdn.nexus.invalid/a.jpg"], cover_index: 0 };
  const post = { privacy_level: "SELF_ONLY", ai_generated: true };
  const request = { connection_id: connection.id, media, mode: "direct", post };
  const answer = await person.post("tiktok-publish", request);
  isProblem(answer, 400, "invalid_request");
  same(pathsOf(answer), ["post.ai_generated"]);
});

Deno.test("an access token that TikTok refuses although it is fresh is no reason to reconnect", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  world.tiktok.faults.add({ path: CREATOR, kind: "error", code: "access_token_invalid", times: 2 });
  const answer = await person.get(`tiktok-creator?connection_id=${connection.id}`);
  isProblem(answer, 502, "tiktok_rejected");
  equal(answer.body.tiktok_code, "access_token_invalid");
});
