/** An address that somebody may upload to once, without any other credential. */

import assert from "node:assert/strict";
import { makeClient, signInAs, startTestHost } from "./support.ts";

Deno.test("signed upload addresses", async (t) => {
  const host = await startTestHost();
  const [ada_user] = host.users;
  const ada = (await signInAs(host, "ada@example.com")).storage.from("videos");
  const path = `${ada_user?.id}/signed.mp4`;
  const put = async (url: string, body = "0123456789") => {
    const response = await fetch(url, {
      method: "PUT",
      headers: { "content-type": "video/mp4" },
      body,
    });
    return { status: response.status, body: await response.json() };
  };
  const sign = async (name = path) => {
    const { data, error } = await ada.createSignedUploadUrl(name);
    if (error) throw error;
    return data;
  };

  const { signedUrl } = await sign();
  await t.step("the object is its asker's, as sent", async () => {
    assert.deepEqual(await put(signedUrl), { status: 200, body: { Key: `videos/${path}` } });
    const { data } = await ada.info(path);
    assert.deepEqual([data?.size, data?.contentType], [10, "video/mp4"]);
    const [row] = await host.sql.query("select owner_id from storage.objects where name = $1", [
      path,
    ]);
    assert.equal(row?.owner_id, ada_user?.id);
  });
  await t.step("it replaces nothing, nor is one given for what is there already", async () => {
    assert.equal((await put(signedUrl, "other")).body.statusCode, "409");
    const { error } = await ada.createSignedUploadUrl(path);
    assert.equal(error && "statusCode" in error && error.statusCode, "409");
  });
  await t.step("supabase-js uploads to it, too", async () => {
    const { token, path: second } = await sign(`${ada_user?.id}/second.mp4`);
    const { error } = await makeClient(host).storage.from("videos")
      .uploadToSignedUrl(second, token, new Blob(["x"], { type: "video/mp4" }));
    assert.equal(error, null);
  });
  await t.step("nobody gets one for another's folder, or without signing in", async () => {
    const grace = (await signInAs(host, "grace@example.com")).storage.from("videos");
    for (const bucket of [grace, makeClient(host).storage.from("videos")]) {
      const { error } = await bucket.createSignedUploadUrl(`${ada_user?.id}/theirs.mp4`);
      assert.match(error?.message ?? "", /row-level security/);
    }
  });
  await t.step("it is for one object, and not the one that reads", async () => {
    const { token } = await sign(`${ada_user?.id}/third.mp4`);
    const elsewhere = `${host.url}/storage/v1/object/upload/sign/videos/${ada_user?.id}/4.mp4`;
    assert.equal((await put(`${elsewhere}?token=${token}`)).body.code, "InvalidSignature");
    const { data } = await ada.createSignedUrl(path, 60);
    const reading = new URL(data?.signedUrl ?? "").searchParams.get("token");
    assert.equal((await put(`${elsewhere}?token=${reading}`)).body.code, "InvalidSignature");
    assert.equal((await put(elsewhere)).body.code, "InvalidJWT");
  });
  await host.close();
});
