import { ApiFailure, invalid } from "./failures.ts";
import type { Account } from "./records.ts";
import type { Exchange } from "./world.ts";

/** Who a request acts for. */
export interface Session {
  account: Account;
  scopes: string[];
}

export function bearerOf(request: Request): string | null {
  return /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
}

/** Checks token, rate and scope, in that order; one of the scopes will do. */
export function authenticate({ world, request, url, call }: Exchange, any_of: string[]): Session {
  const token = bearerOf(request);
  const row = token === null ? undefined : world.store.get("tokens", token);
  const now = world.settings.now();
  if (row?.kind !== "access" || row.dead || row.expires_at <= now) {
    throw new ApiFailure("access_token_invalid", "The access token is invalid or not found");
  }
  const account = world.store.get("accounts", row.open_id);
  if (account === undefined) throw new ApiFailure("access_token_invalid", "no such account");
  call.account = row.open_id;
  world.limits.take(url.pathname, row.token, now);
  const session = { account, scopes: row.scopes };
  requireScope(session, any_of);
  return session;
}

export function requireScope({ scopes }: Session, any_of: string[]): void {
  if (!any_of.some((scope) => scopes.includes(scope))) {
    throw new ApiFailure("scope_not_authorized", `The user did not authorize ${any_of[0]}`);
  }
}

const JSON_TYPE = /^application\/json;\s*charset=utf-8$/i;

/** The JSON object in the body; where `may_be_empty`, no body is an empty object. */
export async function readBody(
  request: Request,
  may_be_empty = false,
): Promise<Record<string, unknown>> {
  const text = await request.text();
  if (text === "" && may_be_empty) return {};
  if (!JSON_TYPE.test(request.headers.get("content-type") ?? "")) {
    throw invalid("Content-Type must be application/json; charset=UTF-8");
  }
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("the body is not a JSON object");
  }
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid("the body is not JSON");
    throw error;
  }
}

/** The mandatory `fields` of the query, each a known one. */
export function readFields(url: URL, known: readonly string[]): string[] {
  const fields = url.searchParams.get("fields")?.split(",") ?? [];
  if (fields.length === 0 || fields[0] === "") throw invalid("fields is mandatory");
  const unknown = fields.find((field) => !known.includes(field));
  if (unknown !== undefined) throw invalid(`unknown field ${unknown}`);
  return fields;
}
