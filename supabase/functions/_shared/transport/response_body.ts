import { malformed } from "./byte_reader.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ResponseHead } from "./http_head.ts";
import { TransportError } from "./transport_error.ts";

/** Bytes that may wait for the reader; small answers fit, so that they end without being read. */
const READ_AHEAD_BYTES = 64 * 1024;

/** Of a chunk's size with its extensions, and of a trailer. */
const MAX_LINE_BYTES = 8 * 1024;

/** Statuses whose answers have no body (https://fetch.spec.whatwg.org/#null-body-status). */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** Pieces of a body as they come. The end of the pieces is the end of a whole body, or an error. */
type Pieces = AsyncGenerator<Uint8Array<ArrayBuffer>, void>;

/**
 * The pieces of an answer's body, by the framing that its head announces
 * (https://www.rfc-editor.org/rfc/rfc9112#section-6.3); null if it has none.
 */
export function frameBody(reader: ByteReader, head: ResponseHead, method: string): Pieces | null {
  if (method === "HEAD" || WITHOUT_BODY.has(head.status)) return null;
  const encoding = head.headers.get("transfer-encoding");
  if (encoding !== null) {
    if (encoding.toLowerCase() !== "chunked") throw malformed("The answer is encoded unasked");
    return readChunked(reader);
  }
  const length = head.headers.get("content-length");
  return length === null ? readToEnd(reader) : readLength(reader, readContentLength(length));
}

/** A stream that reads from the connection only as fast as it is read itself. */
export function streamPieces(pieces: Pieces, limits: {
  max_bytes: number;
  /** Called once: the body is whole, has failed with an error, or is no longer wanted. */
  onEnd(error: unknown): void;
}): { stream: ReadableStream<Uint8Array<ArrayBuffer>>; fail(error: TransportError): void } {
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
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
    try {
      const { done, value } = await pieces.next();
      if (ended) return;
      if (done) return end(undefined, () => controller.close());
      received_bytes += value.byteLength;
      if (received_bytes > limits.max_bytes) {
        throw new TransportError("body", { sent: true, message: "The answer is too long" });
      }
      controller.enqueue(value);
    } catch (cause) {
      fail(
        cause instanceof TransportError ? cause : new TransportError("reset", {
          sent: true,
          cause,
        }),
      );
    }
  }

  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(given) {
      controller = given;
    },
    pull,
    cancel(reason) {
      end(reason, () => undefined);
    },
  }, new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD_BYTES }));
  return { stream, fail };
}

async function* readLength(reader: ByteReader, length_bytes: number): Pieces {
  let left_bytes = length_bytes;
  while (left_bytes > 0) {
    const piece = await reader.some(left_bytes);
    if (piece === null) throw new TransportError("reset", { sent: true });
    left_bytes -= piece.byteLength;
    yield piece;
  }
}

async function* readChunked(reader: ByteReader): Pieces {
  while (true) {
    const size_bytes = readChunkSize(await reader.line(MAX_LINE_BYTES));
    if (size_bytes === 0) break;
    yield* readLength(reader, size_bytes);
    if (await reader.line(2) !== "") throw malformed("A chunk is longer than it says");
  }
  let trailer_bytes = 0;
  for (let line = await reader.line(MAX_LINE_BYTES); line !== "";) {
    trailer_bytes += line.length;
    if (trailer_bytes > MAX_LINE_BYTES) throw malformed("The answer has too many trailers");
    line = await reader.line(MAX_LINE_BYTES);
  }
}

async function* readToEnd(reader: ByteReader): Pieces {
  for (let piece = await reader.some(); piece !== null; piece = await reader.some()) yield piece;
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
