/**
 * That the advisors say nothing of our schema (tests/database/migrations.test.ts) means something: on
 * the same server, each rule speaks up as soon as a migration breaks it. The hosted linter has two more
 * rules, `anon_` and `authenticated_security_definer_function_executable`, which the CLI lacks;
 * supabase/tests/actors_test.sql and privileges_test.sql hold what they ask for.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prepareMigrated, startDatabaseTests } from "../database/support.ts";
import { findSupabaseCli, runSupabase } from "../database/supabase_cli.ts";

/** What a careless migration would add, by the rule that it breaks. */
const FLAWS: Record<string, string> = {
  rls_disabled_in_public: `
    create table public.open_to_all (id uuid primary key);
    grant select on public.open_to_all to anon`,
  sensitive_columns_exposed: `
    create table public.tokens_for_all (id uuid primary key, access_token text);
    grant select on public.tokens_for_all to anon`,
  policy_exists_rls_disabled: `
    create table public.policy_asleep (id uuid primary key);
    create policy p on public.policy_asleep for select to authenticated using (false)`,
  rls_enabled_no_policy: `
    create table public.no_policy (id uuid primary key);
    alter table public.no_policy enable row level security`,
  rls_policy_always_true: `
    create table public.anybody_writes (id uuid primary key);
    alter table public.anybody_writes enable row level security;
    grant insert, update on public.anybody_writes to authenticated;
    create policy p on public.anybody_writes for all to authenticated using (true) with check (true)`,
  auth_rls_initplan: `
    create table public.slow_policy (id uuid primary key, user_id uuid);
    alter table public.slow_policy enable row level security;
    create policy p on public.slow_policy for select to authenticated using (auth.uid() = user_id)`,
  multiple_permissive_policies: `
    create table public.two_policies (id uuid primary key);
    alter table public.two_policies enable row level security;
    grant select on public.two_policies to authenticated;
    create policy a on public.two_policies for select to authenticated using (false);
    create policy b on public.two_policies for select to authenticated using (false)`,
  rls_references_user_metadata: `
    create table public.by_metadata (id uuid primary key);
    alter table public.by_metadata enable row level security;
    create policy p on public.by_metadata for select to authenticated
      using ((select auth.jwt()) -> 'user_metadata' ->> 'role' = 'admin')`,
  function_search_path_mutable:
    `create function public.careless() returns integer language sql as 'select 1'`,
  security_definer_view: `
    create view public.owners_eyes as select id from public.platform_connections;
    grant select on public.owners_eyes to authenticated`,
  auth_users_exposed: `
    create view public.everybody with (security_invoker = true) as select id, email from auth.users;
    grant select on public.everybody to anon`,
  materialized_view_in_api: `
    create materialized view public.counted as select count(*) from public.publish_jobs;
    grant select on public.counted to anon`,
  unindexed_foreign_keys: `
    create table private.refers (
      id uuid primary key, connection_id uuid references public.platform_connections (id))`,
  no_primary_key: `create table private.heap (x integer)`,
  duplicate_index: `
    create index again_idx on private.webhook_events (received_at)`,
};

const cli = await findSupabaseCli();
const { test } = await startDatabaseTests({
  ...("ignored" in cli ? { ignored: cli.ignored } : {}),
  prepare: prepareMigrated,
});

async function advise(url: string): Promise<Set<string>> {
  if ("ignored" in cli) throw new Error(cli.ignored);
  const { code, stdout, stderr } = await runSupabase(cli, url, "db", "advisors", "--level", "info");
  strictEqual(code, 0, stderr);
  return new Set(JSON.parse(stdout).map(({ name }: { name: string }) => name));
}

test(
  "the advisors have only unused indexes to tell of, and see each flaw",
  async ({ sql, url }, t) => {
    await t.step("our own schema", async () => {
      deepStrictEqual([...await advise(url)], ["unused_index"]);
    });
    for (const statements of Object.values(FLAWS)) await sql.unsafe(statements).simple();
    const seen = await advise(url);
    for (const rule of Object.keys(FLAWS)) {
      await t.step(rule, () => ok(seen.has(rule), `only ${[...seen].join(", ")}`));
    }
  },
);
