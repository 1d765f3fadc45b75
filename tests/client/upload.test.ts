/** A file on its way into Storage, and what becomes of it when the post is refused. */

import assert from "node:assert/strict";
import * as tiktok from "../../client/src/index.ts";
import {
  json,
  offline,
  problem,
  scriptNetwork,
  skipPauses,
  USER_ID,
} from "./support/scripted_network.ts";

const KEY = "c1f4d2a8-91b3-4e6d-a7c5-2e8f0b9d6a13";
const file = new Blob(["0123456789"], { type: "video/mp4" });
const draft: tiktok.NewPost = {
  connection_id: "0f8b6a52-7a0e-4c3f-8f1d-3c6a9d2e4b70",
  media: { type: "video", source: { kind: "file", file } },
  mode: "draft",
  idempotency_key: KEY,
};
const PATH = `${USER_ID}/${KEY}.mp4`;
const SIGN = `/storage/v1/object/upload/sign/videos/${PATH}`;
const job = { id: "j1", status: "queued" };

const signed = () => json({ url: `/object/upload/sign/videos/${PATH}?token=t` });
const taken = () => json({ statusCode: "409", error: "Duplicate", message: "exists" }, 400);

/** The upload itself goes past supabase-js: by `fetch` where there is no XMLHttpRequest. */
function answerUploads(...answers: (Response | Error)[]): { uploads: Request[] } & Disposable {
  const before = globalThis.fetch;
  const uploads: Request[] = [];
  globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    uploads.push(request);
    const answer = answers[uploads.length - 1] ?? new Error("nobody expected an upload");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return {
    uploads,
    [Symbol.dispose]() {
      globalThis.fetch = before;
    },
  };
}

Deno.test("a file goes below the user's folder, by a signed address, and is told of", async () => {
  using storage = answerUploads(json({ Key: PATH }));
  const { supabase, sent } = scriptNetwork([signed()]);
  const told: tiktok.Progress[] = [];
  const source = await tiktok.upload(supabase, file, { onProgress: (now) => told.push(now) });
  assert.equal(source.kind, "storage");
  assert.equal(source.bucket, "videos");
  assert.match(source.path, new RegExp(`^${USER_ID}/[0-9a-f-]{36}\\.mp4$`));
  assert.match(sent[0]?.path ?? "", /^\/storage\/v1\/object\/upload\/sign\/videos\//);
  const [upload] = storage.uploads;
  assert.equal(upload?.method, "PUT");
  assert.equal(upload?.headers.get("content-type"), "video/mp4");
  assert.equal(upload?.headers.get("authorization"), null, "the address is enough");
  assert.equal(await upload?.text(), "0123456789");
  assert.deepEqual(told.map(({ sent_bytes }) => sent_bytes), [0, 10]);
});

Deno.test("a name that ends in .mov, or the type, makes it a QuickTime video", async () => {
  for (const clip of [new File(["x"], "a.MOV"), new Blob(["x"], { type: "video/quicktime" })]) {
    using storage = answerUploads(json({}));
    const { supabase } = scriptNetwork([signed()]);
    const { path } = await tiktok.upload(supabase, clip);
    assert.match(path, /\.mov$/);
    assert.equal(storage.uploads[0]?.headers.get("content-type"), "video/quicktime");
  }
});

Deno.test("nobody uploads without a session", async () => {
  const { supabase, sent } = scriptNetwork([], { signed_in: false });
  await assert.rejects(tiktok.upload(supabase, file), { code: "unauthorized", status: 401 });
  assert.equal(sent.length, 0);
});

Deno.test("what Storage refuses is upload_failed, with its words", async () => {
  const { supabase } = scriptNetwork([json({ statusCode: "403", message: "row-level" }, 400)]);
  await assert.rejects(tiktok.upload(supabase, file), {
    code: "upload_failed",
    message: /row-level/,
  });
  using _ = answerUploads(json({ statusCode: "413", message: "too large" }, 413));
  await assert.rejects(tiktok.upload(scriptNetwork([signed()]).supabase, file), {
    code: "upload_failed",
    status: 413,
    message: /too large/,
  });
  using __ = answerUploads(new Response("<h1>504</h1>", { status: 504 }));
  await assert.rejects(tiktok.upload(scriptNetwork([signed()]).supabase, file), {
    code: "upload_failed",
    status: 504,
  });
});

Deno.test("an upload that is cut off is a network failure", async () => {
  using _ = answerUploads(offline());
  await assert.rejects(tiktok.upload(scriptNetwork([signed()]).supabase, file), {
    code: "network",
  });
  await assert.rejects(tiktok.upload(scriptNetwork([offline()]).supabase, file), {
    code: "network",
  });
});

Deno.test("the file is named after the key, so that the same call is the same request", async (t) => {
  await t.step("a key that is a name", async () => {
    using _ = answerUploads(json({}));
    const { supabase, sent } = scriptNetwork([signed(), json({ job }, 202)]);
    await tiktok.publish(supabase, draft);
    assert.deepEqual(sent.map(({ path }) => path), [SIGN, "/functions/v1/tiktok-publish"]);
    assert.deepEqual(sent[1]?.body, {
      ...draft,
      media: { type: "video", source: { kind: "storage", bucket: "videos", path: PATH } },
    });
  });
  await t.step("a key that is none", async () => {
    const paths = ["spring/summer ü", "spring/summer ü", "other key"].map(
      async (idempotency_key) => {
        const { supabase, sent } = scriptNetwork([taken(), json({ job }, 202)]);
        await tiktok.publish(supabase, { ...draft, idempotency_key });
        return sent[0]?.path;
      },
    );
    const [first, again, other] = await Promise.all(paths);
    assert.match(String(first), new RegExp(`/${USER_ID}/[0-9a-f]{64}\\.mp4$`));
    assert.equal(again, first);
    assert.notEqual(other, first);
  });
});

Deno.test("a file that is there already is not sent again", async (t) => {
  await t.step("as the address is asked for", async () => {
    using storage = answerUploads();
    const { supabase } = scriptNetwork([taken(), json({ job })]);
    assert.deepEqual(await tiktok.publish(supabase, draft), job);
    assert.equal(storage.uploads.length, 0);
  });
  await t.step("or as it is sent", async () => {
    using _ = answerUploads(taken());
    const { supabase } = scriptNetwork([signed(), json({ job })]);
    assert.deepEqual(await tiktok.publish(supabase, draft), job);
  });
});

Deno.test("a refused post's file is removed, if it is of no use to any post", async (t) => {
  const outcomes = [
    { name: "media_rejected", answers: [problem(422, "media_rejected")], is_removed: true },
    { name: "scope_missing", answers: [problem(403, "scope_missing")], is_removed: true },
    { name: "rate_limited", answers: [problem(429, "rate_limited")], is_removed: false },
    { name: "internal", answers: [problem(500, "internal")], is_removed: false },
    { name: "network", answers: [offline(), offline(), offline()], is_removed: false },
  ];
  for (const { name, answers, is_removed } of outcomes) {
    await t.step(`${name}: ${is_removed ? "removed" : "kept"}`, async () => {
      using _ = skipPauses();
      using __ = answerUploads(json({}));
      const { supabase, sent } = scriptNetwork([signed(), ...answers, json([])]);
      await assert.rejects(tiktok.publish(supabase, draft), { code: name });
      const removed = sent.filter(({ method }) => method === "DELETE");
      assert.deepEqual(
        removed.map(({ path, body }) => [path, body]),
        is_removed ? [["/storage/v1/object/videos", { prefixes: [PATH] }]] : [],
      );
    });
  }
  await t.step("never a file that an earlier call put there: the first post needs it", async () => {
    using _ = answerUploads();
    const { supabase, sent } = scriptNetwork([taken(), problem(422, "media_rejected")]);
    await assert.rejects(tiktok.publish(supabase, draft), { code: "media_rejected" });
    assert.equal(sent.some(({ method }) => method === "DELETE"), false);
  });
  await t.step("a failing removal does not hide why the post was refused", async () => {
    using _ = answerUploads(json({}));
    const { supabase } = scriptNetwork([signed(), problem(422, "media_rejected"), offline()]);
    await assert.rejects(tiktok.publish(supabase, draft), { code: "media_rejected" });
  });
});

/** As much of a browser's XMLHttpRequest as the client uses, moved by the test. */
class ScriptedRequest {
  static latest: ScriptedRequest;
  upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onload = () => {};
  onerror = () => {};
  onabort = () => {};
  status = 0;
  responseText = "";
  opened: string[] = [];
  constructor() {
    ScriptedRequest.latest = this;
  }
  open(...what: string[]) {
    this.opened = what;
  }
  setRequestHeader() {}
  abort() {
    this.onabort();
  }
  act: () => void = () => {};
  send() {
    queueMicrotask(() => this.act());
  }
}

function inBrowser(act: (request: ScriptedRequest) => void): Disposable {
  class Acting extends ScriptedRequest {
    override act = () => act(this);
  }
  Object.assign(globalThis, { XMLHttpRequest: Acting });
  return {
    [Symbol.dispose]() {
      Reflect.deleteProperty(globalThis, "XMLHttpRequest");
    },
  };
}

Deno.test("in a browser, the upload is told of as it goes", async () => {
  using _ = inBrowser((request) => {
    for (const loaded of [3, 7]) request.upload.onprogress?.({ loaded });
    Object.assign(request, { status: 200 }).onload();
  });
  const told: number[] = [];
  await tiktok.upload(scriptNetwork([signed()]).supabase, file, {
    onProgress: ({ sent_bytes }) => told.push(sent_bytes),
  });
  assert.deepEqual(told, [0, 3, 7, 10]);
  assert.equal(ScriptedRequest.latest.opened[0], "PUT");
});

Deno.test("in a browser, an upload is aborted, cut off or refused", async (t) => {
  await t.step("aborted", async () => {
    const controller = new AbortController();
    using _ = inBrowser(() => controller.abort(new Error("the user left")));
    const uploading = tiktok.upload(scriptNetwork([signed()]).supabase, file, controller);
    await assert.rejects(uploading, { message: "the user left" });
  });
  await t.step("cut off", async () => {
    using _ = inBrowser((request) => request.onerror());
    const uploading = tiktok.upload(scriptNetwork([signed()]).supabase, file);
    await assert.rejects(uploading, { code: "network" });
  });
  await t.step("refused", async () => {
    using _ = inBrowser((request) =>
      Object.assign(request, { status: 413, responseText: '{"message":"too large"}' }).onload()
    );
    const uploading = tiktok.upload(scriptNetwork([signed()]).supabase, file);
    await assert.rejects(uploading, { code: "upload_failed", status: 413 });
  });
});
