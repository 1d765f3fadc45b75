/**
 * Sealed secrets: JWE compact (RFC 7516), direct encryption with A256GCM, under the key ring of
 * TOKEN_ENCRYPTION_KEYS. The protected header, which GCM authenticates, names the place that the
 * secret belongs to, so that a ciphertext copied into another row or column does not open there.
 */

import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from "jose";
import type { KeyRing } from "../config/key_ring.ts";

/** Where a secret stands: `<table>.<column>:<row>`. */
export type SealedPlace = `${string}.${string}:${string}`;

/** Why a sealed secret does not open. */
export type SealFault = "key_missing" | "wrong_place" | "damaged";

/**
 * `key_missing` is a matter of configuration (the ring lacks `key_id`); the other two mean that the
 * stored text is not what we wrote there. Carries nothing of the secret.
 */
export class SealError extends Error {
  override readonly name = "SealError";
  constructor(
    readonly fault: SealFault,
    readonly place: SealedPlace,
    readonly key_id: string | null,
  ) {
    super(`${place} does not open: ${fault}${key_id === null ? "" : ` (key ${key_id})`}`);
  }
}

export interface Sealer {
  /** The id of the key that `seal` uses. */
  readonly key_id: string;
  seal(place: SealedPlace, secret: string): Promise<string>;
  /** Throws `SealError`. */
  open(place: SealedPlace, sealed: string): Promise<string>;
}

export function createSealer(ring: KeyRing): Sealer {
  const currentKey = ring.keys.get(ring.current);
  if (currentKey === undefined) throw new Error("the key ring has no current key");
  return {
    key_id: ring.current,
    seal: (place, secret) =>
      new CompactEncrypt(new TextEncoder().encode(secret))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: ring.current, place })
        .encrypt(currentKey),
    open: (place, sealed) => open(ring, place, sealed),
  };
}

async function open(ring: KeyRing, place: SealedPlace, sealed: string): Promise<string> {
  const key_id = readKeyId(place, sealed);
  const key = ring.keys.get(key_id);
  if (key === undefined) throw new SealError("key_missing", place, key_id);
  const opened = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  }).catch(() => {
    throw new SealError("damaged", place, key_id);
  });
  if (opened.protectedHeader.place !== place) throw new SealError("wrong_place", place, key_id);
  return new TextDecoder().decode(opened.plaintext);
}

function readKeyId(place: SealedPlace, sealed: string): string {
  try {
    const { kid } = decodeProtectedHeader(sealed);
    if (typeof kid === "string") return kid;
  } catch {
    throw new SealError("damaged", place, null);
  }
  throw new SealError("damaged", place, null);
}
