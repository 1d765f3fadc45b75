/** The anti-forgery state of RFC 6749 section 10.12: only its hash is stored. */

import { sha256Hex } from "../http/hash.ts";

const STATE_BYTES = 32;

/** 256 random bits as base64url, 43 characters. */
export function createState(randomBytes: (length: number) => Uint8Array<ArrayBuffer>): string {
  return btoa(String.fromCharCode(...randomBytes(STATE_BYTES)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The state has 256 random bits, so that its plain SHA-256 can't be reversed by guessing. */
export async function hashState(state: string): Promise<string> {
  return await sha256Hex(state);
}
