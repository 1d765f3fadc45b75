/**
 * Who calls, as the hosted gateway decides it: `apikey` names the project's key, and a user token in
 * `Authorization` overrides the key's role. https://supabase.com/docs/guides/api/api-keys
 */
import type { Queryable, Sql } from "./database/index.ts";
import type { HostKeys } from "./keys.ts";

export interface Caller {
  role: "anon" | "authenticated" | "service_role";
  /** What `auth.jwt()` gives. */
  claims: Record<string, unknown>;
  /** The user's id, for a signed-in caller. */
  user_id: string | null;
}

/** No key, an unknown key or a token that does not verify. Each API answers it in its own form. */
export class CallerRefused extends Error {
  constructor(message: string, readonly reason: "key" | "token") {
    super(message);
  }
}

/** Gives a verified token's claims, or throws. */
export type VerifyToken = (token: string) => Promise<Record<string, unknown>>;

export type Identify = (request: Request) => Promise<Caller>;

export function createIdentify(keys: HostKeys, verifyToken: VerifyToken): Identify {
  return async (request) => {
    const { key, role } = checkKey(keys, request);
    const bearer = /^Bearer\s+(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    // supabase-js repeats the key as the bearer when nobody is signed in.
    if (!bearer || bearer === key) return { role, claims: { role }, user_id: null };
    try {
      const claims = await verifyToken(bearer);
      return { role: "authenticated", claims, user_id: String(claims.sub) };
    } catch (error) {
      throw new CallerRefused(error instanceof Error ? error.message : String(error), "token");
    }
  };
}

/** The request's `apikey` and the role that it stands for; throws if there is none. */
export function checkKey(keys: HostKeys, request: Request): { key: string; role: Caller["role"] } {
  const key = request.headers.get("apikey");
  if (!key) throw new CallerRefused("No API key found in request", "key");
  if (key === keys.publishable) return { key, role: "anon" };
  if (key === keys.secret || key === keys.cron) return { key, role: "service_role" };
  throw new CallerRefused("Invalid API key", "key");
}

/** Runs `work` in one transaction with the caller's rights: grants and policies decide. */
export function actAs<T>(
  sql: Sql,
  caller: Caller,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return sql.transaction(async (tx) => {
    await tx.query(
      `select set_config('search_path', 'public, extensions', true),
              set_config('timezone', 'UTC', true),
              set_config('request.jwt.claims', $1, true),
              set_config('role', $2, true)`,
      [JSON.stringify(caller.claims), caller.role],
    );
    return await work(tx);
  });
}
