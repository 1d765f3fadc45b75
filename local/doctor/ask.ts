/** Requests of the doctor: an answer, or in words why there is none. */

import type { Runtime } from "../cli/runtime.ts";

const TIMEOUT_MS = 20_000;
/** A scheduled function works until its budget is spent (150 s at most). */
export const TICK_TIMEOUT_MS = 160_000;

export type Answer = {
  status: number;
  headers: Headers;
  /** Parsed, where it is JSON. */
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
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parse(text) };
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError") {
        return { silent: `no answer in ${timeout_ms / 1000} s` };
      }
      // Its message may quote the address: it has no query, and no secret.
      return { silent: error instanceof Error ? error.message : "no answer" };
    }
  };
}

export function isSilent(answer: Answer | { silent: string }): answer is { silent: string } {
  return "silent" in answer;
}

/** `code` of a JSON answer, where it has one. */
export function codeOf({ body }: Answer): string | undefined {
  return typeof body === "object" && body !== null && "code" in body &&
      typeof body.code === "string"
    ? body.code
    : undefined;
}

/** A problem of our own functions, and not an answer of the gateway before them. */
export function isProblem({ headers }: Answer): boolean {
  return headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
