/** What Storage sends back: an object's bytes or part of them, its description, a refusal. */
import { StorageFailure } from "./failure.ts";
import type { Files } from "./files.ts";
import type { StorageObject } from "./objects.ts";
import { chooseBytes } from "./range.ts";

export async function sendObject(
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
      return refuse(
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

/** The form of `info()`. */
export function describeObject(object: StorageObject) {
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

/** Storage answers most refusals with HTTP 400 and says the real status in the body. */
export function refuse(
  { status_code, code, message }: StorageFailure,
  headers?: Headers,
): Response {
  const status = [412, 416].includes(status_code) ? status_code : 400;
  const body = { statusCode: String(status_code), code, error: code, message };
  headers?.set("content-type", "application/json");
  return Response.json(body, { status, headers });
}
