/**
 * Sealed secrets: JWE compact (RFC 7516), direct encryption with A256GCM, under the key ring of
 * TOKEN_ENCRYPTION_KEYS. The protected header, which GCM authenticates, names the place that the
 * secret belongs to, so that a ciphertext copied into another row or column does not open there.
 */

import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from "jose";
import type { KeyRing } from "../config/key_ring.ts";
import { sha256Hex } from "../http/hash.ts";

/** Where a secret stands: `<table>.<column>:<row>`. */
export type SealedPlace = `${string}.${string}:${string}`;

/** Why a sealed secret does not open. */
export type SealFault = "key_missing" | "key_wrong" | "wrong_place" | "damaged";

/**
 * The first two are a matter of configuration: the ring lacks `key_id`, or has another key of that
 * name. The others mean that the stored text is not what we wrote there. Carries nothing of the secret.
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
  /** The ids of the other keys, which only `open`. */
  readonly old_key_ids: readonly string[];
  seal(place: SealedPlace, secret: string): Promise<string>;
  /** Throws `SealError`. */
  open(place: SealedPlace, sealed: string): Promise<string>;
}

export function createSealer(ring: KeyRing): Sealer {
  const currentKey = ring.keys.get(ring.current);
  if (currentKey === undefined) throw new Error("the key ring has no current key");
  return {
    key_id: ring.current,
    old_key_ids: [...ring.keys.keys()].filter((key_id) => key_id !== ring.current),
    async seal(place, secret) {
      const header = { alg: "dir", enc: "A256GCM", kid: ring.current, place };
      return await new CompactEncrypt(new TextEncoder().encode(secret))
        .setProtectedHeader({ ...header, key_check: await keyCheck(currentKey) })
        .encrypt(currentKey);
    },
    open: (place, sealed) => open(ring, place, sealed),
  };
}

async function open(ring: KeyRing, place: SealedPlace, sealed: string): Promise<string> {
  const { key_id, key_check } = readHeader(place, sealed);
  const key = ring.keys.get(key_id);
  if (key === undefined) throw new SealError("key_missing", place, key_id);
  if (key_check !== await keyCheck(key)) throw new SealError("key_wrong", place, key_id);
  const opened = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  }).catch(() => {
    throw new SealError("damaged", place, key_id);
  });
  if (opened.protectedHeader.place !== place) throw new SealError("wrong_place", place, key_id);
  return new TextDecoder().decode(opened.plaintext);
}

/**
 * Tells a key that was mixed up from a text that was damaged: GCM alone can't. A few bits of a hash
 * say nothing of a key of 256 random ones.
 */
async function keyCheck(key: Uint8Array<ArrayBuffer>): Promise<string> {
  return (await sha256Hex(key)).slice(0, 8);
}

/** What the header says of the key, before it is known to be genuine. */
function readHeader(place: SealedPlace, sealed: string): { key_id: string; key_check: string } {
  try {
    const { kid, key_check } = decodeProtectedHeader(sealed);
    if (typeof kid === "string" && typeof key_check === "string") return { key_id: kid, key_check };
  } catch {
    throw new SealError("damaged", place, null);
  }
  throw new SealError("damaged", place, null);
}
