/** User tokens that the functions' key set trusts, with whatever claims a test wants. */

import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { World } from "./world.ts";

export type Forge = (claims: JWTPayload, age_seconds?: number) => Promise<string>;

/**
 * Adds a key of the test's own to SUPABASE_JWKS; the host puts the variable back when it closes.
 * Gives a signer whose tokens are in order but for the claims that are named.
 */
export async function createForge(world: World, user_id: string): Promise<Forge> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const kid = crypto.randomUUID();
  const known = JSON.parse(Deno.env.get("SUPABASE_JWKS") ?? "");
  const own = { ...await exportJWK(publicKey), kid, alg: "ES256", use: "sig" };
  Deno.env.set("SUPABASE_JWKS", JSON.stringify({ keys: [...known.keys, own] }));
  return async (claims, age_seconds = 0) => {
    const issued_at = Math.floor(Date.now() / 1000) - age_seconds;
    const payload: JWTPayload = {
      iss: `${world.host.url}/auth/v1`,
      aud: "authenticated",
      sub: user_id,
      role: "authenticated",
      is_anonymous: false,
      session_id: crypto.randomUUID(),
      iat: issued_at,
      exp: issued_at + 3600,
      ...claims,
    };
    return await new SignJWT(payload).setProtectedHeader({ alg: "ES256", typ: "JWT", kid })
      .sign(privateKey);
  };
}

/** A token that says of itself that it needs no signature. */
export function unsigned(token: string): string {
  const [, payload] = token.split(".");
  const header = btoa(JSON.stringify({ alg: "none", typ: "JWT" })).replaceAll("=", "");
  return `${header}.${payload}.`;
}
