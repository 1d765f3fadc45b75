import type { IncomingMessage } from "node:http";
import { classifyFailure, TransportError } from "./transport_error.ts";

/** Bytes that may wait for the reader; small answers fit, so that they end without being read. */
const READ_AHEAD_BYTES = 64 * 1024;

type Hooks = {
  max_bytes: number;
  /** Called once, when the answer is whole, has failed or is no longer wanted. */
  onDone(): void;
};

export type ResponseBody = {
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Ends the answer with this error, unless it has ended already. */
  fail(error: TransportError): void;
};

/** The body of an answer as a stream that reads from the socket only as fast as it is read itself. */
export function streamResponse(message: IncomingMessage, hooks: Hooks): ResponseBody {
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  let received_bytes = 0;
  let ended = false;

  function finish(end: () => void): void {
    if (ended) return;
    ended = true;
    end();
    hooks.onDone();
  }

  function fail(error: TransportError): void {
    finish(() => controller.error(error));
  }

  function take(data: Uint8Array<ArrayBuffer>): void {
    if (ended) return;
    received_bytes += data.byteLength;
    if (received_bytes > hooks.max_bytes) {
      return fail(
        new TransportError("body", { sent: true, message: "The answer is longer than allowed" }),
      );
    }
    controller.enqueue(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    if ((controller.desiredSize ?? 0) <= 0) message.pause();
  }

  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(given) {
      controller = given;
      message.on("data", take);
      message.on("end", () => finish(() => controller.close()));
      message.on("error", (error: unknown) => fail(classifyFailure(error, "established")));
      // A connection that closes early ends without an error on some paths.
      message.on("close", () => fail(new TransportError("reset", { sent: true })));
      message.pause();
    },
    pull() {
      message.resume();
    },
    cancel() {
      finish(() => undefined);
    },
  }, new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD_BYTES }));

  return { stream, fail };
}
