/** Tells whether two requests with the same idempotency key are the same. */

import type { PublishRequest } from "../contract/post.ts";
import { sha256Hex } from "../http/hash.ts";

/** SHA-256 of the parsed request without `dry_run`, keys in order, in hex. */
export async function hashRequest({ dry_run: _, ...request }: PublishRequest): Promise<string> {
  return await sha256Hex(JSON.stringify(inOrder(request)));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}
