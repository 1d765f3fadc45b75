/** What is sent, what is sent again, and what becomes of a failure. */

import assert from "node:assert/strict";
import * as tiktok from "../../client/src/index.ts";
import { json, offline, problem, scriptNetwork, skipPauses } from "./support/scripted_network.ts";

const ID = "0f8b6a52-7a0e-4c3f-8f1d-3c6a9d2e4b70";
const job = { id: "j1", status: "queued" };
const post: tiktok.NewPost = {
  connection_id: ID,
  media: { type: "video", source: { kind: "storage", bucket: "videos", path: "u/v.mp4" } },
  mode: "direct",
  post: { privacy_level: "SELF_ONLY" },
};
const page = () => new Response("<h1>Bad gateway</h1>", { status: 502 });

Deno.test("a call whose answer is lost is sent again, if that does no more than once", async (t) => {
  const repeated = [
    { name: "creator", run: tiktok.creator, answer: { creator: {} } },
    { name: "disconnect", run: tiktok.disconnect, answer: { connection: {} } },
    { name: "analytics", run: tiktok.analytics, answer: {} },
  ];
  for (const { name, run, answer } of repeated) {
    await t.step(name, async () => {
      using skipped = skipPauses();
      const { supabase, sent } = scriptNetwork([offline(), page(), json(answer)]);
      await run(supabase, ID);
      assert.equal(sent.length, 3);
      assert.deepEqual(sent[2], sent[0]);
      assert.deepEqual(skipped.pauses_ms.filter((ms) => ms > 100), [400, 1600]);
    });
  }
  const once = [
    { name: "connect", run: (supabase: tiktok.Supabase) => tiktok.connect(supabase) },
    { name: "cancel", run: (supabase: tiktok.Supabase) => tiktok.cancel(supabase, ID) },
    {
      name: "completeConnection",
      run: (supabase: tiktok.Supabase) =>
        tiktok.completeConnection(supabase, { url: "https://nexus.example.com/?state=s&code=c" }),
    },
  ];
  for (const { name, run } of once) {
    await t.step(`but not ${name}`, async () => {
      const { supabase, sent } = scriptNetwork([offline()]);
      await assert.rejects(run(supabase), { code: "network", status: 0 });
      assert.equal(sent.length, 1);
    });
  }
});

Deno.test("a post that is sent again has the same key; another call has another", async () => {
  using _ = skipPauses();
  const { supabase, sent } = scriptNetwork([offline(), json({ job }, 202), json({ job }, 202)]);
  await tiktok.publish(supabase, post);
  await tiktok.publish(supabase, post);
  const keys = sent.map(({ body }) => (body as { idempotency_key: string }).idempotency_key);
  assert.match(String(keys[0]), /^[0-9a-f-]{36}$/);
  assert.equal(keys[1], keys[0]);
  assert.notEqual(keys[2], keys[0]);
});

Deno.test("a key of one's own is kept", async () => {
  const { supabase, sent } = scriptNetwork([json({ job }, 202)]);
  await tiktok.publish(supabase, { ...post, idempotency_key: "mine" });
  assert.deepEqual(sent[0]?.body, { ...post, idempotency_key: "mine" });
});

Deno.test("after three lost answers, the failure says what is known of it", async () => {
  using _ = skipPauses();
  const unreachable = scriptNetwork([offline(), offline(), offline()]);
  await assert.rejects(tiktok.creator(unreachable.supabase, ID), { code: "network", status: 0 });
  const gateway = scriptNetwork([page(), page(), page()]);
  await assert.rejects(tiktok.creator(gateway.supabase, ID), {
    code: "unexpected_answer",
    status: 502,
  });
});

Deno.test("a problem keeps all that helps, and is not asked for again", async () => {
  const { supabase, sent } = scriptNetwork([
    problem(503, "tiktok_unavailable", {
      retry_after: 30,
      tiktok_code: "internal_error",
      log_id: "2026",
      errors: [{ path: "a", message: "b" }],
    }),
  ]);
  const error = await tiktok.creator(supabase, ID).catch((error) => error);
  assert.ok(error instanceof tiktok.TikTokIntegrationError);
  assert.deepEqual({ ...error, message: error.message }, {
    name: "TikTokIntegrationError",
    message: "D.",
    code: "tiktok_unavailable",
    status: 503,
    errors: [{ path: "a", message: "b" }],
    retry_after: 30,
    request_id: "r",
    tiktok_code: "internal_error",
    log_id: "2026",
  });
  assert.equal(sent.length, 1);
});

Deno.test("JSON that is no problem document is not taken for one", async () => {
  const { supabase } = scriptNetwork([json({ msg: "no such function" }, 404)]);
  await assert.rejects(tiktok.cancel(supabase, ID), { code: "unexpected_answer", status: 404 });
});

Deno.test("an aborted signal throws its reason: before, during, and between two tries", async (t) => {
  await t.step("before", async () => {
    const { supabase, sent } = scriptNetwork([json({ creator: {} })]);
    const signal = AbortSignal.abort();
    await assert.rejects(tiktok.creator(supabase, ID, { signal }), { name: "AbortError" });
    assert.ok(sent.length <= 1, "not sent again");
  });
  await t.step("during", async () => {
    const controller = new AbortController();
    const { supabase } = scriptNetwork([() => {
      controller.abort(new Error("the user left"));
      return Promise.reject(controller.signal.reason);
    }]);
    await assert.rejects(tiktok.creator(supabase, ID, controller), { message: "the user left" });
  });
  await t.step("between two tries", async () => {
    const controller = new AbortController();
    const { supabase, sent } = scriptNetwork([offline()]);
    const asked = tiktok.creator(supabase, ID, controller);
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(asked, { name: "AbortError" });
    assert.equal(sent.length, 1);
  });
});

Deno.test("rows are asked for by column, and look as the functions' answers do", async () => {
  const { supabase, sent } = scriptNetwork([
    json([{
      id: ID,
      connected_at: "2026-12-01T10:00:00.123456+01:00",
      last_error: { code: "x", detail: "at", at: "2026-12-01T09:00:00+00:00" },
      scopes: ["user.info.basic"],
    }]),
    json([]),
  ]);
  assert.deepEqual(await tiktok.connections(supabase), [{
    id: ID,
    connected_at: "2026-12-01T09:00:00.123Z",
    last_error: { code: "x", detail: "at", at: "2026-12-01T09:00:00.000Z" },
    scopes: ["user.info.basic"],
  }]);
  await tiktok.jobs(supabase, { connection_id: ID, limit: 5 });
  assert.equal(sent[0]?.query.get("platform"), "eq.tiktok");
  assert.equal(sent[1]?.query.get("connection_id"), `eq.${ID}`);
  assert.equal(sent[1]?.query.get("limit"), "5");
  for (const { query } of sent) assert.doesNotMatch(query.get("select") ?? "*", /\*|sealed/);
});

Deno.test("what the Data API refuses is a failure like any other", async () => {
  const expired = scriptNetwork([json({ code: "PGRST303", message: "JWT expired" }, 401)]);
  await assert.rejects(tiktok.connections(expired.supabase), { code: "unauthorized", status: 401 });
  const unreachable = scriptNetwork([offline()]);
  await assert.rejects(tiktok.jobs(unreachable.supabase), { code: "network", status: 0 });
  const empty = scriptNetwork([json([])]);
  await assert.rejects(tiktok.job(empty.supabase, ID), { code: "not_found", status: 404 });
});

Deno.test("figures: the days are asked for, and CSV is a text", async () => {
  const { supabase, sent } = scriptNetwork([
    json({ videos: [] }),
    new Response("id,views\n", { headers: { "content-type": "text/csv" } }),
  ]);
  await tiktok.analytics(supabase, ID, { days: 7 });
  assert.equal(await tiktok.analyticsCsv(supabase, ID), "id,views\n");
  assert.deepEqual(sent.map(({ query }) => query.get("days")), ["7", null]);
});

Deno.test("a check posts nothing", async () => {
  const { supabase, sent } = scriptNetwork([json({ dry_run: true, checks: [] })]);
  const { media: _, ...rest } = post;
  const media: tiktok.PhotosMedia = { type: "photos", urls: ["https://nexus.example.com/1.jpg"] };
  await tiktok.check(supabase, { ...rest, media } as tiktok.StoredPost);
  assert.deepEqual(sent[0]?.body, { ...rest, media, dry_run: true });
});
