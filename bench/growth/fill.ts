/**
 * Rows of any number, made by the server itself. Whoever is looked at has the same at every size: two
 * connections, twenty posts, an account with ten videos of a hundred readings each; the rest is others'.
 * One row in a hundred is due, or live.
 */
import type postgres from "postgres";

/** The user, his first connection and the state that the cases ask for. */
export const SUBJECT = {
  user_id: "00000000-0000-4000-8000-000000000000",
  connection_id: "00000000-0000-4001-8000-000000000000",
  state_hash: "0".repeat(64),
};

/** The id of row `i` of a kind. */
const id = (kind: number, i: string) =>
  `('00000000-0000-400${kind}-8000-' || lpad(to_hex(${i}), 12, '0'))::uuid`;

const LATER = "private.now() + interval '1 hour' + i * interval '1 ms'";
const DUE = "private.now() - interval '10 minutes' + i * interval '1 ms'";

/** Fills the empty tables with as many connections, posts, states and readings. */
export async function fill(sql: postgres.Sql, rows: number): Promise<void> {
  const each = `from generate_series(0, ${rows - 1}) as i`;
  await sql.begin(async (transaction) => {
    // Neither foreign keys nor the triggers that make rows of analytics: these are made below.
    await transaction.unsafe("set local session_replication_role = replica");
    for (const statement of statements(each, rows)) await transaction.unsafe(statement);
  });
  await sql.unsafe("vacuum (analyze)");
}

const statements = (each: string, rows: number) => [
  `insert into auth.users (id, email) select ${id(0, "i")}, i || '@nexus.example.com'
     from generate_series(0, ${Math.ceil(rows / 2) - 1}) as i`,
  `insert into public.platform_connections (
     id, user_id, platform, platform_user_id, username, status, scopes, capabilities,
     access_token_sealed, refresh_token_sealed, sealing_key_id, tokens_issued_at,
     access_token_expires_at, refresh_token_expires_at, refresh_due_at, connected_at, last_used_at
   )
   select ${id(1, "i")}, ${id(0, "i / 2")}, 'tiktok', 'account ' || i, 'user' || i, 'active',
          '{user.info.basic,video.publish}',
          '{"profile_stats":{"available":true},"video_stats":{"available":true}}',
          repeat('a', 300), repeat('r', 300), 'k1', private.now() - interval '110 minutes',
          private.now() + interval '10 minutes', private.now() + interval '180 days',
          case when i % 100 = 0 then ${DUE} else ${LATER} end, private.now(), private.now()
     ${each}`,
  `insert into public.publish_jobs (
     id, user_id, connection_id, status, next_attempt_at, created_at, mode, media, post, request_hash,
     init_posts_by_itself
   )
   select ${id(2, "i")}, ${id(0, "i / 20")}, ${id(1, "i / 10")}, 'queued',
          case when i % 100 = 0 then ${DUE} else ${LATER} end,
          private.now() - interval '1 day' + i * interval '1 ms', 'direct', '{"type":"video"}',
          '{"title":"A video"}', 'hash', false
     ${each}`,
  `insert into private.oauth_states (
     state_hash, user_id, platform, redirect_uri, redirect_to, scopes, created_at, expires_at, consumed_at
   )
   select lpad(to_hex(i), 64, '0'), ${
    id(0, "i / 2")
  }, 'tiktok', 'https://nexus.example.com/callback',
          'https://nexus.example.com', '{user.info.basic}', private.now(),
          private.now() + interval '10 minutes', case when i % 100 > 0 then private.now() end
     ${each}`,
  `insert into private.analytics_accounts (
     connection_id, user_id, platform, looked_at, queries_on, queries_for_looks
   )
   select ${id(1, "i")}, ${
    id(0, "i / 2")
  }, 'tiktok', private.now(), private.utc_day(private.now()), 30 ${each}`,
  `insert into private.snapshot_tasks (connection_id, kind, platform, due_at, taken_at, listed_at)
   select ${id(1, "i")}, kind, 'tiktok', ${LATER}, private.now(), private.now()
     ${each}, unnest(array['profile', 'videos']) as kind`,
  `insert into private.profile_days (connection_id, day, taken_at, source, follower_count)
   select ${id(1, "i / 90")}, private.utc_day(private.now()) - (i % 90)::integer,
          private.now() - (i % 90) * interval '1 day', 'schedule', 1000 - i % 90
     ${each}`,
  `insert into private.videos (id, connection_id, video_id, created_at, taken_at, view_count)
   overriding system value
   select i, ${id(1, "i / 10")}, 7000000000000000000 + i, private.now() - interval '88 days',
          private.now(), 1000
     ${each}`,
  `insert into private.video_snapshots (video, taken_at, source, view_count, like_count)
   select i / 100, private.now() - (i % 100) * interval '21 hours', 'schedule', 1000 - i % 100, 10 ${each}`,
];
