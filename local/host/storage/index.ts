/** `/storage/v1`: upload, read (ranges included), info and delete, as storage-js asks for them. */
import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { type Caller, CallerRefused, type Identify } from "../caller.ts";
import type { Sql } from "../database/index.ts";
import type { Handle } from "../gateway.ts";
import { describeObject, refuse, sendObject } from "./answers.ts";
import { StorageFailure } from "./failure.ts";
import type { Files } from "./files.ts";
import { MalformedForm } from "./multipart.ts";
import { checkUpload, deleteObjects, findObject, findShared, type Upload } from "./objects.ts";
import type { Signer } from "./signer.ts";
import { readUpload, receiveObject } from "./uploads.ts";

export interface StorageOptions {
  sql: Sql;
  files: Files;
  identify: Identify;
  signer: Signer;
}

export function createStorage({ sql, files, identify, signer }: StorageOptions): Handle {
  const app = new Hono().basePath("/storage/v1");

  const send = async (context: Context) => {
    const { bucket, name } = place(context);
    const caller = await identify(context.req.raw);
    const object = await findObject(sql, caller, bucket, name);
    return await sendObject(context.req.raw, object, files);
  };
  const receive = (upsert: (request: Request) => boolean) => async (context: Context) => {
    const { bucket, name } = place(context);
    const request = context.req.raw;
    const caller = await identify(request);
    const version = randomUUID();
    const { content, ...described } = await readUpload(request);
    const upload: Upload = { bucket, name, version, ...described, upsert: upsert(request) };
    const id = await receiveObject(sql, files, caller, upload, content);
    return context.json({ Id: id, Key: `${bucket}/${name}` });
  };

  app.get("/object/info/authenticated/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    return context.json(
      describeObject(await findObject(sql, await identify(context.req.raw), bucket, name)),
    );
  });
  app.get("/object/info/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    return context.json(
      describeObject(await findObject(sql, await identify(context.req.raw), bucket, name)),
    );
  });
  // Whoever has the address may read: made for one object by somebody who may, for a while.
  app.post("/object/sign/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    const { expiresIn }: { expiresIn?: unknown } = await context.req.json();
    await findObject(sql, await identify(context.req.raw), bucket, name);
    const token = await signer.sign(`${bucket}/${name}`, Number(expiresIn));
    return context.json({ signedURL: `/object/sign/${bucket}/${name}?token=${token}` });
  });
  app.get("/object/sign/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    await signer.verify(`${bucket}/${name}`, context.req.query("token") ?? "");
    const object = await findShared(sql, bucket, name, { only_public: false });
    return await sendObject(context.req.raw, object, files);
  });
  // Whoever has this address may upload once, as the one who asked for it.
  app.post("/object/upload/sign/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    const request = context.req.raw;
    const caller = await identify(request);
    await checkMaySign(sql, caller, bucket, name);
    const token = await signer.sign(`upload/${bucket}/${name}`, upload_ttl_seconds, caller);
    return context.json({ url: `/object/upload/sign/${bucket}/${name}?token=${token}` });
  });
  app.put("/object/upload/sign/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    const caller = await signer.verify(
      `upload/${bucket}/${name}`,
      context.req.query("token") ?? "",
    );
    if (!caller) throw new StorageFailure(400, "InvalidSignature", "The signature names no one");
    const version = randomUUID();
    const { content, ...described } = await readUpload(context.req.raw);
    const upload: Upload = { bucket, name, version, ...described, upsert: false };
    await receiveObject(sql, files, caller, upload, content);
    return context.json({ Key: `${bucket}/${name}` });
  });
  app.get("/object/public/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    const object = await findShared(sql, bucket, name, { only_public: true });
    return await sendObject(context.req.raw, object, files);
  });
  app.get("/object/authenticated/:bucket/:name{.+}", send);
  app.get("/object/:bucket/:name{.+}", send);
  app.post(
    "/object/:bucket/:name{.+}",
    receive((request) => request.headers.get("x-upsert") === "true"),
  );
  app.put("/object/:bucket/:name{.+}", receive(() => true));

  app.delete("/object/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    const caller = await identify(context.req.raw);
    const [deleted] = await deleteObjects(sql, caller, bucket, [name]);
    if (!deleted) throw new StorageFailure(404, "NoSuchKey", "Object not found");
    await files.remove(deleted.version);
    return context.json({ message: "Successfully deleted" });
  });
  app.delete("/object/:bucket", async (context) => {
    const caller = await identify(context.req.raw);
    const { prefixes }: { prefixes?: unknown } = await context.req.json();
    if (!Array.isArray(prefixes)) throw new StorageFailure(400, "InvalidRequest", "no prefixes");
    const deleted = await deleteObjects(
      sql,
      caller,
      context.req.param("bucket"),
      prefixes.map(String),
    );
    for (const { version } of deleted) await files.remove(version);
    return context.json(deleted.map(({ name }) => ({ name })));
  });

  app.notFound(() => refuse(new StorageFailure(404, "InvalidRequest", "Route not found")));
  app.onError((error) => {
    if (error instanceof StorageFailure) return refuse(error);
    if (error instanceof MalformedForm) {
      return refuse(new StorageFailure(400, "InvalidRequest", error.message));
    }
    if (error instanceof CallerRefused) {
      if (error.reason === "key") return Response.json({ message: error.message }, { status: 401 });
      return refuse(new StorageFailure(403, "InvalidJWT", error.message));
    }
    throw error;
  });
  return async (request) => await app.fetch(request);
}

/** As long as hosted Storage's. */
const upload_ttl_seconds = 2 * 60 * 60;

/** Asks as the upload itself will be asked; what it holds is not known yet. */
async function checkMaySign(sql: Sql, caller: Caller, bucket: string, name: string): Promise<void> {
  await checkUpload(sql, caller, {
    bucket,
    name,
    version: randomUUID(),
    mime_type: null,
    cache_control: "no-cache",
    user_metadata: null,
    upsert: false,
  });
}

function place(context: Context): { bucket: string; name: string } {
  return { bucket: context.req.param("bucket") ?? "", name: context.req.param("name") ?? "" };
}
