/** User tokens with the claims of Supabase Auth: https://supabase.com/docs/guides/auth/jwt-fields */
import { importJWK, jwtVerify, SignJWT } from "jose";
import type { HostKeys } from "../keys.ts";

export const access_token_ttl_seconds = 3600;

/** What a token says of its user. */
export interface TokenSubject {
  user_id: string;
  session_id: string;
  email: string | null;
  is_anonymous: boolean;
  app_metadata: Record<string, unknown>;
  user_metadata: Record<string, unknown>;
}

export interface Tokens {
  /** `issued_at` is in seconds. */
  sign(subject: TokenSubject, issued_at: number): Promise<string>;
  /** The claims; throws where signature, issuer, audience or expiry don't hold. */
  verify(token: string): Promise<Record<string, unknown>>;
}

export async function createTokens(keys: HostKeys, issuer: string): Promise<Tokens> {
  const { d: _private, ...public_key } = keys.signing_key;
  const private_key = await importJWK(keys.signing_key, "ES256");
  const verifying_key = await importJWK(public_key, "ES256");
  return {
    sign: (subject, issued_at) =>
      new SignJWT({
        email: subject.email ?? "",
        phone: "",
        app_metadata: subject.app_metadata,
        user_metadata: subject.user_metadata,
        role: "authenticated",
        aal: "aal1",
        amr: [{
          method: subject.is_anonymous ? "anonymous" : "password",
          timestamp: issued_at,
        }],
        session_id: subject.session_id,
        is_anonymous: subject.is_anonymous,
      })
        .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: keys.signing_key.kid })
        .setIssuer(issuer)
        .setSubject(subject.user_id)
        .setAudience("authenticated")
        .setIssuedAt(issued_at)
        .setExpirationTime(issued_at + access_token_ttl_seconds)
        .sign(private_key),
    async verify(token) {
      const { payload } = await jwtVerify(token, verifying_key, {
        algorithms: ["ES256"],
        audience: "authenticated",
        issuer,
      });
      return payload;
    },
  };
}
