/** Signed addresses: a token that names one object, when it ends and, for uploads, who asked for it. */
import { randomBytes } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import type { Caller } from "../caller.ts";
import { StorageFailure } from "./failure.ts";

export interface Signer {
  /** `place` is `<bucket>/<path>`, for an upload `upload/<bucket>/<path>`. */
  sign(place: string, ttl_seconds: number, caller?: Caller): Promise<string>;
  /** Throws unless the token was signed for this place and has not ended. Gives the caller back. */
  verify(place: string, token: string): Promise<Caller | undefined>;
}

/** The key lives as long as the host: its addresses are for minutes. */
export function createSigner(key: Uint8Array = randomBytes(32)): Signer {
  return {
    sign(place, ttl_seconds, caller) {
      if (!Number.isInteger(ttl_seconds) || ttl_seconds < 1) {
        throw new StorageFailure(400, "InvalidRequest", "expiresIn must be a whole number above 0");
      }
      return new SignJWT({ url: place, caller })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuedAt()
        .setExpirationTime(`${ttl_seconds} s`)
        .sign(key);
    },
    async verify(place, token) {
      const claims = await jwtVerify(token, key).then(({ payload }) => payload, (error) => {
        throw new StorageFailure(400, "InvalidJWT", String(error));
      });
      if (claims.url !== place) {
        throw new StorageFailure(400, "InvalidSignature", "The signature is for another object");
      }
      return claims.caller as Caller | undefined;
    },
  };
}
