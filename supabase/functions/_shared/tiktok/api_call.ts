import type { Call } from "./call.ts";

/** A call of a JSON endpoint (https://developers.tiktok.com/doc/tiktok-api-v2-introduction). */
export function apiCall(
  operation: string,
  access_token: string,
  request: { method: "GET" | "POST"; path: string; body?: Record<string, unknown> },
): Call {
  const { body } = request;
  return {
    operation,
    path: request.path,
    method: request.method,
    headers: {
      authorization: `Bearer ${access_token}`,
      ...(body === undefined ? {} : { "content-type": "application/json; charset=UTF-8" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    secrets: [access_token],
  };
}
