import { TransportError } from "./transport_error.ts";

/** What one read from a source may bring. */
const PIECE_BYTES = 64 * 1024;

/**
 * A source, piece by piece. Each piece but the last two may be overwritten by the next: of a stream of
 * bytes, two buffers carry all, so that a body of any length takes no memory and leaves no garbage.
 */
export type Pieces = {
  /** Null at the end. What is wrong with the source is a `body` error. */
  next(): Promise<Uint8Array | null>;
  cancel(reason: unknown): Promise<void>;
};

type Read = () => Promise<ReadableStreamReadResult<unknown> | ReadableStreamReadResult<Uint8Array>>;

export function openPieces(stream: ReadableStream<Uint8Array>): Pieces {
  const reader = openWithOwnMemory(stream) ?? openAsItComes(stream);
  return {
    async next() {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new TransportError("body", {
          sent: true,
          message: "The source of the body failed",
          cause,
        });
      });
      if (done) return null;
      if (value instanceof Uint8Array) return value;
      throw new TransportError("body", {
        sent: true,
        message: "The source gave something else than bytes",
      });
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

type Reader = { read: Read; cancel(reason: unknown): Promise<void> };

function openAsItComes(stream: ReadableStream<Uint8Array>): Reader {
  const reader = stream.getReader();
  return { read: () => reader.read(), cancel: (reason) => reader.cancel(reason) };
}

/** Null for a stream that hands out memory of its own. */
function openWithOwnMemory(stream: ReadableStream<Uint8Array>): Reader | null {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
  let spare = new ArrayBuffer(PIECE_BYTES);
  let handed_out = new ArrayBuffer(PIECE_BYTES);
  return {
    async read() {
      // Reading takes a buffer away and gives it back under another name.
      const result = await reader.read(new Uint8Array(spare));
      spare = handed_out;
      if (result.value !== undefined) handed_out = result.value.buffer;
      return result;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}
