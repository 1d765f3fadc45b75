import { ByteReader } from "./byte_reader.ts";
import { connect } from "./connection.ts";
import type { Lookup } from "./connection.ts";
import { readHead, readMethod, writeHead } from "./http_head.ts";
import type { ResponseHead } from "./http_head.ts";
import { prepareBody, sendBody } from "./request_body.ts";
import type { RequestBody } from "./request_body.ts";
import { frameBody, streamBody } from "./response_body.ts";
import { classifyAbort, classifyFailure, TransportError } from "./transport_error.ts";
import type { Phase } from "./transport_error.ts";
import { parseUrl } from "./url.ts";

/** A request that nobody gave a time for must end too; long uploads name their own. */
export const DEFAULT_TIMEOUT_MS = 60_000;

export type FetchOnceInit = RequestInit & {
  /** From the call to the last byte of the answer; `DEFAULT_TIMEOUT_MS` if left out. */
  timeout_ms?: number;
  /** A longer answer ends with a `body` error; unlimited if left out. */
  max_body_bytes?: number;
};

/**
 * `fetch` for requests that may happen only once. Every failure is a `TransportError`.
 *
 * - One request on one new connection, never repeated. Deno's own `fetch` repeats a POST when a
 *   kept-alive connection dies before the answer.
 * - Nothing is written before the connection stands, so `sent: false` is a fact, not a guess.
 * - Redirects are never followed: a 3xx is the answer.
 * - A stream goes out at the connection's pace, with the caller's `Content-Length`, which `fetch`
 *   drops. A stream of another length breaks the connection instead of completing the request.
 * - An answer of 300 or more that comes before the whole body was sent ends the sending.
 * - Answers are not decompressed; `Accept-Encoding: identity` is sent unless the caller sets it.
 *
 * It speaks HTTP/1.1 over `Deno.connect` and `Deno.startTls`, because those are the same in every
 * Deno 2. `node:https` is not: up to 2.5 it takes no `lookup`, so that a checked address could not be
 * the one connected to, and Supabase's hosted runtime is compatible with 2.1
 * (https://github.com/supabase/edge-runtime/issues/713).
 */
export type FetchOnce = (input: string | URL, init?: FetchOnceInit) => Promise<Response>;

export type FetchOnceOptions = {
  /**
   * Resolves, and may refuse, every host, IP addresses included. The connection goes to what it
   * answers and nowhere else. What it throws is the `cause` of a `dns` error.
   */
  lookup?: Lookup;
  /** A certificate authority to trust besides the system's, PEM. */
  ca?: string;
};

type Plan = FetchOnceOptions & {
  url: URL;
  method: string;
  head: Uint8Array;
  body: RequestBody;
  init: FetchOnceInit;
};

export function createFetchOnce(options: FetchOnceOptions = {}): FetchOnce {
  return async (input, init = {}) => {
    try {
      return await exchange(await prepare(options, input, init));
    } catch (error) {
      // Whatever failed, the source must not be left waiting for a reader.
      if (init.body instanceof ReadableStream && !init.body.locked) {
        init.body.cancel(error).catch(() => undefined);
      }
      // What is none of ours is a malformed header or method: nothing was opened yet.
      throw classifyFailure(error, "connecting");
    }
  };
}

export const fetchOnce: FetchOnce = createFetchOnce();

async function prepare(
  options: FetchOnceOptions,
  input: string | URL,
  init: FetchOnceInit,
): Promise<Plan> {
  const url = parseUrl(input);
  if (init.signal?.aborted) throw classifyAbort(init.signal.reason, false);
  const method = readMethod(init.method ?? "GET");
  const headers = new Headers(init.headers);
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
  headers.set("connection", "close");
  const body = await prepareBody(init.body, method, headers);
  return { ...options, url, method, head: writeHead(method, url, headers), body, init };
}

/** One request, one answer. All that can end it early meets in `fail`. */
function exchange(plan: Plan): Promise<Response> {
  const { init, body } = plan;
  return new Promise<Response>((resolve, reject) => {
    let phase: Phase = "connecting";
    let connection: Deno.Conn | null = null;
    let failAnswer: ((error: TransportError) => void) | null = null;
    let sending = true;
    let over = false;

    const timer = setTimeout(
      () => fail(new TransportError("timeout", { sent: phase === "established" })),
      init.timeout_ms ?? DEFAULT_TIMEOUT_MS,
    );
    const onAbort = () => fail(classifyAbort(init.signal?.reason, phase === "established"));
    init.signal?.addEventListener("abort", onAbort, { once: true });

    function finish(reason: unknown): void {
      if (over) return;
      over = true;
      clearTimeout(timer);
      init.signal?.removeEventListener("abort", onAbort);
      stopSending(reason);
      if (connection !== null) close(connection);
    }

    function stopSending(reason: unknown): void {
      sending = false;
      // The source may fail while it is being cancelled; nobody needs its bytes any more.
      if (body.kind === "stream") body.source.cancel(reason).catch(() => undefined);
    }

    function fail(error: TransportError): void {
      reject(error);
      failAnswer?.(error);
      finish(error);
    }

    function onOpen(opened: Deno.Conn, next: Phase): void {
      connection = opened;
      phase = next;
      if (over) close(opened);
    }

    function answerWith(head: ResponseHead, reader: ByteReader): Response {
      const { status, headers } = head;
      const framed = frameBody(reader, head, plan.method);
      if (status >= 300) stopSending(new TransportError("reset", { sent: true }));
      if (framed === null) {
        finish(undefined);
        return new Response(null, { status, headers });
      }
      const max_bytes = init.max_body_bytes ?? Infinity;
      const { stream, fail: failStream } = streamBody(framed, { max_bytes, onEnd: finish });
      failAnswer = failStream;
      return new Response(stream, { status, headers });
    }

    async function run(): Promise<void> {
      const opened = await connect(plan.url, {
        lookup: plan.lookup,
        ca: plan.ca,
        onOpen,
        isOver: () => over,
      });
      if (over) return;
      const reader = new ByteReader(opened);
      send(opened, plan).catch((error: unknown) => {
        // Where the connection broke, an answer may lie in it still: an early 403, say. Reading tells.
        if (sending && error instanceof TransportError) fail(error);
      });
      const head = await readHead(reader);
      if (!over) resolve(answerWith(head, reader));
    }

    run().catch((error: unknown) => fail(classifyFailure(error, phase)));
  });
}

async function send(connection: Deno.Conn, plan: Plan): Promise<void> {
  const write = (bytes: Uint8Array) => writeAll(connection, bytes);
  await write(plan.head);
  await sendBody(plan.body, write);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;) {
    offset += await connection.write(bytes.subarray(offset));
  }
}

/** A connection that ended by itself, or has become part of a TLS one, is closed already. */
function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
