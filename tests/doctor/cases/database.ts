/** Databases that are behind, open, or not furnished. */

import { type Cases } from "./broken.ts";

export const database: Cases = {
  "a database without our functions": {
    sql: [
      "alter function public.inspect_setup rename to gone",
      "alter function public.gone rename to inspect_setup",
    ],
    finds: { database: ["fail", /migrations have not been applied.*supabase db push/] },
  },
  "a migration that is missing": {
    sql: [
      "delete from supabase_migrations.schema_migrations where version = '20261122000200'",
      "insert into supabase_migrations.schema_migrations (version) values ('20261122000200')",
    ],
    finds: { migrations: ["fail", /not applied: 20261122000200.*supabase db push/] },
  },
  "a migration that this checkout lacks": {
    sql: [
      "insert into supabase_migrations.schema_migrations (version) values ('20991231000000')",
      "delete from supabase_migrations.schema_migrations where version = '20991231000000'",
    ],
    finds: { migrations: ["warn", /20991231000000.*Nexus's own/] },
  },
  "row level security that is off": {
    sql: [
      "alter table public.publish_jobs disable row level security",
      "alter table public.publish_jobs enable row level security",
    ],
    finds: { "grants and row level security": ["fail", /off for public\.publish_jobs.*Revoke it/] },
  },
  "connections that anybody reads": {
    sql: [
      `grant select on public.platform_connections to anon`,
      `revoke select on public.platform_connections from anon`,
    ],
    finds: {
      "grants and row level security": ["fail", /anon may read public\.platform_connections/],
      "publishable key, tables": ["fail", /may read platform_connections/],
    },
  },
  "sealed tokens that their owner reads": {
    sql: [
      "grant select (access_token_sealed) on public.platform_connections to authenticated",
      "revoke select (access_token_sealed) on public.platform_connections from authenticated",
    ],
    finds: {
      "grants and row level security": ["fail", /authenticated may read .*access_token_sealed/],
    },
  },
  "a public bucket": {
    sql: [
      "update storage.buckets set public = true where id = 'videos'",
      "update storage.buckets set public = false where id = 'videos'",
    ],
    finds: { "bucket videos": ["fail", /is public.*Make it private/] },
  },
  "no bucket": {
    sql: [
      "delete from storage.buckets where id = 'videos'",
      "insert into storage.buckets (id, name, public) values ('videos', 'videos', false)",
    ],
    finds: { "bucket videos": ["fail", /is not there.*20261122000800/] },
  },
  "a bucket without one of its policies": {
    sql: [
      `alter policy "videos: owner adds" on storage.objects rename to "other"`,
      `alter policy "other" on storage.objects rename to "videos: owner adds"`,
    ],
    finds: { "bucket videos": ["fail", /3 of its 4 policies/] },
  },
  "Realtime that is silent about jobs": {
    sql: [
      "alter publication supabase_realtime drop table public.publish_jobs",
      "alter publication supabase_realtime add table public.publish_jobs",
    ],
    finds: {
      Realtime: [
        "warn",
        /poll.*alter publication supabase_realtime add table public\.publish_jobs;/,
      ],
    },
  },
  "Realtime that does not open": {
    change: { opensSocket: () => Promise.resolve(false) },
    finds: { Realtime: ["warn", /socket \(\/realtime.*does not open: clients poll.*switched on/] },
  },
  "a database that repeats what it was sent as its code": {
    change: {
      answer: ({ url, headers }) =>
        url.endsWith("/rpc/inspect_setup")
          ? Response.json({ code: headers.get("apikey") }, { status: 400 })
          : undefined,
    },
    finds: { database: ["fail", /^inspect_setup answers 400 Read/] },
  },
  "a database that repeats keys in what it says of itself": {
    change: ({ env }) => ({
      answer: ({ url }) =>
        url.endsWith("/rpc/inspect_setup")
          ? Response.json({
            database_time: new Date().toISOString(),
            migrations: { error: "x" },
            exposures: [`anon may read ${env.SUPABASE_SECRET_KEY}`],
            sealing_key_ids: [],
            has_pg_net: true,
            vault: { error: `no ${env.SUPABASE_CRON_KEY}` },
            jobs: { error: "x" },
            responses: null,
            bucket: { public: false, policies: 4 },
            realtime_tables: ["platform_connections", "publish_jobs"],
            overdue_refreshes: 0,
            overdue_jobs: 0,
            misconfigured_errors: 0,
          })
          : undefined,
    }),
    finds: {
      migrations: ["warn", /no record/],
      "grants and row level security": ["fail", /^anon may read \[a key\] Revoke/],
      Vault: ["fail", /^cannot be read: no \[a key\] Switch/],
      pg_cron: ["fail", /cannot be read: x/],
      calls: ["warn", /cannot be read/],
    },
  },
  "functions that were misconfigured just now": {
    sql: [
      `select public.log_error('{"function_slug": "x", "code": "misconfigured", "detail": "x"}')`,
      "delete from private.error_log where function_slug = 'x'",
    ],
    finds: { "error log": ["fail", /1 entries of misconfigured.*private\.error_log/] },
  },
  "functions that were misconfigured, before a tick that went well": {
    sql: [
      `select public.log_error('{"function_slug": "x", "code": "misconfigured", "detail": "x"}');
       update private.error_log set at = at - interval '10 minutes' where function_slug = 'x'`,
      "delete from private.error_log where function_slug = 'x'",
    ],
    finds: {
      "error log": ["warn", /the last at 20\S+Z, and a call went well after it \(20\S+Z\)/],
    },
  },
};
