/** SHA-256 in hex, of bytes or of a text in UTF-8. */
export async function sha256Hex(input: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return digest.reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
}
