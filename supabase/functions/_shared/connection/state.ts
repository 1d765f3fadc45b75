/** The anti-forgery state of RFC 6749 section 10.12: only its hash is stored. */

const STATE_BYTES = 32;

/** 256 random bits as base64url, 43 characters. */
export function createState(randomBytes: (length: number) => Uint8Array<ArrayBuffer>): string {
  return btoa(String.fromCharCode(...randomBytes(STATE_BYTES)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** SHA-256 in hex. The state has 256 random bits, so a plain hash can't be reversed by guessing. */
export async function hashState(state: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(state));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
