/** The key ring of TOKEN_ENCRYPTION_KEYS. */

import { z } from "zod";

/** `current` seals; every key opens. Keys are 32 bytes, for A256GCM. */
export type KeyRing = { current: string; keys: ReadonlyMap<string, Uint8Array<ArrayBuffer>> };

const ring = z.strictObject({
  current: z.string().min(1),
  keys: z.record(z.string().min(1), z.string()),
});

/**
 * Parses `{"current": "<kid>", "keys": {"<kid>": "<32 bytes, base64url>"}}`. Throws an `Error` whose
 * message says what is wrong without showing a key.
 */
export function parseKeyRing(text: string): KeyRing {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("is not JSON");
  }
  const parsed = ring.safeParse(json);
  if (!parsed.success) throw new Error('must be {"current": "<kid>", "keys": {"<kid>": "<key>"}}');
  const keys = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [kid, encoded] of Object.entries(parsed.data.keys)) {
    keys.set(kid, decodeKey(encoded));
  }
  if (!keys.has(parsed.data.current)) throw new Error("its current key is not among its keys");
  return { current: parsed.data.current, keys };
}

/** No message names the key: with name and key swapped, that would be the key itself. */
function decodeKey(encoded: string): Uint8Array<ArrayBuffer> {
  const unpadded = encoded.replace(/=+$/, "");
  if (!/^[A-Za-z0-9_-]+$/.test(unpadded) || unpadded.length % 4 === 1) {
    throw new Error("one of its keys is not base64url");
  }
  const binary = atob(unpadded.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  if (bytes.length !== 32) throw new Error(`one of its keys is ${bytes.length} bytes long, not 32`);
  return bytes;
}
