import { createTikTokClient } from "../../supabase/functions/_shared/tiktok/index.ts";
import { fetchOnce } from "../../supabase/functions/_shared/transport/index.ts";

export type Seen = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: string;
};

export const CLIENT_SECRET = "client-s3cret";

/** A server that gives one prepared answer after the other, and a client that asks it. */
export function startScriptedTikTok(...answers: Response[]) {
  const seen: Seen[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const url = new URL(request.url);
      seen.push({
        method: request.method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: await request.text(),
      });
      return answers.shift() ?? new Response("the script is over", { status: 599 });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    seen,
    client: clientFor(url),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

export function clientFor(api_url: string, timeout_ms?: number) {
  return createTikTokClient({
    api_url,
    client_key: "key",
    client_secret: CLIENT_SECRET,
    fetch: fetchOnce,
    timeout_ms,
  });
}

/** An answer of a JSON endpoint, raw so that large numbers keep their digits. */
export function apiAnswer(data: string, code = "ok", status = 200): Response {
  const error = `{"code":"${code}","message":"said","log_id":"20261122ABC"}`;
  return new Response(`{"data":${data},"error":${error}}`, { status });
}
