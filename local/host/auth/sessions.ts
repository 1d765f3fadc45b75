/** Users, sessions and refresh tokens in the schema `auth`. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Queryable, Sql } from "../database/index.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { access_token_ttl_seconds, type Tokens } from "./tokens.ts";

/** A user in the form of Supabase Auth's JSON. */
export interface AuthUser {
  id: string;
  aud: string;
  role: string;
  email: string;
  is_anonymous: boolean;
  app_metadata: Record<string, unknown>;
  user_metadata: Record<string, unknown>;
  created_at: string;
  [other: string]: unknown;
}

/** The answer of the token endpoint. `expires_at` is in seconds since the epoch. */
export interface Session {
  access_token: string;
  token_type: "bearer";
  expires_in: number;
  expires_at: number;
  refresh_token: string;
  user: AuthUser;
}

/** A failure of Supabase Auth, with its documented `error_code`. */
export class AuthFailure extends Error {
  constructor(readonly status: 400 | 401 | 403 | 404 | 422, readonly code: string, text: string) {
    super(text);
  }
}

// Two tabs that refresh at once both get a session: hosted projects have the same default of 10 s.
const refresh_reuse_seconds = 10;

const user_columns = `
  id, aud, role, coalesce(email, '') as email, is_anonymous,
  coalesce(raw_app_meta_data, '{}') as app_metadata,
  coalesce(raw_user_meta_data, '{}') as user_metadata,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at`;

export async function findUser(sql: Queryable, id: string): Promise<AuthUser | undefined> {
  const [user] = await sql.query<AuthUser>(
    `select ${user_columns} from auth.users where id = $1::text::uuid`,
    [id],
  );
  return user;
}

/** Signs a new user up; without an email, an anonymous one. */
export async function createUser(
  sql: Queryable,
  { id = randomUUID(), email, password }: { id?: string; email?: string; password?: string },
): Promise<string> {
  const metadata = email ? { provider: "email", providers: ["email"] } : {};
  const rows = await sql.query(
    `insert into auth.users (id, email, encrypted_password, email_confirmed_at, is_anonymous,
                             raw_app_meta_data, aud, role, created_at)
     values ($1::text::uuid, $2::text, $3::text, now(), $4::boolean, $5::text::jsonb,
             'authenticated', 'authenticated', now())
     on conflict do nothing returning id`,
    [
      id,
      email ?? null,
      password ? hashPassword(password) : null,
      !email,
      JSON.stringify(metadata),
    ],
  );
  if (rows.length === 0) {
    throw new AuthFailure(422, "user_already_exists", "User already registered");
  }
  return id;
}

export async function signInWithPassword(
  sql: Sql,
  tokens: Tokens,
  email: string,
  password: string,
): Promise<Session> {
  const [user] = await sql.query<{ id: string; encrypted_password: string | null }>(
    "select id, encrypted_password from auth.users where lower(email) = lower($1::text)",
    [email],
  );
  if (!user?.encrypted_password || !verifyPassword(password, user.encrypted_password)) {
    throw new AuthFailure(400, "invalid_credentials", "Invalid login credentials");
  }
  return await startSession(sql, tokens, user.id);
}

export function startSession(sql: Sql, tokens: Tokens, user_id: string): Promise<Session> {
  const session_id = randomUUID();
  return sql.transaction(async (tx) => {
    await tx.query(
      "insert into auth.sessions (id, user_id) values ($1::text::uuid, $2::text::uuid)",
      [session_id, user_id],
    );
    await tx.query("update auth.users set last_sign_in_at = now() where id = $1::text::uuid", [
      user_id,
    ]);
    return await issue(tx, tokens, user_id, session_id);
  });
}

/** Exchanges a refresh token, which is thereby used up. */
export function refreshSession(sql: Sql, tokens: Tokens, refresh_token: string): Promise<Session> {
  return sql.transaction(async (tx) => {
    const [row] = await tx.query<{ session_id: string; user_id: string; spent: boolean }>(
      `select r.session_id, s.user_id,
              coalesce(r.revoked_at < now() - make_interval(secs => $2::int), false) as spent
       from auth.refresh_tokens r join auth.sessions s on s.id = r.session_id
       where r.token = $1 for update of r`,
      [hashToken(refresh_token), refresh_reuse_seconds],
    );
    if (!row) {
      throw new AuthFailure(
        400,
        "refresh_token_not_found",
        "Invalid Refresh Token: Refresh Token Not Found",
      );
    }
    if (row.spent) {
      throw new AuthFailure(
        400,
        "refresh_token_already_used",
        "Invalid Refresh Token: Already Used",
      );
    }
    await tx.query(
      "update auth.refresh_tokens set revoked_at = coalesce(revoked_at, now()) where token = $1",
      [hashToken(refresh_token)],
    );
    return await issue(tx, tokens, row.user_id, row.session_id);
  });
}

/** Ends one session, or with `global` all of the user's. Issued access tokens live out their hour. */
export async function endSessions(
  sql: Queryable,
  user_id: string,
  session_id: string,
  scope: string,
): Promise<void> {
  await sql.query(
    `delete from auth.sessions where user_id = $1::text::uuid and case $3::text
       when 'local' then id = $2::text::uuid
       when 'others' then id <> $2::text::uuid
       else true end`,
    [user_id, session_id, scope],
  );
}

async function issue(
  tx: Queryable,
  tokens: Tokens,
  user_id: string,
  session_id: string,
): Promise<Session> {
  const user = await findUser(tx, user_id);
  if (!user) throw new AuthFailure(404, "user_not_found", "User not found");
  const refresh_token = randomBytes(16).toString("base64url");
  await tx.query(
    "insert into auth.refresh_tokens (token, session_id) values ($1, $2::text::uuid)",
    [hashToken(refresh_token), session_id],
  );
  const issued_at = Math.floor(Date.now() / 1000);
  const { email, is_anonymous, app_metadata, user_metadata } = user;
  const access_token = await tokens.sign(
    { user_id, session_id, email, is_anonymous, app_metadata, user_metadata },
    issued_at,
  );
  return {
    access_token,
    token_type: "bearer",
    expires_in: access_token_ttl_seconds,
    expires_at: issued_at + access_token_ttl_seconds,
    refresh_token,
    user,
  };
}

function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
