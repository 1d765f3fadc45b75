/** Requests of the doctor: an answer, or in words why there is none. */

import { PROBLEMS } from "../../supabase/functions/_shared/http/problem.ts";
import { readBounded } from "../cli/bounded.ts";
import type { Runtime } from "../cli/runtime.ts";

const TIMEOUT_MS = 20_000;
/** What a project answers the doctor is below 100 kB; a longer answer is somebody else's. */
const MAX_ANSWER_BYTES = 1_000_000;
/** A scheduled function works until its budget is spent (150 s at most). */
export const TICK_TIMEOUT_MS = 160_000;

export type Answer = {
  status: number;
  headers: Headers;
  /** Parsed, where it is JSON of no more than 1 MB. */
  body: unknown;
};

export type Ask = {
  (url: string, init?: RequestInit & { timeout_ms?: number }): Promise<Answer | { silent: string }>;
};

export function createAsk({ fetch }: Pick<Runtime, "fetch">): Ask {
  return async (url, { timeout_ms = TIMEOUT_MS, ...init } = {}) => {
    try {
      const response = await fetch(url, {
        redirect: "manual",
        signal: AbortSignal.timeout(timeout_ms),
        ...init,
      });
      const text = await readBounded(response, MAX_ANSWER_BYTES);
      const body = text === null ? undefined : parse(text);
      return { status: response.status, headers: response.headers, body };
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError") {
        return { silent: `no answer in ${timeout_ms / 1000} s` };
      }
      return { silent: reasonOf(error) };
    }
  };
}

export function isSilent(answer: Answer | { silent: string }): answer is { silent: string } {
  return "silent" in answer;
}

/** The contract's two of a platform, by its name. */
const PLATFORM_CODE = /^tiktok_(rejected|unavailable)$/;

/** The gateway's, before the functions: https://supabase.com/docs/guides/functions/status-codes */
const GATEWAY_CODES: ReadonlySet<string> = new Set([
  "BOOT_ERROR",
  "IDLE_TIMEOUT",
  "NOT_FOUND",
  "WORKER_ERROR",
  "WORKER_LIMIT",
  "WORKER_RESOURCE_LIMIT",
]);

/** PostgREST's own, or a SQLSTATE: https://postgrest.org/en/stable/references/errors.html */
const DATA_API_CODE = /^(PGRST[0-9A-Z]{1,3}|[0-9A-Z]{5})$/;

/**
 * `code` of a JSON answer, where it is one that a project gives. Any other is not shown: a host
 * that repeats the headers of a request would have its keys printed.
 */
export function codeOf({ body }: Answer): string | undefined {
  const code = typeof body === "object" && body !== null && "code" in body ? body.code : undefined;
  if (typeof code !== "string") return undefined;
  const is_known = Object.hasOwn(PROBLEMS, code) || PLATFORM_CODE.test(code) ||
    GATEWAY_CODES.has(code) ||
    DATA_API_CODE.test(code);
  return is_known ? code : undefined;
}

/** The Data API's own code, where it is the Data API that answers. */
export function dataApiCodeOf(answer: Answer): string | undefined {
  const code = codeOf(answer);
  return code !== undefined && DATA_API_CODE.test(code) ? code : undefined;
}

/** A problem of our own functions, and not an answer of the gateway before them. */
export function isProblem({ headers }: Answer): boolean {
  return headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}

/** Why nobody answers, in words of our own: a runtime's may quote a header, and so a key. */
const REASONS: readonly [RegExp, string][] = [
  [/\bdns\b|no such host|lookup address/i, "no such host"],
  [/connection refused/i, "connection refused"],
  [/certificate|\btls\b/i, "its certificate is not accepted"],
  [/reset|closed|broken pipe/i, "the connection broke off"],
  [/unreachable|no route/i, "no way there"],
];

function reasonOf(error: unknown): string {
  const texts = [error, error instanceof Error ? error.cause : undefined].map((one) =>
    one instanceof Error ? one.message : ""
  );
  return REASONS.find(([pattern]) => texts.some((text) => pattern.test(text)))?.[1] ?? "no answer";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
