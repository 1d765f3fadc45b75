/** `/storage/v1`: upload, read (ranges included), info and delete, as storage-js asks for them. */
import { randomUUID } from "node:crypto";
import { Buffer } from "node:buffer";
import { type Context, Hono } from "hono";
import { type Caller, CallerRefused, type Identify } from "../caller.ts";
import type { Sql } from "../database/index.ts";
import type { Handle } from "../gateway.ts";
import { StorageFailure } from "./failure.ts";
import type { Files } from "./files.ts";
import { MalformedForm, readForm } from "./multipart.ts";
import {
  checkUpload,
  deleteObjects,
  findObject,
  putObject,
  type StorageObject,
  type Upload,
} from "./objects.ts";
import { chooseBytes } from "./range.ts";

export interface StorageOptions {
  sql: Sql;
  files: Files;
  identify: Identify;
}

const default_cache_control = "no-cache";

export function createStorage({ sql, files, identify }: StorageOptions): Handle {
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
      describe(await findObject(sql, await identify(context.req.raw), bucket, name)),
    );
  });
  app.get("/object/info/:bucket/:name{.+}", async (context) => {
    const { bucket, name } = place(context);
    return context.json(
      describe(await findObject(sql, await identify(context.req.raw), bucket, name)),
    );
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

  app.notFound(() => failure(new StorageFailure(404, "InvalidRequest", "Route not found")));
  app.onError((error) => {
    if (error instanceof StorageFailure) return failure(error);
    if (error instanceof MalformedForm) {
      return failure(new StorageFailure(400, "InvalidRequest", error.message));
    }
    if (error instanceof CallerRefused) {
      if (error.reason === "key") return Response.json({ message: error.message }, { status: 401 });
      return failure(new StorageFailure(403, "InvalidJWT", error.message));
    }
    throw error;
  });
  return async (request) => await app.fetch(request);
}

/** The row is written after the file: a row never names bytes that are not all there. */
async function receiveObject(
  sql: Sql,
  files: Files,
  caller: Caller,
  upload: Upload,
  content: ReadableStream<Uint8Array>,
): Promise<string> {
  const { max_bytes } = await checkUpload(sql, caller, upload);
  const file = await files.write(upload.version, content, max_bytes);
  try {
    const { id, replaced } = await putObject(sql, caller, upload, file);
    if (replaced) await files.remove(replaced);
    return id;
  } catch (error) {
    await files.remove(upload.version);
    throw error;
  }
}

async function sendObject(
  request: Request,
  object: StorageObject,
  files: Files,
): Promise<Response> {
  const { size_bytes, etag, version } = object;
  const headers = new Headers({
    "accept-ranges": "bytes",
    "cache-control": object.cache_control,
    "content-type": object.mime_type.startsWith("text/html") ? "text/plain" : object.mime_type,
    etag,
    "last-modified": object.updated_at.toUTCString(),
  });
  const wanted = chooseBytes(request.headers, size_bytes, etag);
  switch (wanted.kind) {
    case "not_modified":
      return new Response(null, { status: 304, headers });
    case "precondition_failed":
      throw new StorageFailure(412, "PreconditionFailed", "the object has another ETag");
    case "unsatisfiable":
      headers.set("content-range", `bytes */${size_bytes}`);
      return failure(
        new StorageFailure(416, "InvalidRange", "The range is not satisfiable"),
        headers,
      );
  }
  const { first, last } = wanted.kind === "part" ? wanted : { first: 0, last: size_bytes - 1 };
  headers.set("content-length", String(last - first + 1));
  if (wanted.kind === "part") headers.set("content-range", `bytes ${first}-${last}/${size_bytes}`);
  const body = request.method === "HEAD" ? null : await files.read(version, first, last);
  return new Response(body, { status: wanted.kind === "part" ? 206 : 200, headers });
}

/** The file and what is said of it: a form from a browser's `Blob`, raw bytes from anything else. */
async function readUpload(request: Request) {
  const content_type = request.headers.get("content-type") ?? "application/octet-stream";
  const body = request.body ?? ReadableStream.from<Uint8Array>([]);
  if (!content_type.startsWith("multipart/form-data")) {
    const metadata = request.headers.get("x-metadata");
    return {
      content: body,
      mime_type: content_type,
      cache_control: request.headers.get("cache-control") ?? default_cache_control,
      user_metadata: metadata && Buffer.from(metadata, "base64").toString(),
    };
  }
  const { fields, file, file_type } = await readForm(body, content_type);
  return {
    content: file,
    mime_type: fields.contentType ?? file_type ?? "application/octet-stream",
    cache_control: fields.cacheControl ? `max-age=${fields.cacheControl}` : default_cache_control,
    user_metadata: fields.metadata ?? null,
  };
}

function describe(object: StorageObject) {
  return {
    id: object.id,
    name: object.name,
    version: object.version,
    bucket_id: object.bucket_id,
    size: object.size_bytes,
    content_type: object.mime_type,
    cache_control: object.cache_control,
    etag: object.etag,
    metadata: object.user_metadata,
    last_modified: object.updated_at,
    created_at: object.created_at,
  };
}

function place(context: Context): { bucket: string; name: string } {
  return { bucket: context.req.param("bucket") ?? "", name: context.req.param("name") ?? "" };
}

/** Storage answers most refusals with HTTP 400 and says the real status in the body. */
function failure({ status_code, code, message }: StorageFailure, headers?: Headers): Response {
  const status = [412, 416].includes(status_code) ? status_code : 400;
  const body = { statusCode: String(status_code), code, error: code, message };
  headers?.set("content-type", "application/json");
  return Response.json(body, { status, headers });
}
