import { openPieces, type Pieces } from "./pieces.ts";
import { TransportError } from "./transport_error.ts";

/** A body ready to be sent; `length_bytes` of a stream is null where the caller announced none. */
export type RequestBody =
  | { kind: "none" }
  | { kind: "bytes"; bytes: Uint8Array }
  | {
    kind: "stream";
    source: Pieces;
    length_bytes: number | null;
  };

/** Takes bytes, and resolves once it can take more. */
export type Write = (bytes: Uint8Array) => Promise<void>;

const LAST_CHUNK = new TextEncoder().encode("0\r\n\r\n");

/** Reads `init.body` as `fetch` would and sets the headers that follow from it. */
export async function prepareBody(
  body: BodyInit | null | undefined,
  method: string,
  headers: Headers,
): Promise<RequestBody> {
  const announced = readAnnouncedLength(headers);
  if (body === null || body === undefined) {
    if (announced) throw bodyError("Content-Length announces a body, and there is none");
    if (method !== "GET" && method !== "HEAD") headers.set("content-length", "0");
    return { kind: "none" };
  }
  if (method === "GET" || method === "HEAD") throw bodyError(`A ${method} takes no body`);
  if (body instanceof ReadableStream) {
    if (body.locked) throw bodyError("The source is being read by someone else");
    if (announced === null) headers.set("transfer-encoding", "chunked");
    return { kind: "stream", source: openPieces(body), length_bytes: announced };
  }
  // `Response` knows how each kind of body is encoded and which Content-Type it has.
  const encoded = new Response(body);
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  const content_type = encoded.headers.get("content-type");
  if (content_type !== null && !headers.has("content-type")) {
    headers.set("content-type", content_type);
  }
  if (announced !== null && announced !== bytes.byteLength) {
    throw bodyError("The body is not as long as Content-Length says");
  }
  headers.set("content-length", String(bytes.byteLength));
  return { kind: "bytes", bytes };
}

/** Sends a body at the pace of the connection; what is wrong with its source is a `body` error. */
export async function sendBody(body: RequestBody, write: Write): Promise<void> {
  if (body.kind === "none") return;
  if (body.kind === "bytes") return await write(body.bytes);
  if (body.length_bytes === null) return await sendChunked(body.source, write);
  await sendExactly(body.source, body.length_bytes, write);
}

/**
 * Sends a source of the announced length. The piece that completes it is held back until the source
 * has ended, so that a source which is longer can't complete the request either: whoever receives it
 * sees a connection that broke, never a whole body.
 */
async function sendExactly(source: Pieces, length_bytes: number, write: Write): Promise<void> {
  let last: Uint8Array | null = null;
  let total_bytes = 0;
  for (let piece = await source.next(); piece !== null; piece = await source.next()) {
    if (piece.byteLength === 0) continue;
    total_bytes += piece.byteLength;
    if (total_bytes > length_bytes) {
      throw bodyError("The source is longer than Content-Length says", true);
    }
    if (total_bytes === length_bytes) last = piece;
    else await write(piece);
  }
  if (total_bytes !== length_bytes) {
    throw bodyError("The source ended short of Content-Length", true);
  }
  if (last !== null) await write(last);
}

async function sendChunked(source: Pieces, write: Write): Promise<void> {
  const encoder = new TextEncoder();
  for (let piece = await source.next(); piece !== null; piece = await source.next()) {
    // A chunk of no bytes would end the body.
    if (piece.byteLength === 0) continue;
    await write(encoder.encode(`${piece.byteLength.toString(16)}\r\n`));
    await write(piece);
    await write(encoder.encode("\r\n"));
  }
  await write(LAST_CHUNK);
}

function readAnnouncedLength(headers: Headers): number | null {
  const text = headers.get("content-length");
  if (text === null) return null;
  const length = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(length)) {
    throw bodyError("Content-Length is not a number of bytes");
  }
  return length;
}

function bodyError(message: string, sent = false): TransportError {
  return new TransportError("body", { sent, message });
}
