import type { FetchLike } from "./types.ts";
import { TikTokError } from "./tiktok_error.ts";

/** Largest answer that is read. A page of 20 videos has some 40 kB; what is larger is not TikTok's. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export type Outgoing = {
  operation: string;
  url: string;
  method: "GET" | "POST" | "PUT";
  headers: Record<string, string>;
  body?: string | ReadableStream<Uint8Array>;
  timeout_ms: number;
};

/** An answer that was read to its end. */
export type Incoming = { status: number; headers: Headers; text: string };

/** Sends one request and reads the whole answer, within one time limit. */
export function sendAndRead(fetch: FetchLike, outgoing: Outgoing): Promise<Incoming> {
  return withinTime(outgoing, async (signal) => {
    const response = await sendOnce(fetch, outgoing, signal);
    const text = await readBounded(response, outgoing.operation);
    return { status: response.status, headers: response.headers, text };
  });
}

/** Sends one request whose answer's head says all; the rest of the answer is dropped. */
export function sendForHead(fetch: FetchLike, outgoing: Outgoing): Promise<Omit<Incoming, "text">> {
  return withinTime(outgoing, async (signal) => {
    const response = await sendOnce(fetch, outgoing, signal);
    // The answer is decided by its status; a rest that breaks changes nothing.
    await response.body?.cancel().catch(() => undefined);
    return { status: response.status, headers: response.headers };
  });
}

/** What a failed `fetch` tells about itself; only ours does, others count as "may have been sent". */
export function readTransportFailure(error: unknown): {
  code: "timeout" | "network";
  sent: boolean;
  from_body: boolean;
  cause: unknown;
} {
  const known = typeof error === "object" && error !== null ? error as Record<string, unknown> : {};
  return {
    code: known.code === "timeout" || known.name === "TimeoutError" ? "timeout" : "network",
    sent: known.sent !== false,
    from_body: known.name === "TransportError" && known.code === "body",
    cause: known.cause,
  };
}

async function withinTime<Result>(
  outgoing: Outgoing,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException("The call took too long", "TimeoutError")),
    outgoing.timeout_ms,
  );
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

function sendOnce(fetch: FetchLike, outgoing: Outgoing, signal: AbortSignal): Promise<Response> {
  const init = {
    method: outgoing.method,
    headers: outgoing.headers,
    body: outgoing.body ?? null,
    redirect: "manual",
    signal,
    timeout_ms: outgoing.timeout_ms,
    // Standard for stream bodies, and not yet in TypeScript's `RequestInit`.
    ...(outgoing.body instanceof ReadableStream ? { duplex: "half" } : {}),
  } satisfies RequestInit & { timeout_ms: number; duplex?: "half" };
  return fetch(outgoing.url, init);
}

async function readBounded(response: Response, operation: string): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let size_bytes = 0;
  let text = "";
  for await (const piece of response.body) {
    size_bytes += piece.byteLength;
    if (size_bytes > MAX_ANSWER_BYTES) {
      throw new TikTokError({
        code: "unreadable",
        outcome: "unknown",
        operation,
        message: "the answer is too long",
        http_status: response.status,
      });
    }
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
