import { malformed } from "./byte_reader.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ResponseHead } from "./http_head.ts";
import { TransportError } from "./transport_error.ts";

/** Answers up to this long are read before somebody asks, so that they end even if nobody does. */
const READ_AHEAD_BYTES = 64 * 1024;

/** Of a chunk's size with its extensions, and of a trailer. */
const MAX_LINE_BYTES = 8 * 1024;

/** Statuses whose answers have no body (https://fetch.spec.whatwg.org/#null-body-status). */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** Reads the next bytes of a body into the memory given; null at the end of a whole body. */
type ReadInto = (target: Uint8Array) => Promise<number | null>;

/** `length_bytes`: null where it is not known beforehand. */
export type Body = { read: ReadInto; length_bytes: number | null };

/**
 * An answer's body, by the framing that its head announces
 * (https://www.rfc-editor.org/rfc/rfc9112#section-6.3); null if it has none.
 */
export function frameBody(reader: ByteReader, head: ResponseHead, method: string): Body | null {
  if (method === "HEAD" || WITHOUT_BODY.has(head.status)) return null;
  const encoding = head.headers.get("transfer-encoding");
  if (encoding !== null) {
    if (encoding.toLowerCase() !== "chunked") throw malformed("The answer is encoded unasked");
    return { read: readChunked(reader), length_bytes: null };
  }
  const length = head.headers.get("content-length");
  if (length === null) return { read: (target) => reader.into(target), length_bytes: null };
  const length_bytes = readContentLength(length);
  return { read: readLength(reader, length_bytes), length_bytes };
}

/**
 * A stream of bytes that reads from the connection only as fast as it is read itself. Whoever brings
 * his own memory (`getReader({ mode: "byob" })`) has the bytes put there straight from the connection.
 */
export function streamBody(body: Body, limits: {
  max_bytes: number;
  /** Called once: the body is whole, has failed with an error, or is no longer wanted. */
  onEnd(error: unknown): void;
}): { stream: ReadableStream<Uint8Array<ArrayBuffer>>; fail(error: TransportError): void } {
  let controller: ReadableByteStreamController;
  let received_bytes = 0;
  let ended = false;

  function end(error: unknown, tell: () => void): void {
    if (ended) return;
    ended = true;
    tell();
    limits.onEnd(error);
  }

  function fail(error: unknown): void {
    end(error, () => controller.error(error));
  }

  async function pull(): Promise<void> {
    // Without a reader that waits, this is reading ahead.
    const asked = controller.byobRequest;
    const target = asked?.view ?? new Uint8Array(READ_AHEAD_BYTES);
    try {
      const length = await body.read(viewOf(target));
      if (ended) return;
      if (length === null) {
        return end(undefined, () => {
          controller.close();
          // One who waits has to be told, also if he came after this reading ahead had begun.
          controller.byobRequest?.respond(0);
        });
      }
      received_bytes += length;
      if (received_bytes > limits.max_bytes) {
        throw new TransportError("body", { sent: true, message: "The answer is too long" });
      }
      if (asked !== null) asked.respond(length);
      else controller.enqueue(viewOf(target).subarray(0, length));
    } catch (cause) {
      fail(
        cause instanceof TransportError ? cause : new TransportError("reset", {
          sent: true,
          cause,
        }),
      );
    }
  }

  const is_long = body.length_bytes !== null && body.length_bytes > READ_AHEAD_BYTES;
  const stream = new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: READ_AHEAD_BYTES,
    start(given) {
      controller = given;
    },
    pull,
    cancel(reason) {
      end(reason, () => undefined);
    },
  }, { highWaterMark: is_long ? 0 : READ_AHEAD_BYTES });
  return { stream, fail };
}

function viewOf(memory: ArrayBufferView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(memory.buffer as ArrayBuffer, memory.byteOffset, memory.byteLength);
}

function readLength(reader: ByteReader, length_bytes: number): ReadInto {
  let left_bytes = length_bytes;
  return async (target) => {
    if (left_bytes === 0) return null;
    const length = await reader.into(target.subarray(0, left_bytes));
    if (length === null) throw new TransportError("reset", { sent: true });
    left_bytes -= length;
    return length;
  };
}

function readChunked(reader: ByteReader): ReadInto {
  let readOn: ReadInto | null = null;
  return async (target) => {
    while (true) {
      readOn ??= await beginChunk(reader);
      if (readOn === null) return null;
      const length = await readOn(target);
      if (length !== null) return length;
      if (await reader.line(2) !== "") throw malformed("A chunk is longer than it says");
      readOn = null;
    }
  };
}

/** Null after the last chunk and its trailers. */
async function beginChunk(reader: ByteReader): Promise<ReadInto | null> {
  const size_bytes = readChunkSize(await reader.line(MAX_LINE_BYTES));
  if (size_bytes > 0) return readLength(reader, size_bytes);
  let trailer_bytes = 0;
  for (let line = await reader.line(MAX_LINE_BYTES); line !== "";) {
    trailer_bytes += line.length;
    if (trailer_bytes > MAX_LINE_BYTES) throw malformed("The answer has too many trailers");
    line = await reader.line(MAX_LINE_BYTES);
  }
  return null;
}

/** A repeated header reads `5, 5`; two lengths that differ are none. */
function readContentLength(text: string): number {
  const [length, ...others] = new Set(text.split(",").map((part) => part.trim()));
  if (length === undefined || others.length > 0 || !/^\d{1,15}$/.test(length)) {
    throw malformed("The answer has no clear length");
  }
  return Number(length);
}

function readChunkSize(line: string): number {
  const match = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line);
  if (match === null) throw malformed("The answer has a chunk without a size");
  return parseInt(match[1] ?? "", 16);
}
