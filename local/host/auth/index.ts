/** `/auth/v1`: as much of Supabase Auth as supabase-js needs to sign a demo user in and keep him so. */
import { Hono } from "hono";
import { CallerRefused, checkKey } from "../caller.ts";
import { type HostKeys, publicKeySet } from "../keys.ts";
import type { Handle } from "../gateway.ts";
import type { Sql } from "../database/index.ts";
import {
  AuthFailure,
  createUser,
  endSessions,
  findUser,
  refreshSession,
  signInWithPassword,
  startSession,
} from "./sessions.ts";
import type { Tokens } from "./tokens.ts";

export interface AuthOptions {
  sql: Sql;
  keys: HostKeys;
  tokens: Tokens;
}

export function createAuth({ sql, keys, tokens }: AuthOptions): Handle {
  const app = new Hono().basePath("/auth/v1");
  const signedIn = async (request: Request) => {
    const token = /^Bearer\s+(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (!token) {
      throw new AuthFailure(401, "no_authorization", "This endpoint requires a Bearer token");
    }
    try {
      const claims = await tokens.verify(token);
      return { user_id: String(claims.sub), session_id: String(claims.session_id) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new AuthFailure(403, "bad_jwt", `invalid JWT: ${reason}`);
    }
  };

  app.get("/.well-known/jwks.json", (context) => context.json(publicKeySet(keys)));

  // Everything but the key set wants the project's key, as behind the hosted gateway.
  app.use(async (context, next) => {
    checkKey(keys, context.req.raw);
    await next();
  });

  app.post("/token", async (context) => {
    const body = await readJson(context.req.raw);
    switch (context.req.query("grant_type")) {
      case "password":
        return context.json(
          await signInWithPassword(sql, tokens, text(body.email), text(body.password)),
        );
      case "refresh_token":
        return context.json(await refreshSession(sql, tokens, text(body.refresh_token)));
      default:
        throw new AuthFailure(400, "invalid_grant", "unsupported_grant_type");
    }
  });

  app.post("/signup", async (context) => {
    const body = await readJson(context.req.raw);
    const user = body.email ? { email: text(body.email), password: text(body.password) } : {};
    return context.json(await startSession(sql, tokens, await createUser(sql, user)));
  });

  app.get("/user", async (context) => {
    const { user_id } = await signedIn(context.req.raw);
    const user = await findUser(sql, user_id);
    if (user) return context.json(user);
    throw new AuthFailure(403, "user_not_found", "User from sub claim in JWT does not exist");
  });

  app.post("/logout", async (context) => {
    const { user_id, session_id } = await signedIn(context.req.raw);
    await endSessions(sql, user_id, session_id, context.req.query("scope") ?? "global");
    return context.body(null, 204);
  });

  app.onError((error, context) => {
    if (error instanceof CallerRefused) return context.json({ message: error.message }, 401);
    if (!(error instanceof AuthFailure)) throw error;
    const { status, code, message } = error;
    return context.json({ code: status, error_code: code, msg: message }, status);
  });
  app.notFound((context) =>
    context.json({ code: 404, error_code: "not_found", msg: "Not found" }, 404)
  );
  return async (request) => await app.fetch(request);
}

async function readJson(request: Request): Promise<Record<string, unknown>> {
  const body = await request.text();
  if (!body) return {};
  try {
    const value: unknown = JSON.parse(body);
    if (value && typeof value === "object" && !Array.isArray(value)) return { ...value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new AuthFailure(400, "bad_json", "Could not parse request body as JSON");
}

function text(value: unknown): string {
  if (typeof value === "string" && value) return value;
  throw new AuthFailure(400, "validation_failed", "missing or malformed field");
}
