import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { resolveHost } from "./lookup.ts";
import type { Lookup, ResolvedAddress } from "./lookup.ts";
import { openRequest, parseUrl, readHeaders } from "./node_request.ts";
import type { RequestPlan } from "./node_request.ts";
import { prepareBody, sendStream } from "./request_body.ts";
import type { RequestBody } from "./request_body.ts";
import { streamResponse } from "./response_body.ts";
import type { ResponseBody } from "./response_body.ts";
import { classifyAbort, classifyFailure, TransportError } from "./transport_error.ts";
import type { Phase } from "./transport_error.ts";

/** A request that nobody gave a time for must end too; long uploads name their own. */
export const DEFAULT_TIMEOUT_MS = 60_000;

/** Answers to these have no body, and `Response` refuses one (https://fetch.spec.whatwg.org/#null-body-status). */
const STATUSES_WITHOUT_BODY = new Set([204, 205, 304]);

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
 * - A stream goes out at the socket's pace, with the caller's `Content-Length`, which `fetch` drops.
 *   A stream of another length breaks the connection instead of completing the request.
 * - An answer of 300 or more that comes before the whole body was sent ends the sending.
 * - Answers are not decompressed; `Accept-Encoding: identity` is sent unless the caller sets it.
 */
export type FetchOnce = (input: string | URL, init?: FetchOnceInit) => Promise<Response>;

export type FetchOnceOptions = {
  /**
   * Resolves, and may refuse, every host, IP addresses included. The connection goes to what it
   * answers and nowhere else. What it throws is the `cause` of a `dns` error.
   */
  lookup?: Lookup;
  /** Certificates to trust instead of the system's, PEM. */
  ca?: string;
};

export function createFetchOnce(options: FetchOnceOptions = {}): FetchOnce {
  return async (input, init = {}) => {
    try {
      return await fetchWith(options, input, init);
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

async function fetchWith(
  options: FetchOnceOptions,
  input: string | URL,
  init: FetchOnceInit,
): Promise<Response> {
  const url = parseUrl(input);
  if (init.signal?.aborted) throw classifyAbort(init.signal.reason, false);
  const method = (init.method ?? "GET").toUpperCase();
  const headers = new Headers(init.headers);
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
  headers.set("connection", "close");
  const body = await prepareBody(init.body, method, headers);
  return await exchange({
    url,
    method,
    headers,
    ca: options.ca,
    lookup: options.lookup,
    body,
    init,
  });
}

type Plan = RequestPlan & { lookup?: Lookup; body: RequestBody; init: FetchOnceInit };

/** One request, one answer. All that can end it early meets in `fail`. */
function exchange(plan: Plan): Promise<Response> {
  const { init } = plan;
  const secure = plan.url.protocol === "https:";
  return new Promise<Response>((resolve, reject) => {
    let phase: Phase = "connecting";
    let request: ClientRequest | null = null;
    let answer: ResponseBody | null = null;
    const source = plan.body.kind === "stream" ? plan.body : null;
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
      source?.stop(reason);
      request?.destroy();
    }

    function fail(error: TransportError): void {
      reject(error);
      answer?.fail(error);
      finish(error);
    }

    function send(established: ClientRequest): void {
      phase = "established";
      if (source === null) {
        return void (plan.body.kind === "bytes"
          ? established.end(plan.body.bytes)
          : established.end());
      }
      sendStream(established, source).catch((error: unknown) =>
        fail(classifyFailure(error, phase))
      );
    }

    function watchSocket(socket: Socket): void {
      const begun = request;
      if (begun === null) return;
      socket.once("connect", () => {
        if (secure) phase = "securing";
        else send(begun);
      });
      if (secure) socket.once("secureConnect", () => send(begun));
    }

    function takeResponse(message: IncomingMessage): void {
      const status = message.statusCode ?? 0;
      if (status < 200 || status > 599) {
        return fail(new TransportError("reset", { sent: true, message: "The answer is not HTTP" }));
      }
      if (status >= 300) source?.stop(new TransportError("reset", { sent: true }));
      const body = streamResponse(message, {
        max_bytes: init.max_body_bytes ?? Infinity,
        onDone: () => finish(new TransportError("aborted", { sent: true })),
      });
      answer = body;
      const empty = STATUSES_WITHOUT_BODY.has(status) || plan.method === "HEAD";
      if (empty) message.resume();
      resolve(
        new Response(empty ? null : body.stream, { status, headers: readHeaders(message) }),
      );
    }

    function begin(addresses: ResolvedAddress[] | null): void {
      if (over) return;
      request = openRequest(plan, addresses);
      request.on("socket", watchSocket);
      request.on("response", (message) => {
        try {
          takeResponse(message);
        } catch (error) {
          fail(classifyFailure(error, phase));
        }
      });
      // Once there is an answer, its own stream says whether it is whole.
      request.on("error", (error: unknown) => {
        if (answer === null) fail(classifyFailure(error, phase));
      });
      request.on("close", () => {
        if (answer === null) fail(classifyFailure(null, phase));
      });
    }

    resolveHost(plan.url, plan.lookup).then(begin)
      .catch((error: unknown) => fail(classifyFailure(error, phase)));
  });
}
