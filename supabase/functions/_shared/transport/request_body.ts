import type { ClientRequest } from "node:http";
import { TransportError } from "./transport_error.ts";

/** A stream that can be given up at any moment, also while it is being waited for. */
export type StreamBody = {
  kind: "stream";
  reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Null where the caller announced no length; it then goes out in HTTP's own chunks. */
  length_bytes: number | null;
  stopped: boolean;
  stop(reason: unknown): void;
};

export type RequestBody = { kind: "none" } | { kind: "bytes"; bytes: Uint8Array } | StreamBody;

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
  if (body instanceof ReadableStream) return prepareStream(body, announced);
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

/**
 * Sends a stream at the pace of the socket. The piece that completes the announced length is held
 * back until the source has ended, so that a source which is longer can't complete the request
 * either: whoever receives it sees a connection that broke, never a whole body.
 *
 * Resolves when all is handed over or the body was stopped; rejects with a `body` error.
 */
export async function sendStream(request: ClientRequest, body: StreamBody): Promise<void> {
  const { length_bytes } = body;
  let last: Uint8Array | null = null;
  let total_bytes = 0;
  request.flushHeaders();
  while (true) {
    const { done, value } = await readSource(body.reader);
    if (body.stopped) return;
    if (done) break;
    if (!(value instanceof Uint8Array)) {
      throw bodyError("The source gave something else than bytes", true);
    }
    if (value.byteLength === 0) continue;
    total_bytes += value.byteLength;
    if (length_bytes !== null && total_bytes > length_bytes) {
      throw bodyError("The source is longer than Content-Length says", true);
    }
    if (total_bytes === length_bytes) last = value;
    else if (!request.write(value)) await waitForDrain(request);
    if (body.stopped) return;
  }
  if (length_bytes !== null && total_bytes !== length_bytes) {
    throw bodyError("The source ended short of Content-Length", true);
  }
  if (last === null) request.end();
  else request.end(last);
}

function prepareStream(
  stream: ReadableStream<Uint8Array>,
  length_bytes: number | null,
): StreamBody {
  if (stream.locked) throw bodyError("The source is being read by someone else");
  const reader = stream.getReader();
  return {
    kind: "stream",
    reader,
    length_bytes,
    stopped: false,
    stop(reason) {
      if (this.stopped) return;
      this.stopped = true;
      // The source may fail while it is being cancelled; nobody needs its bytes any more.
      reader.cancel(reason).catch(() => undefined);
    },
  };
}

async function readSource(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new TransportError("body", {
      sent: true,
      message: "The source of the body failed",
      cause,
    });
  }
}

/** A destroyed request never drains, so its end counts too. */
function waitForDrain(request: ClientRequest): Promise<void> {
  if (request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    function finish(): void {
      request.off("drain", finish);
      request.off("close", finish);
      resolve();
    }
    request.on("drain", finish);
    request.on("close", finish);
  });
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
