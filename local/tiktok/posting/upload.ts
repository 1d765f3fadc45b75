import { CutOff, UploadFailure } from "../failures.ts";
import type { Put, Upload } from "../records.ts";
import { bodyOf } from "../wire.ts";
import type { Exchange } from "../world.ts";
import { sealFile, writePieces } from "./media_file.ts";
import { finishTransfer } from "./settle.ts";

const TYPES = ["video/mp4", "video/quicktime", "video/webm"];
/** Uploads in work: the PUTs of one task are taken one after the other. */
const queues = new WeakMap<object, Map<string, Promise<unknown>>>();

/** PUT {upload_url}: https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide */
export function putChunk(exchange: Exchange): Promise<Response> {
  const { world, url } = exchange;
  const upload_id = url.searchParams.get("upload_id") ?? "";
  const queue = queues.get(world) ?? new Map<string, Promise<unknown>>();
  queues.set(world, queue);
  const turn = (queue.get(upload_id) ?? Promise.resolve()).then(() => takePut(exchange, upload_id));
  queue.set(upload_id, turn.catch(() => null));
  return turn;
}

async function takePut(exchange: Exchange, upload_id: string): Promise<Response> {
  const { world, url, request, call } = exchange;
  const upload = world.store.get("uploads", upload_id);
  if (upload === undefined || upload.upload_token !== url.searchParams.get("upload_token")) {
    throw new UploadFailure(404, "no such upload task");
  }
  const publish = world.store.get("publishes", upload.publish_id);
  call.account = publish?.open_id ?? null;
  const put = describePut(upload_id, request, world.settings.now());
  try {
    if (publish?.status === "failed") throw new UploadFailure(404, "the upload task has ended");
    const response = await takeChunk(exchange, upload, put);
    put.status = response.status;
    return response;
  } catch (error) {
    if (error instanceof UploadFailure) put.status = error.status;
    throw error;
  } finally {
    world.store.put("puts", String(world.store.all("puts").length), put);
  }
}

async function takeChunk(exchange: Exchange, upload: Upload, put: Put): Promise<Response> {
  const { world } = exchange;
  if (upload.expires_at <= world.settings.now()) throw new UploadFailure(403, "upload_url expired");
  const { first, size_bytes, last } = checkHeaders(exchange, upload, put);
  const length = await receive(exchange, upload, first);
  if (length !== size_bytes) throw new UploadFailure(400, "the body is not Content-Length long");
  const uploaded_bytes = last + 1;
  const is_last = uploaded_bytes === upload.total_bytes;
  // The slow part comes before the change: killed here, the chunk was never taken.
  const file = is_last ? await sealFile(upload.file_path, upload.total_bytes) : null;
  const rejected = is_last ? await world.settings.inspect(upload.file_path) : null;
  world.store.patch("uploads", upload.upload_id, { uploaded_bytes });
  world.store.patch("publishes", upload.publish_id, { bytes: uploaded_bytes });
  if (file !== null) finishTransfer(world, upload.publish_id, [file], rejected);
  const headers = { "content-range": progress(exchange, { ...upload, uploaded_bytes }) };
  return new Response(null, { status: is_last ? 201 : 206, headers });
}

function receive({ request, fault }: Exchange, upload: Upload, position: number): Promise<number> {
  const limit = fault?.kind === "cut_upload" ? fault.after_bytes : Infinity;
  return writePieces(upload.file_path, position, bodyOf(request), (so_far) => {
    if (so_far > limit) throw new CutOff();
  });
}

function checkHeaders(exchange: Exchange, upload: Upload, put: Put) {
  const { headers } = exchange.request;
  const bad = (why: string) => new UploadFailure(400, why);
  if (headers.has("authorization")) throw bad("Authorization does not belong here");
  if (!TYPES.includes(put.content_type ?? "")) throw bad("Content-Type is not a video's");
  if (!/^\d+$/.test(put.content_length ?? "")) throw bad("Content-Length is missing");
  const { first, last, total } = put;
  if (first === null || last === null || total === null) throw bad("Content-Range is malformed");
  const size_bytes = last - first + 1;
  if (total !== upload.total_bytes || last < first || last >= total) {
    throw bad("Content-Range does not fit the video");
  }
  if (size_bytes !== Number(put.content_length)) throw bad("Content-Length is not the range's");
  if (first !== upload.uploaded_bytes) {
    throw new UploadFailure(416, "not the next range", progress(exchange, upload));
  }
  const index = first / upload.chunk_size;
  const is_last = index === upload.chunk_count - 1;
  const planned_last = is_last ? upload.total_bytes - 1 : first + upload.chunk_size - 1;
  if (last !== planned_last) throw bad("Content-Range is not the chunk that was announced");
  return { first, last, size_bytes };
}

function describePut(upload_id: string, { headers }: Request, at: number): Put {
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "");
  const number = (index: number) => range === null ? null : Number(range[index]);
  return {
    upload_id,
    first: number(1),
    last: number(2),
    total: number(3),
    content_length: headers.get("content-length"),
    transfer_encoding: headers.get("transfer-encoding"),
    content_type: headers.get("content-type"),
    status: 0,
    at,
  };
}

/** Whether the number is a count or the last index is not documented: clients must take both. */
function progress({ world }: Exchange, upload: Upload): string {
  const { uploaded_bytes, total_bytes } = upload;
  const by_index = world.settings.upload_progress === "last_index" && uploaded_bytes > 0;
  return `bytes 0-${by_index ? uploaded_bytes - 1 : uploaded_bytes}/${total_bytes}`;
}
