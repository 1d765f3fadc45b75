/** Takes an upload in: reads what it says of itself, streams it to a file, writes its row. */
import { Buffer } from "node:buffer";
import type { Caller } from "../caller.ts";
import type { Sql } from "../database/index.ts";
import type { Files } from "./files.ts";
import { readForm } from "./multipart.ts";
import { checkUpload, putObject, type Upload } from "./objects.ts";

const default_cache_control = "no-cache";

/** The row is written after the file: a row never names bytes that are not all there. */
export async function receiveObject(
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

/** The file and what is said of it: a form from a browser's `Blob`, raw bytes from anything else. */
export async function readUpload(request: Request) {
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
