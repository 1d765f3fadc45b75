import assert from "node:assert/strict";
import { getResponse } from "msw/utils/get-response";
import { APP, startBench, whole } from "./harness.ts";

Deno.test("the handlers serve without a server, uploads included", async () => {
  await using bench = await startBench();
  const { access_token } = await bench.connect();
  const { upload_url } = await bench.init(access_token, whole(5));
  const response = await getResponse(
    bench.tiktok.handlers,
    new Request(upload_url, {
      method: "PUT",
      headers: {
        "content-type": "video/mp4",
        "content-length": "5",
        "content-range": "bytes 0-4/5",
      },
      body: "video",
    }),
  );
  assert.equal(response?.status, 201);
  assert.equal(bench.tiktok.state.posts[0]?.size_bytes, 5);
});

Deno.test("a destroyed socket is a network error without a server", async () => {
  await using bench = await startBench();
  bench.tiktok.faults.add({ path: "/v2/oauth/token/", kind: "refuse" });
  const request = new Request("https://open.tiktokapis.com/v2/oauth/token/", { method: "POST" });
  assert.equal((await bench.tiktok.respond(request)).type, "error");
});

Deno.test("a path of two slashes is not another origin", async () => {
  await using bench = await startBench();
  const response = await fetch(`${bench.origin}//v2/oauth/token/`, { method: "POST" });
  assert.equal(response.status, 404);
  await response.body?.cancel();
});

Deno.test("a redirect address that TikTok would not register is refused at once", async () => {
  for (const uri of ["http://nexus.example.com/", "https://a.example/?x=1", "http://localhost/"]) {
    const started = startBench({ app: { ...APP, redirect_uris: [uri] } });
    await assert.rejects(started, /would not register/);
  }
});
