// What the schedules need and do: extensions or a host's own schemas, the secrets in Vault, one request.
import assert from "node:assert/strict";
import type postgres from "postgres";
import { migrate, preparePlain, startDatabaseTests, withSql } from "./support.ts";

const host_sql = new URL("../../local/host/sql/", import.meta.url);

/** Puts a host's own schemas there, as the embedded host does before it migrates. */
async function runHostScripts(url: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const script = await Deno.readTextFile(new URL(`${name}.sql`, host_sql));
    await withSql(url, (sql) => sql.unsafe(script).simple());
  }
}

type Notices = { severity: string; message: string }[];
type Context = { sql: postgres.Sql; notices: Notices };

/** Opens a connection whose notices are kept. */
async function withNotices(url: string, work: (context: Context) => Promise<void>): Promise<void> {
  const notices: Notices = [];
  await withSql(
    url,
    (sql) => work({ sql, notices }),
    ({ severity = "", message = "" }) => notices.push({ severity, message }),
  );
}

const warningsOf = (notices: Notices) =>
  notices.filter(({ severity }) => severity === "WARNING").map(({ message }) => message);

// The server's own database: real pg_cron, the host's pg_net and Vault.
const { test } = await startDatabaseTests({
  async prepare(url) {
    await preparePlain(url);
    await runHostScripts(url, "net", "vault");
    await migrate(url);
  },
});

async function setSecrets(sql: postgres.Sql, secrets: Record<string, string>): Promise<void> {
  await sql`delete from vault.secrets`;
  for (const [name, secret] of Object.entries(secrets)) {
    await sql`select vault.create_secret(${secret}, ${name})`;
  }
}

const requestsOf = async (sql: postgres.Sql) => [
  ...await sql`select method, url, headers, convert_from(body, 'UTF8')::jsonb as body,
                      timeout_milliseconds from net.http_request_queue`,
];

for (
  const [name, secrets] of [
    ["without secrets", {}],
    ["without the key", { project_url: "https://project.example.com" }],
    ["without the address", { cron_secret_key: "sb_secret_cron" }],
    ["with empty secrets", { project_url: "", cron_secret_key: "" }],
  ] as const
) {
  test(`${name} a tick warns once and does nothing`, async ({ url, sql }) => {
    await setSecrets(sql, secrets);
    await withNotices(url, async ({ sql: caller, notices }) => {
      const [row] =
        await caller`select private.invoke_function('tiktok-refresh', '{}', 2) as times`;
      assert.equal(row?.times, 0);
      assert.deepEqual(warningsOf(notices), [
        "the schedule of tiktok-refresh does nothing: it needs pg_net and the Vault secrets project_url and cron_secret_key",
      ]);
    });
    assert.deepEqual(await requestsOf(sql), []);
  });
}

const LIMITS = [
  ["tiktok-refresh", 100],
  ["tiktok-status-poll", 25],
  ["tiktok-analytics", 100],
] as const;
for (const [slug, limit] of LIMITS) {
  test(`with the secrets each tick of ${slug} queues one request`, async ({ url, sql }) => {
    await sql`delete from net.http_request_queue`;
    await setSecrets(sql, {
      project_url: "https://project.example.com/",
      cron_secret_key: "sb_secret_cron",
    });
    const [job] = await sql`select command from cron.job where jobname = ${slug}`;
    await withNotices(url, async ({ sql: caller, notices }) => {
      await caller.unsafe(job?.command);
      assert.deepEqual(notices, []);
    });
    assert.deepEqual(await requestsOf(sql), [{
      method: "POST",
      url: `https://project.example.com/functions/v1/${slug}`,
      headers: { "Content-Type": "application/json", "apikey": "sb_secret_cron" },
      body: { limit },
      timeout_milliseconds: 150_000,
    }]);
    await sql`delete from net.http_request_queue`;
  });
}

test("no secret stands in a job of pg_cron", async ({ sql }) => {
  await setSecrets(sql, { project_url: "https://project.example.com", cron_secret_key: "sb_s" });
  const rows = await sql`select to_jsonb(j)::text as text from cron.job j`;
  assert.ok(rows.length > 0);
  for (const { text } of rows) assert.doesNotMatch(text, /sb_s|project\.example/);
});

test("without pg_net a tick warns and does nothing", async ({ server }) => {
  const url = await server.createDatabase("without_net");
  await preparePlain(url);
  await runHostScripts(url, "vault");
  await migrate(url);
  await withNotices(url, async ({ sql, notices }) => {
    await setSecrets(sql, { project_url: "https://project.example.com", cron_secret_key: "key" });
    await sql`select private.invoke_function('tiktok-refresh', '{}', 1)`;
    assert.equal(warningsOf(notices).length, 1);
  });
});

test("a server without any of the extensions is migrated, with a notice each", async ({ server }) => {
  const url = await server.createDatabase("bare");
  await preparePlain(url);
  const notices: string[] = [];
  await migrate(url, (severity, message) => notices.push(`${severity}: ${message}`));
  for (const extension of ["pg_cron", "pg_net", "supabase_vault"]) {
    const about = notices.filter((notice) =>
      notice.startsWith(`NOTICE: extension ${extension} is passed over: `)
    );
    assert.equal(about.length, 1, extension);
  }
  assert.deepEqual(notices.filter((notice) => !notice.startsWith("NOTICE: ")), []);
  assert.ok(notices.includes("NOTICE: no pg_cron here: tiktok-refresh is not scheduled"));
});

test("with a host's own cron, net, vault, storage and realtime all of it is used", async ({ server }) => {
  const url = await server.createDatabase("host_made");
  await preparePlain(url);
  await runHostScripts(url, "cron", "net", "vault", "storage", "realtime");
  const notices: string[] = [];
  await migrate(url, (severity, message) => notices.push(`${severity}: ${message}`));
  assert.deepEqual(notices, []);
  await withSql(url, async (sql) => {
    const jobs = await sql`select jobname, schedule from cron.job order by jobname`;
    assert.deepEqual([...jobs], [
      { jobname: "purge-schedule-history", schedule: "17 3 * * *" },
      { jobname: "tiktok-analytics", schedule: "*/5 * * * *" },
      { jobname: "tiktok-refresh", schedule: "* * * * *" },
      { jobname: "tiktok-status-poll", schedule: "30 seconds" },
    ]);
    const published = await sql`
      select tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 1`;
    assert.deepEqual(published.map(({ tablename }) => tablename), [
      "platform_connections",
      "publish_jobs",
    ]);
    const buckets = await sql`select id, public from storage.buckets`;
    assert.deepEqual([...buckets], [{ id: "videos", public: false }]);
  });
});
