import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { makeClient, signInAs, startTestHost } from "./support.ts";

const text = (content: string) => new Blob([content], { type: "video/mp4" });

Deno.test("Storage", async (t) => {
  const data_dir = await Deno.makeTempDir();
  const host = await startTestHost({ data_dir });
  const storedFiles = () => [...Deno.readDirSync(`${data_dir}/storage`)].map(({ name }) => name);
  const [ada_user, grace_user] = host.users;
  const ada = (await signInAs(host, "ada@example.com")).storage.from("videos");
  const grace = (await signInAs(host, "grace@example.com")).storage.from("videos");
  const service = makeClient(host, host.keys.secret).storage.from("videos");
  const path = `${ada_user?.id}/a clip (1) ü.mp4`;
  const content = "0123456789".repeat(10);
  const address = `${host.url}/storage/v1/object/authenticated/videos/${encodeURI(path)}`;
  const read = (headers: Record<string, string>, method = "GET") =>
    fetch(address, { method, headers: { apikey: host.keys.secret, ...headers } });

  await t.step("a user uploads below his own folder, as a form with a Blob", async () => {
    const { data, error } = await ada.upload(path, text(content), { metadata: { take: 3 } });
    assert.equal(error, null);
    assert.equal(data?.path, path);
    assert.equal(data?.fullPath, `videos/${path}`);
    assert.match(data?.id ?? "", /^[0-9a-f-]{36}$/);
  });
  await t.step("info tells size, type, ETag, metadata", async () => {
    const { data, error } = await ada.info(path);
    assert.equal(error, null);
    assert.deepEqual([data?.size, data?.contentType, data?.bucketId], [100, "video/mp4", "videos"]);
    assert.equal(data?.etag, `"${createHash("md5").update(content).digest("hex")}"`);
    assert.deepEqual(data?.metadata, { take: 3 });
    assert.equal(data?.cacheControl, "max-age=3600");
    assert.ok(Date.parse(String(data?.lastModified)) > 0);
  });
  await t.step("the owner and the service read it, to the byte", async () => {
    for (const bucket of [ada, service]) {
      const { data } = await bucket.download(path);
      assert.equal(await data?.text(), content);
      assert.equal(data?.type, "video/mp4");
    }
  });
  await t.step("for anybody else it does not exist", async () => {
    const { error } = await grace.info(path);
    assert.equal(error?.message, "Object not found");
    assert.equal((await grace.download(path)).error?.message, "Object not found");
    assert.equal((await makeClient(host).storage.from("videos").info(path)).data, null);
    const answer = await read({
      apikey: host.keys.publishable,
      authorization: `Bearer ${await host.signIn("grace@example.com", "grace-demo-password")}`,
    });
    assert.deepEqual([answer.status, (await answer.json()).code], [400, "NoSuchKey"]);
  });
  await t.step("nobody uploads into another's folder or into no bucket", async () => {
    const { error } = await grace.upload(`${ada_user?.id}/x.mp4`, text("x"));
    assert.match(error?.message ?? "", /row-level security/);
    const nowhere = makeClient(host, host.keys.secret).storage.from("nowhere");
    assert.equal((await nowhere.upload("x", text("x"))).error?.message, "Bucket not found");
    assert.equal(storedFiles().length, 1, "a refused upload leaves no file");
  });
  await t.step("a second upload needs upsert, and replaces bytes and ETag", async () => {
    const other = `${grace_user?.id}/two.mp4`;
    assert.equal((await grace.upload(other, text("first"))).error, null);
    const again = await grace.upload(other, text("second"));
    assert.equal(again.error?.message, "The resource already exists");
    assert.equal((await grace.upload(other, text("second!"), { upsert: true })).error, null);
    assert.equal(await (await grace.download(other)).data?.text(), "second!");
    assert.equal((await grace.update(other, text("third"))).error, null);
    assert.equal((await grace.info(other)).data?.size, 5);
  });
  await t.step("raw bytes and streams are taken too", async () => {
    const name = `${ada_user?.id}/raw.bin`;
    const bytes = new Uint8Array([0, 1, 2, 253, 254, 255]);
    const options = { contentType: "video/quicktime", upsert: true };
    assert.equal((await ada.upload(name, bytes, options)).error, null);
    const { data } = await ada.download(name);
    assert.deepEqual(await data?.bytes(), bytes);
    assert.equal(data?.type, "video/quicktime");
    const stream = new Blob([bytes, bytes]).stream();
    assert.equal((await ada.upload(name, stream, options)).error, null);
    assert.equal((await ada.info(name)).data?.size, 12);
  });

  const etag = `"${createHash("md5").update(content).digest("hex")}"`;
  const ranges: [string, Record<string, string>, number, string, string | null][] = [
    ["the first ten", { range: "bytes=0-9" }, 206, "0123456789", "bytes 0-9/100"],
    ["from 95", { range: "bytes=95-" }, 206, "56789", "bytes 95-99/100"],
    ["the last three", { range: "bytes=-3" }, 206, "789", "bytes 97-99/100"],
    ["past the end", { range: "bytes=98-500" }, 206, "89", "bytes 98-99/100"],
    ["behind the end", { range: "bytes=100-" }, 416, "", "bytes */100"],
    ["two ranges", { range: "bytes=0-1,5-6" }, 200, content, null],
    ["If-Match", { range: "bytes=0-1", "if-match": etag }, 206, "01", "bytes 0-1/100"],
    ["If-Match of another", { range: "bytes=0-1", "if-match": '"x"' }, 412, "", null],
    ["If-Range", { range: "bytes=0-1", "if-range": etag }, 206, "01", "bytes 0-1/100"],
    ["If-Range of another", { range: "bytes=0-1", "if-range": '"x"' }, 200, content, null],
    ["If-None-Match", { "if-none-match": etag }, 304, "", null],
  ];
  for (const [name, headers, status, body, content_range] of ranges) {
    await t.step(`range: ${name}`, async () => {
      const answer = await read(headers);
      const received = await answer.text();
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("content-range"), content_range);
      if (status < 300) {
        assert.equal(received, body);
        assert.equal(answer.headers.get("content-length"), String(body.length));
        assert.equal(answer.headers.get("etag"), etag);
      }
    });
  }
  await t.step("HEAD gives the headers alone", async () => {
    const answer = await read({}, "HEAD");
    assert.deepEqual([answer.status, answer.headers.get("content-length")], [200, "100"]);
    assert.equal(await answer.text(), "");
  });

  await t.step("a signed address reads one object, and only that", async () => {
    assert.notEqual((await grace.createSignedUrl(path, 60)).error, null);
    const { data } = await ada.createSignedUrl(path, 60);
    const url = data?.signedUrl ?? "";
    assert.equal(await (await fetch(url, { headers: { range: "bytes=1-2" } })).text(), "12");
    for (
      const bad of [url.replace("raw", "x").replace("%20clip", "x"), url.slice(0, -4) + "AAAA"]
    ) {
      const answer = await fetch(bad);
      assert.deepEqual([answer.status, (await answer.json()).statusCode], [400, "400"]);
    }
    assert.notEqual((await ada.createSignedUrl(path, 0)).error, null);
  });
  await t.step("a public bucket's objects are anybody's, a private one's are not", async () => {
    const url = `${host.url}/storage/v1/object/public/videos/${encodeURI(path)}`;
    const refused = await fetch(url);
    assert.equal((await refused.json()).code, "NoSuchKey");
    await host.sql.exec("update storage.buckets set public = true");
    assert.equal(await (await fetch(url)).text(), content);
    await host.sql.exec("update storage.buckets set public = false");
  });
  await t.step("only the owner deletes; row and file are gone", async () => {
    assert.deepEqual((await grace.remove([path])).data, []);
    assert.equal((await ada.exists(path)).data, true);
    assert.deepEqual((await ada.remove([path])).data?.map((object) => object.name), [path]);
    assert.equal((await ada.exists(path)).data, false);
    const rows = await host.sql.query<{ version: string }>("select version from storage.objects");
    assert.deepEqual(storedFiles().sort(), rows.map((row) => row.version).sort());
  });
  await t.step("the bucket's own limits hold", async () => {
    await host.sql.exec(`update storage.buckets
      set file_size_limit = 10, allowed_mime_types = '{video/*,image/png}' where id = 'videos'`);
    const name = `${ada_user?.id}/limited.mp4`;
    const { error } = await ada.upload(name, text("elevenbytes"));
    assert.equal(error?.message, "The object exceeded the maximum allowed size");
    const html = new Blob(["x"], { type: "text/html" });
    assert.match((await ada.upload(name, html)).error?.message ?? "", /mime type text\/html/);
    assert.equal((await ada.upload(name, text("tenbytes!!"))).error, null);
  });
  await host.close();
  await Deno.remove(data_dir, { recursive: true });
});

Deno.test("Storage: a big file goes through without being held in memory", async () => {
  const host = await startTestHost();
  const service = makeClient(host, host.keys.secret).storage.from("videos");
  const size_bytes = 150_000_000;
  const piece = new Uint8Array(1_000_000).map((_, index) => index % 251);
  const hash = createHash("md5");
  async function* pieces() {
    for (let sent = 0; sent < size_bytes; sent += piece.length) {
      hash.update(piece);
      await Promise.resolve();
      yield piece;
    }
  }
  const before_bytes = Deno.memoryUsage().rss;
  let peak_bytes = before_bytes;
  const watch = setInterval(() => {
    peak_bytes = Math.max(peak_bytes, Deno.memoryUsage().rss);
  }, 5);
  const { error } = await service.upload("big.bin", ReadableStream.from(pieces()));
  assert.equal(error, null);
  assert.equal((await service.info("big.bin")).data?.etag, `"${hash.digest("hex")}"`);

  const answer = await fetch(`${host.url}/storage/v1/object/authenticated/videos/big.bin`, {
    headers: { apikey: host.keys.secret },
  });
  let received_bytes = 0;
  for await (const chunk of answer.body ?? []) received_bytes += chunk.length;
  clearInterval(watch);
  assert.equal(received_bytes, size_bytes);
  // A busy machine lets much of it pile up before it is collected; held, it would be all of it.
  assert.ok(peak_bytes - before_bytes < 130_000_000, `grew by ${peak_bytes - before_bytes} bytes`);
  await host.close();
});
