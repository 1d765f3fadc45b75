import assert from "node:assert/strict";
import { signWebhook } from "../../local/tiktok/index.ts";
import { APP, put, randomBytes, startBench, whole } from "./harness.ts";

const WEBHOOK = { app: { ...APP, webhook_url: "https://nexus.example.com/webhook" } };

Deno.test("the signature is the one of the vector", async () => {
  const body = '{"client_key":"ck_test","event":"authorization.removed","create_time":1615338610,' +
    '"user_openid":"open_test","content":"{\\"reason\\":1}"}';
  assert.equal(
    await signWebhook("secret_test", 1633174587, body),
    "t=1633174587,s=0ca75d109e1f69e383f370befd200bffe6d261084b17dbd216bf3a5a87c17ea4",
  );
});

Deno.test("a made-up event is signed over its very bytes", async () => {
  await using bench = await startBench(WEBHOOK);
  const request = await bench.tiktok.webhooks.build("post.publish.complete", "open_1", {
    publish_id: "v_pub_file~1",
    publish_type: "DIRECT_POST",
  });
  assert.equal(request.url, WEBHOOK.app.webhook_url);
  const body = await request.text();
  const signature = request.headers.get("tiktok-signature")!;
  const timestamp = Number(/^t=(\d+),/.exec(signature)![1]);
  assert.equal(timestamp, Math.floor(bench.now_ms / 1000));
  assert.equal(signature, await signWebhook(APP.client_secret, timestamp, body));
  const event = JSON.parse(body);
  assert.deepEqual([event.client_key, event.user_openid], [APP.client_key, "open_1"]);
  assert.equal(JSON.parse(event.content).publish_id, "v_pub_file~1");
});

Deno.test("a public post tells twice: complete, then its id in bare digits", async () => {
  await using bench = await startBench(WEBHOOK);
  const { access_token } = await bench.connect();
  await bench.post(access_token, randomBytes(10));
  const { events, posts } = bench.tiktok.state;
  assert.deepEqual(events.map(({ event }) => event), [
    "post.publish.complete",
    "post.publish.publicly_available",
  ]);
  assert.ok(events[1]?.content.includes(`"post_id":${posts[0]?.post_id},`), events[1]?.content);
});

Deno.test("a draft tells when it is in the inbox, and when it is published", async () => {
  await using bench = await startBench(WEBHOOK);
  const { access_token } = await bench.connect();
  const path = "/v2/post/publish/inbox/video/init/";
  const { data } = await bench.call(path, access_token, { source_info: whole(10) });
  await put(String(data.upload_url), randomBytes(10), 0, 10);
  bench.tiktok.users.publishDraft(String(data.publish_id), { privacy_level: "SELF_ONLY" });
  assert.deepEqual(bench.tiktok.state.events.map(({ event }) => event), [
    "post.publish.inbox_delivered",
    "post.publish.complete",
  ]);
});

Deno.test("delivery goes on until each is answered with 200, in order", async () => {
  await using bench = await startBench(WEBHOOK);
  const { access_token } = await bench.connect();
  const { publish_id } = await bench.post(access_token, randomBytes(10));
  const got: string[] = [];
  const answers = [500, 200, 204, 200];
  const receive: typeof fetch = async (input) => {
    got.push((await (input as Request).json()).event);
    return new Response(null, { status: answers.shift() ?? 200 });
  };
  assert.deepEqual(await bench.tiktok.webhooks.deliver(receive), { delivered: 1, failed: 1 });
  assert.deepEqual(await bench.tiktok.webhooks.deliver(receive), { delivered: 0, failed: 1 });
  assert.deepEqual(await bench.tiktok.webhooks.deliver(receive), { delivered: 1, failed: 0 });
  assert.deepEqual(await bench.tiktok.webhooks.deliver(receive), { delivered: 0, failed: 0 });
  assert.deepEqual(got, [
    "post.publish.complete",
    "post.publish.publicly_available",
    "post.publish.complete",
    "post.publish.complete",
  ]);
  const { data } = await bench.status(access_token, publish_id);
  assert.equal(data.status, "PUBLISH_COMPLETE", "who was told does not read of processing");
});

Deno.test("nobody at the other end is a failed attempt", async () => {
  await using bench = await startBench(WEBHOOK);
  const { open_id } = await bench.connect();
  bench.tiktok.users.removeAuthorization(open_id, 2);
  const nobody = () => Promise.reject(new TypeError("connection refused"));
  assert.deepEqual(await bench.tiktok.webhooks.deliver(nobody), { delivered: 0, failed: 1 });
  assert.deepEqual(bench.tiktok.state.events[0]?.content, '{"reason":2}');
});
