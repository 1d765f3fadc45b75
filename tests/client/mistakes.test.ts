/** What is wrong with what a caller gives, or with who he is, said in the client's own words. */

import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import * as tiktok from "../../client/src/index.ts";
import { startWorld } from "../functions/support/world.ts";
import { json, problem, scriptNetwork } from "./support/scripted_network.ts";

const ID = "0f8b6a52-7a0e-4c3f-8f1d-3c6a9d2e4b70";
const UUID = "must be a UUID";
const LIMIT = "must be 0 or a whole number above";

type Mistake = {
  name: string;
  run: (supabase: tiktok.Supabase) => Promise<unknown>;
  path: string;
  message: string;
};

const file = undefined as unknown as Blob;
const photos: tiktok.PhotosMedia = {
  type: "photos",
  urls: ["https://nexus.example.com/1.jpg"],
};
const draft = { connection_id: ID, mode: "draft" } as const;

const mistakes: Mistake[] = [
  { name: "job", run: (it) => tiktok.job(it, "x"), path: "job_id", message: UUID },
  { name: "watch", run: (it) => tiktok.watch(it, "x").next(), path: "job_id", message: UUID },
  ...["x", "", `${ID}0`].map((connection_id) => ({
    name: `jobs of the connection "${connection_id}"`,
    run: (it: tiktok.Supabase) => tiktok.jobs(it, { connection_id }),
    path: "connection_id",
    message: UUID,
  })),
  {
    name: "watchJobs",
    run: (it) => tiktok.watchJobs(it, { connection_id: "x" }).next(),
    path: "connection_id",
    message: UUID,
  },
  {
    name: "watchJobs, -1 of them",
    run: (it) => tiktok.watchJobs(it, { limit: -1 }).next(),
    path: "limit",
    message: LIMIT,
  },
  ...[-1, 1.5, NaN, Infinity].map((limit) => ({
    name: `jobs, ${limit} of them`,
    run: (it: tiktok.Supabase) => tiktok.jobs(it, { limit }),
    path: "limit",
    message: LIMIT,
  })),
  {
    name: "upload of no file",
    run: (it) => tiktok.upload(it, file),
    path: "file",
    message: "must be a File or Blob",
  },
  {
    name: "publish of no file",
    run: (it) =>
      tiktok.publish(it, { ...draft, media: { type: "video", source: { kind: "file", file } } }),
    path: "media.source.file",
    message: "must be a File or Blob",
  },
  ...[undefined, null, "x"].flatMap((given) =>
    [tiktok.publish, tiktok.check].map((run) => ({
      name: `${run.name} of ${JSON.stringify(given)}`,
      run: (it: tiktok.Supabase) => run(it, given as unknown as tiktok.StoredPost),
      path: "",
      message: "must be an object",
    }))
  ),
];

for (const { name, run, path, message } of mistakes) {
  Deno.test(`${name}: refused with its path, and nothing is sent`, async () => {
    const { supabase, sent } = scriptNetwork([]);
    supabase.channel = () => assert.fail("Realtime is asked for news of it");
    await assert.rejects(run(supabase), {
      name: "TikTokIntegrationError",
      code: "invalid_request",
      status: 400,
      message: `${path || "The post"}: ${message}.`,
      errors: [{ path, message }],
    });
    assert.deepEqual(sent, []);
  });
}

Deno.test("ids in capitals, and none of the posts, may be asked for", async () => {
  const { supabase, sent } = scriptNetwork([json([{ id: ID }]), json([])]);
  await tiktok.job(supabase, ID.toUpperCase());
  await tiktok.jobs(supabase, { limit: 0 });
  assert.equal(sent.length, 2);
});

Deno.test("a key that the gateway refuses is not taken for a missing user", async () => {
  const { supabase } = scriptNetwork([json({ message: "Invalid API key" }, 401)]);
  await assert.rejects(tiktok.jobs(supabase), {
    code: "unauthorized",
    message: "Invalid API key",
  });
});

Deno.test("a function's own refusal of an unknown user keeps all but its words", async () => {
  const { supabase } = scriptNetwork([problem(401, "unauthorized")]);
  await assert.rejects(tiktok.creator(supabase, ID), {
    code: "unauthorized",
    message: "Sign in first.",
    request_id: "r",
  });
});

Deno.test("against the functions and the Data API", async (t) => {
  await using world = await startWorld();
  const { url, keys } = world.host;
  const auth = { autoRefreshToken: false, persistSession: false };
  const supabase = createClient(url, keys.publishable, { auth });
  const nobody = tiktok.createTikTokClient(supabase);
  const calls: Record<string, () => Promise<unknown>> = {
    connect: () => nobody.connect(),
    connections: () => nobody.connections(),
    creator: () => nobody.creator(ID),
    disconnect: () => nobody.disconnect(ID),
    upload: () => nobody.upload(new Blob(["x"])),
    publish: () => nobody.publish({ ...draft, media: photos }),
    check: () => nobody.check({ ...draft, media: photos }),
    jobs: () => nobody.jobs(),
    job: () => nobody.job(ID),
    cancel: () => nobody.cancel(ID),
    watch: () => nobody.watch(ID).next(),
    watchJobs: () => nobody.watchJobs().next(),
    watchConnections: () => nobody.watchConnections().next(),
    analytics: () => nobody.analytics(ID),
    analyticsCsv: () => nobody.analyticsCsv(ID),
  };
  for (const [name, run] of Object.entries(calls)) {
    await t.step(`${name} without a session: sign in first`, async () => {
      await assert.rejects(run(), {
        name: "TikTokIntegrationError",
        code: "unauthorized",
        status: 401,
        message: "Sign in first.",
      });
    });
  }

  await supabase.auth.signUp({ email: "someone@example.com", password: "a-test-password" });
  const incomplete: [string, object, string][] = [
    ["no media", {}, "media"],
    ["media that is null", { media: null }, "media"],
    ["media without a type", { media: {} }, "media.type"],
    ["a video without a source", { media: { type: "video" } }, "media.source"],
    ["photos without urls", { media: { type: "photos" } }, "media.urls"],
  ];
  for (const [what, more, path] of incomplete) {
    await t.step(`publish with ${what}: ${path}`, async () => {
      const post = { ...draft, ...more } as unknown as tiktok.NewPost;
      const refusal = await nobody.publish(post).catch((error) => error);
      assert.ok(refusal instanceof tiktok.TikTokIntegrationError);
      assert.equal(refusal.code, "invalid_request");
      assert.deepEqual(refusal.errors.map((error) => error.path), [path]);
    });
  }
});
