/** Passwords are kept as scrypt hashes: `scrypt$<salt>$<hash>`, both base64url. */
import { Buffer } from "node:buffer";
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

const hash_bytes = 32;

export function hashPassword(password: string, salt: Uint8Array = randomBytes(16)): string {
  const hash = scryptSync(password, salt, hash_bytes);
  return `scrypt$${Buffer.from(salt).toString("base64url")}$${hash.toString("base64url")}`;
}

export function verifyPassword(password: string, stored: string): boolean {
  const [scheme, salt, hash] = stored.split("$");
  if (scheme !== "scrypt" || !salt || !hash) return false;
  const expected = Buffer.from(hash, "base64url");
  return timingSafeEqual(
    scryptSync(password, Buffer.from(salt, "base64url"), hash_bytes),
    expected,
  );
}
