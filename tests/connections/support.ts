/** What tests of connections share. */

import { parseKeyRing } from "../../supabase/functions/_shared/config/key_ring.ts";
import { createSealer } from "../../supabase/functions/_shared/token/seal.ts";
import type { Person } from "../functions/support/person.ts";
import type { World } from "../functions/support/world.ts";

export const TOKEN = "/v2/oauth/token/";
export const REVOKE = "/v2/oauth/revoke/";
export const CREATOR = "/v2/post/publish/creator_info/query/";
export const USER_INFO = "/v2/user/info/";

export const HOUR = 3_600;
export const DAY = 24 * HOUR;

/** What a connection is used for here. */
export const use = (person: Person, id: string) => person.get(`tiktok-creator?connection_id=${id}`);

export const refresh = async (world: World, body: unknown = {}) =>
  (await world.schedule.post("tiktok-refresh", body)).body;

export type Row = {
  id: string;
  user_id: string | null;
  status: string;
  scopes: string[];
  last_error: { code: string; detail: string; at: string } | null;
  access_token_sealed: string | null;
  refresh_token_sealed: string | null;
  sealing_key_id: string | null;
  token_version: number;
  access_in_seconds: number;
  refresh_in_seconds: number;
  due_in_seconds: number | null;
};

export async function rowOf(world: World, id: string): Promise<Row> {
  const [row] = await world.host.sql.query<Row>(
    `select *, token_version::int,
            extract(epoch from access_token_expires_at - private.now())::float8 as access_in_seconds,
            extract(epoch from refresh_token_expires_at - private.now())::float8 as refresh_in_seconds,
            extract(epoch from refresh_due_at - private.now())::float8 as due_in_seconds
       from public.platform_connections where id = $1`,
    [id],
  );
  if (row === undefined) throw new Error(`there is no connection ${id}`);
  return row;
}

/** The tokens in a row, opened with the keys that the functions have now. */
export async function openTokens(row: Row): Promise<{ access: string; refresh: string }> {
  const sealer = createSealer(parseKeyRing(Deno.env.get("TOKEN_ENCRYPTION_KEYS") ?? ""));
  const open = (column: "access_token" | "refresh_token") =>
    sealer.open(`platform_connections.${column}:${row.id}`, row[`${column}_sealed`] ?? "");
  return { access: await open("access_token"), refresh: await open("refresh_token") };
}

const KEYS: Record<string, string> = {
  k1: "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
  k2: "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI",
};

/** TOKEN_ENCRYPTION_KEYS with these keys, the first of them current. */
export function keyRing(current: string, ...others: string[]): string {
  const ids = [current, ...others];
  return JSON.stringify({ current, keys: Object.fromEntries(ids.map((id) => [id, KEYS[id]])) });
}

/** Grants that wait for their end at TikTok. */
export const waitingRevocations = (world: World) =>
  world.host.sql.query("select * from private.token_revocations where ended_at is null");

/** Resolves once something is so; lets everything else go on meanwhile. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve));
}

/** Resolves once TikTok has been asked so often in all. */
export const untilAsked = (world: World, path: string, times: number) =>
  until(() => world.calls(path) >= times);

/** Runs `work` when a database function is called for the first time, before the call goes on. */
export function beforeCall(name: string, work: () => Promise<unknown>): Disposable {
  const { fetch } = globalThis;
  let pending: (() => Promise<unknown>) | null = work;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (pending !== null && url.endsWith(`/rest/v1/rpc/${name}`)) {
      const once = pending;
      pending = null;
      await once();
    }
    return await fetch(input, init);
  };
  return { [Symbol.dispose]: () => globalThis.fetch = fetch };
}

/** The database functions that are called from now on, in order, until it is disposed of. */
export function watchDatabase(): Disposable & { calls: string[] } {
  const { fetch } = globalThis;
  const calls: string[] = [];
  globalThis.fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const [, name] = /\/rest\/v1\/rpc\/(\w+)$/.exec(url) ?? [];
    if (name !== undefined) calls.push(name);
    return fetch(input, init);
  };
  return { calls, [Symbol.dispose]: () => globalThis.fetch = fetch };
}
