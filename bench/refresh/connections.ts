/** Connections whose tokens are due. */
import type postgres from "postgres";
import { parseKeyRing } from "../../supabase/functions/_shared/config/key_ring.ts";
import { createSealer } from "../../supabase/functions/_shared/token/seal.ts";

/** Of an access token's two hours, as much is gone as makes it due. */
const TIMES = {
  issued: "private.now() - interval '110 minutes'",
  expires: "private.now() + interval '10 minutes'",
};

/** As many users with one account each, all in use, their tokens sealed as the functions do. */
export async function addConnections(sql: postgres.Sql, count: number, key_ring: string) {
  const sealer = createSealer(parseKeyRing(key_ring));
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  const sealed = (column: string, prefix: string) =>
    Promise.all(
      ids.map((id) =>
        sealer.seal(
          `platform_connections.${column}:${id}`,
          `${prefix}.${crypto.randomUUID()}!${id}`,
        )
      ),
    );
  const access = await sealed("access_token", "act");
  const refresh = await sealed("refresh_token", "rft");
  await sql`insert into auth.users (id, email) select id, id || '@nexus.example.com' from unnest(${ids}::uuid[]) as id`;
  await sql`
    insert into public.platform_connections (
      id, user_id, platform, platform_user_id, status, scopes, capabilities, access_token_sealed,
      refresh_token_sealed, sealing_key_id, access_token_expires_at, refresh_token_expires_at,
      tokens_issued_at, connected_at, last_used_at, token_version
    )
    select id, id, 'tiktok', id::text, 'active', '{user.info.basic,video.publish}', '{}', access, refresh,
           ${sealer.key_id}, private.now(), private.now() + interval '180 days', private.now(),
           private.now(), private.now(), 1
      from unnest(${ids}::uuid[], ${access}::text[], ${refresh}::text[]) as t (id, access, refresh)`;
}

/** Makes all of them due, the longest due first. */
export async function makeDue(sql: postgres.Sql) {
  await sql.unsafe(`
    update public.platform_connections set
      token_version = 1, tokens_issued_at = ${TIMES.issued}, access_token_expires_at = ${TIMES.expires},
      refresh_due_at = private.now() - interval '10 minutes' * random()`);
  await sql`vacuum (analyze) public.platform_connections`;
}

/** How many have been refreshed since, and how many of these more than once. */
export async function countRefreshed(sql: postgres.Sql) {
  const [row] = await sql`
    select count(*) filter (where token_version > 1)::int as refreshed,
           count(*) filter (where token_version > 2)::int as repeated
      from public.platform_connections`;
  return row as unknown as { refreshed: number; repeated: number };
}
