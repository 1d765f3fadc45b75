/** 32 random bytes give 43 characters, the fewest that are allowed. */
const VERIFIER_BYTES = 32;

/** A fresh PKCE verifier: 43 characters of `A-Za-z0-9-_`. */
export function createCodeVerifier(randomBytes: (length_bytes: number) => Uint8Array): string {
  const binary = String.fromCharCode(...randomBytes(VERIFIER_BYTES));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * The challenge as TikTok defines it: the SHA-256 in hexadecimal, unlike RFC 7636, which says
 * base64url (https://developers.tiktok.com/doc/login-kit-desktop).
 */
export async function hexCodeChallenge(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return new Uint8Array(digest).reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
}
