import {
  isLost,
  networkError,
  SIGN_IN,
  TikTokIntegrationError,
  unexpectedAnswer,
} from "./error.ts";
import type { Supabase } from "./supabase.ts";

export type CallOptions = {
  method?: "GET" | "POST" | "DELETE";
  query?: Record<string, string | number | undefined>;
  body?: Record<string, unknown>;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Whether sending it twice does no more than sending it once. */
  repeatable?: boolean;
};

/** Waits before a request whose answer was lost is sent again. */
const PAUSES_MS = [400, 1600];

/** Calls a function. Throws a `TikTokIntegrationError`, or the signal's reason. */
export async function call<Answer>(
  supabase: Supabase,
  slug: string,
  options: CallOptions,
): Promise<Answer> {
  for (const pause_ms of options.repeatable ? PAUSES_MS : []) {
    try {
      return await callOnce(supabase, slug, options);
    } catch (error) {
      if (!isLost(error)) throw error;
    }
    await sleep(pause_ms, options.signal);
    options.signal?.throwIfAborted();
  }
  return await callOnce(supabase, slug, options);
}

async function callOnce<Answer>(
  supabase: Supabase,
  slug: string,
  { method = "POST", query = {}, body, headers, signal }: CallOptions,
): Promise<Answer> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const { data, error } = await supabase.functions.invoke(
    given.length > 0 ? `${slug}?${search}` : slug,
    {
      method,
      ...(body && { body }),
      ...(headers && { headers }),
      ...(signal && { signal }),
    },
  );
  if (!error) return data;
  signal?.throwIfAborted();
  // What supabase-js calls `context` is the answer, or what kept it from coming.
  throw await describe(error.context ?? error);
}

async function describe(context: unknown): Promise<TikTokIntegrationError> {
  if (!(context instanceof Response)) return networkError(context);
  const text = await context.text().catch(() => "");
  try {
    const problem = JSON.parse(text);
    if (typeof problem.code === "string" && typeof problem.detail === "string") {
      if (problem.code === "unauthorized") problem.detail = SIGN_IN;
      return new TikTokIntegrationError(problem);
    }
  } catch {
    // Not JSON: a gateway's page.
  }
  return unexpectedAnswer(context.status, "");
}

/** Resolves after a while, or as soon as the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end);
  });
}
