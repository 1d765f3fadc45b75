/** What the auth gate of `@supabase/server` decided, in our words. */

import type { SupabaseClient } from "@supabase/supabase-js";
import { createLog } from "../log/log.ts";
import type { User } from "./context.ts";
import { Problem } from "./problem.ts";

/** Marks an answer that the gate gave, and not the operation. */
const GATE_HEADER = "x-supabase-server-error";

/** What the gate misses when it says so (docs/error-handling.md of `@supabase/server`). */
const SETTINGS: Readonly<Record<string, string>> = {
  JWKS_NOT_CONFIGURED: "SUPABASE_JWKS",
  JWKS_FETCH_FAILED: "SUPABASE_JWKS",
  NO_KEYS_CONFIGURED: "SUPABASE_SECRET_KEYS",
};

/** The gate's own answer becomes one of our problems; any other passes as it is. */
export async function refusalOfGate(
  response: Response,
  slug: string,
  request_id: string,
): Promise<Response> {
  const gateCode = response.headers.get(GATE_HEADER);
  if (gateCode === null) return response;
  await response.body?.cancel();
  if (response.status >= 500) {
    createLog({ function: slug, request_id }).error("misconfigured", {
      setting: SETTINGS[gateCode] ?? "SUPABASE_PUBLISHABLE_KEYS or SUPABASE_SECRET_KEYS",
      problem: gateCode,
    });
  }
  const problem = response.status >= 500
    ? new Problem("misconfigured", "The function cannot check its callers; its log says why.")
    : new Problem("unauthorized", "Send a valid credential of the kind that this function takes.");
  const answer = problem.toResponse(request_id);
  // CORS headers stay, so that the page may read the refusal.
  for (const [name, value] of response.headers) {
    if (name === "vary" || name.startsWith("access-control-")) answer.headers.set(name, value);
  }
  return answer;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The user of a verified token. Throws 401 for a token that is not a user's session, and 403 for an
 * anonymous sign-in, which has nobody behind it to whom an account could belong.
 */
export function signedInUser(
  claims: { sub?: unknown; exp?: unknown; role?: unknown; is_anonymous?: unknown } | null,
  client: SupabaseClient,
): User {
  if (
    typeof claims?.sub !== "string" || !UUID.test(claims.sub) || typeof claims.exp !== "number" ||
    claims.role !== "authenticated"
  ) {
    throw new Problem("unauthorized", "The token is not that of a signed-in user.");
  }
  if (claims.is_anonymous === true) {
    throw new Problem("forbidden", "Create an account first: anonymous sign-ins cannot do this.");
  }
  return { id: claims.sub.toLowerCase(), client };
}
