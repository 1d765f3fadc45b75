// The migrations on a plain server, there by `supabase db push`, and what the CLI's own checks say of
// what they made.
import assert from "node:assert/strict";
import { readMigrations } from "../../local/host/database/migrations.ts";
import {
  createExtension,
  migrations_dir,
  preparePlain,
  startDatabaseTests,
  withSql,
} from "./support.ts";
import { findSupabaseCli, runSupabase } from "./supabase_cli.ts";
import { generateTypes, types_path } from "./types.ts";

const cli = await findSupabaseCli();
let no_linter: string | undefined;
const { test } = await startDatabaseTests({
  ...("ignored" in cli ? { ignored: cli.ignored } : {}),
  async prepare(url) {
    await preparePlain(url);
    // Where a hosted project keeps such extensions, and finds them.
    await withSql(
      url,
      (sql) => sql`alter database postgres set search_path = "$user", public, extensions`,
    );
    no_linter = await createExtension(url, "plpgsql_check");
  },
});
const supabase = (url: string, ...args: string[]) => {
  if ("ignored" in cli) throw new Error(cli.ignored);
  return runSupabase(cli, url, ...args);
};

// In order: the first one migrates for the others.
test("supabase db push applies every migration to a plain server", async ({ url, sql }) => {
  const { code, stderr } = await supabase(url, "db", "push");
  assert.equal(code, 0, stderr);
  const rows =
    await sql`select version from supabase_migrations.schema_migrations order by version`;
  const versions = (await readMigrations(migrations_dir)).map(({ version }) => version);
  assert.deepEqual(rows.map(({ version }) => version), versions);
});

test("pushing again changes nothing", async ({ url, sql }) => {
  const digest = () =>
    sql`select md5(string_agg(pg_get_functiondef(p.oid), '' order by p.oid)) as digest
          from pg_proc p where pronamespace in ('public'::regnamespace, 'private'::regnamespace)`;
  const before = await digest();
  const { code, stderr } = await supabase(url, "db", "push");
  assert.equal(code, 0, stderr);
  assert.deepEqual([...await digest()], [...before]);
});

test("the schedules stand in cron.job, without a secret", async ({ sql }) => {
  const rows = await sql`select jobname, schedule, command from cron.job order by jobname`;
  assert.deepEqual([...rows], [
    {
      jobname: "purge-schedule-history",
      schedule: "17 3 * * *",
      command: "select private.purge_schedule_history()",
    },
    {
      jobname: "tiktok-analytics",
      schedule: "*/5 * * * *",
      command: `select private.invoke_function('tiktok-analytics', '{"limit": 100}', 1)`,
    },
    {
      jobname: "tiktok-refresh",
      schedule: "* * * * *",
      command:
        `select private.invoke_function('tiktok-refresh', '{"limit": 100}', private.invocations_for_due_tokens('tiktok', 100))`,
    },
    {
      jobname: "tiktok-status-poll",
      // Debian's pg_cron 1.4 knows no seconds; 1.5 and later take 30 seconds.
      schedule: "* * * * *",
      command:
        `select private.invoke_function('tiktok-status-poll', '{"limit": 25}', private.invocations_for_due_jobs(25))`,
    },
  ]);
});

test("pg_cron's own history is purged after three days", async ({ sql }) => {
  await sql`insert into cron.job_run_details (jobid, runid, command, status, start_time, end_time)
    select 1, 1000000 + i, '', 'succeeded', now(), now() - i * interval '1 day' from generate_series(1, 5) as i`;
  await sql`select private.purge_schedule_history()`;
  const rows = await sql`
    select runid::int - 1000000 as days from cron.job_run_details where runid > 1000000 order by runid`;
  assert.deepEqual([...rows], [{ days: 1 }, { days: 2 }]);
});

test("the generated types are fresh", async ({ url }) => {
  if ("ignored" in cli) return;
  assert.equal(
    await generateTypes(cli, url),
    await Deno.readTextFile(types_path),
    "the types are stale: run `deno task types`",
  );
});

test("supabase db lint has nothing to say", async ({ url }) => {
  const { code, stdout, stderr } = await supabase(
    url,
    ...["db", "lint", "--schema", "public,private", "--level", "warning", "--fail-on", "warning"],
  );
  assert.equal(code, 0, stdout + stderr);
  assert.match(stderr, /No schema errors found/);
}, { ignored: no_linter });

test("supabase db advisors have nothing to warn of", async ({ url }) => {
  const { code, stdout, stderr } = await supabase(url, "db", "advisors", "--level", "info");
  assert.equal(code, 0, stderr);
  const findings: { level: string; name: string; detail: string }[] = JSON.parse(stdout);
  const serious = findings.filter(({ level }) => level !== "INFO");
  assert.deepEqual(serious.map(({ name, detail }) => `${name}: ${detail}`), []);
  // The only hint there can be on a database that nothing has used yet.
  assert.deepEqual([...new Set(findings.map(({ name }) => name))], ["unused_index"]);
});
