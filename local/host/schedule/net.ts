/** Sends what `net.http_post` queued and was committed, as pg_net's worker does. */
import type { Sql } from "../database/index.ts";

interface QueuedRequest {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string> | null;
  body: string | null;
  timeout_milliseconds: number;
}

interface Outcome {
  status_code: number | null;
  content_type: string | null;
  headers: Record<string, string> | null;
  content: string | null;
  timed_out: boolean;
  error_msg: string | null;
}

const batch_size = 20;
// pg_net's default `ttl`: responses are for looking at, not for keeping.
const response_ttl_hours = 6;

export interface NetWorker {
  /** Sends until the queue is empty; resolves when all was answered. Calls at once share the work. */
  deliver(): Promise<void>;
}

/**
 * A `fetch` without kept-alive connections: Deno sends a POST a second time by itself when such a
 * connection dies before the answer, and pg_net never does.
 */
export function createFetchOnce(): { fetch: typeof globalThis.fetch; close(): void } {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  return {
    fetch: (input, init) => fetch(input, { ...init, client }),
    close: () => client.close(),
  };
}

export function createNetWorker(sql: Sql, fetch: typeof globalThis.fetch): NetWorker {
  let running: Promise<void> | undefined;
  let called_meanwhile = false;
  const drain = async () => {
    do {
      called_meanwhile = false;
      while (await sendBatch(sql, fetch) > 0);
    } while (called_meanwhile);
  };
  return {
    deliver() {
      // A row committed after the last look of a running drain must not wait for the next notice.
      called_meanwhile = true;
      running ??= drain().finally(() => running = undefined);
      return running;
    },
  };
}

/**
 * Rows leave the queue before they are sent, so that no kill makes a request go out twice, and no key
 * stays in a table. Gives how many were sent.
 */
async function sendBatch(sql: Sql, fetch: typeof globalThis.fetch): Promise<number> {
  const requests = await sql.query<QueuedRequest>(
    `delete from net.http_request_queue where id in (
       select id from net.http_request_queue order by id limit $1::int for update skip locked
     )
     returning id, method, url, headers, convert_from(body, 'UTF8') as body, timeout_milliseconds`,
    [batch_size],
  );
  await Promise.all(requests.map(async (request) => {
    const outcome = await send(request, fetch);
    await sql.query(
      `insert into net._http_response
         (id, status_code, content_type, headers, content, timed_out, error_msg)
       values ($1::text::bigint, $2::int, $3, $4::text::jsonb, $5, $6::boolean, $7)`,
      [
        request.id,
        outcome.status_code,
        outcome.content_type,
        outcome.headers && JSON.stringify(outcome.headers),
        outcome.content,
        outcome.timed_out,
        outcome.error_msg,
      ],
    );
  }));
  if (requests.length > 0) {
    await sql.query(
      "delete from net._http_response where created < now() - make_interval(hours => $1::int)",
      [response_ttl_hours],
    );
  }
  return requests.length;
}

async function send(request: QueuedRequest, fetch: typeof globalThis.fetch): Promise<Outcome> {
  const { method, url, headers, body, timeout_milliseconds } = request;
  const nothing = { status_code: null, content_type: null, headers: null, content: null };
  try {
    const response = await fetch(url, {
      method,
      headers: headers ?? {},
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeout_milliseconds),
    });
    return {
      status_code: response.status,
      content_type: response.headers.get("content-type"),
      headers: Object.fromEntries(response.headers),
      content: await response.text(),
      timed_out: false,
      error_msg: null,
    };
  } catch (error) {
    // Whatever went wrong is the outcome, written down as pg_net does; there is nobody to tell.
    const timed_out = error instanceof DOMException && error.name === "TimeoutError";
    return { ...nothing, timed_out, error_msg: String(error) };
  }
}
