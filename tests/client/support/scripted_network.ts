/** The real supabase-js, signed in, whose requests are answered by the test. */

import { createClient, type SupabaseClient } from "@supabase/supabase-js";

export const USER_ID = "5b0c7f6e-2f0a-4d55-9c0e-0a2f6f1f3b11";
const URL_OF_PROJECT = "https://project.supabase.co";

export type Sent = { method: string; path: string; query: URLSearchParams; body: unknown };

/** A Response, or what `fetch` fails with, or what happens before either. */
type Answer = Response | Error | (() => Promise<Response>);

export type Network = { supabase: SupabaseClient; sent: Sent[] };

/** Answers in the order of the script; more requests than that are a mistake. */
export function scriptNetwork(answers: Answer[], options: { signed_in?: boolean } = {}): Network {
  const sent: Sent[] = [];
  const left = [...answers];
  const session = {
    access_token: "header.payload.signature",
    refresh_token: "refresh",
    token_type: "bearer",
    expires_in: 3600,
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    user: { id: USER_ID },
  };
  const supabase = createClient(URL_OF_PROJECT, "sb_publishable_test", {
    auth: {
      autoRefreshToken: false,
      storageKey: "session",
      storage: {
        getItem: (name) =>
          name === "session" && options.signed_in !== false ? JSON.stringify(session) : null,
        setItem() {},
        removeItem() {},
      },
    },
    // Its own repetitions are not what is looked at.
    db: { retry: false },
    global: {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const { pathname, searchParams } = new URL(request.url);
        const text = await request.text();
        sent.push({
          method: request.method,
          path: pathname,
          query: searchParams,
          body: text === "" ? null : JSON.parse(text),
        });
        request.signal.throwIfAborted();
        const next = left.shift();
        const answer = typeof next === "function" ? await next() : next;
        if (answer === undefined) throw new Error(`nobody expected ${request.method} ${pathname}`);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  });
  return { supabase, sent };
}

export const json = (body: unknown, status = 200) => Response.json(body, { status });

export function problem(status: number, code: string, more: object = {}): Response {
  const body = { type: "about:blank", title: "T", status, detail: "D.", code, request_id: "r" };
  return new Response(JSON.stringify({ ...body, ...more }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}

export const offline = () => new TypeError("fetch failed");

/** Pauses that are over at once, and how long they would have been. */
export function skipPauses(): { pauses_ms: number[] } & Disposable {
  const before = globalThis.setTimeout;
  const pauses_ms: number[] = [];
  globalThis.setTimeout = ((act: () => void, ms = 0) => {
    pauses_ms.push(ms);
    return before(act, 0);
  }) as typeof setTimeout;
  return {
    pauses_ms,
    [Symbol.dispose]() {
      globalThis.setTimeout = before;
    },
  };
}
