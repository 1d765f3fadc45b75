import assert from "node:assert/strict";
import { consent } from "../../local/tiktok/index.ts";
import { type Host, startHost } from "../../local/host/index.ts";
import { readClip, videoPost } from "../functions/support/media.ts";
import { isIgnored, startPostgres } from "../support/postgres.ts";

/** Debian's pg_cron 1.4 ticks when a minute begins, and nothing here can move its clock. */
const PATIENCE_MS = 90_000;
/** What follows from a tick is a matter of moments. */
const RECORD_PATIENCE_MS = 60_000;

const server = await startPostgres();
const what = "pg_cron itself calls the refresh and the status poll, and publishes what is queued";

Deno.test({
  name: isIgnored(server) ? `${what} (${server.ignored})` : what,
  ignore: isIgnored(server),
  async fn(t) {
    if (isIgnored(server)) return;
    const host = await startHost({
      port: 0,
      quiet: true,
      cron: true,
      database_url: server.url,
      tiktok_api_url: "",
      // Processed when the bytes are in: one tick is enough for the whole post.
      tiktok_options: { processing: { polls: 0 } },
    });
    try {
      const job_id = await queuePost(host);
      await t.step("as long as nothing is due, nothing happens", async () => {
        await host.idle();
        assert.deepEqual(await readProgress(host, job_id), { status: "queued", tokens: "1" });
      });
      await t.step("once it is due, the post is published and the token refreshed", async () => {
        await skip(host, 100);
        await waitUntil(host, job_id, { status: "published", tokens: "2" });
        assert.equal(host.tiktok?.state.posts.length, 1);
      });
      const runs = await readRuns(host);
      await t.step("the runs are pg_cron's: it has a process for each", () => {
        for (const run of runs) {
          assert.equal(run.status, "succeeded", run.return_message);
          assert.equal(typeof run.job_pid, "number");
        }
      });
      await t.step("every call was answered with 200", async () => {
        // The last one's post is published before it has answered.
        await host.idle();
        for (const slug of ["tiktok-refresh", "tiktok-status-poll"]) {
          const lines = host.logs.filter((line) => line.startsWith(`POST /functions/v1/${slug} `));
          assert.ok(lines.length > 0, `${slug} was called`);
          for (const line of lines) assert.match(line, / 200 \d+ ms$/);
        }
      });
      await t.step("no key is left in what pg_cron and pg_net keep", async () => {
        for (
          const table of [
            "cron.job",
            "cron.job_run_details",
            "net.http_request_queue",
            "net._http_response",
          ]
        ) {
          const rows = await host.sql.query<{ text: string }>(
            `select t::text as text from ${table} as t`,
          );
          for (const key of [host.keys.cron, host.keys.secret]) {
            assert.ok(rows.every(({ text }) => !text.includes(key)), `${table} holds a key`);
          }
        }
        const waiting = await host.sql.query("select from net.http_request_queue");
        assert.deepEqual(waiting, [], "what was queued is gone");
      });
    } finally {
      await host.close();
      await server.stop();
    }
  },
});

/** Connects an account and posts for later, so that the request itself starts nothing. */
async function queuePost(host: Host): Promise<string> {
  const user = host.users[0] ?? assert.fail();
  const token = await host.signIn(user.email, user.password);
  const send = async (path: string, type: string, body: BodyInit) => {
    const response = await fetch(`${host.url}${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        apikey: host.keys.publishable,
        "content-type": type,
      },
      body,
    });
    const answer = await response.json();
    assert.ok(response.ok, JSON.stringify(answer));
    return answer;
  };
  const call = (slug: string, body: unknown) =>
    send(`/functions/v1/${slug}`, "application/json", JSON.stringify(body));

  const { authorization_url } = await call("tiktok-initiate", {});
  const back = await consent({ authorize_url: authorization_url });
  const { state, code } = Object.fromEntries(back.searchParams);
  const { connection } = await call("tiktok-callback", { state, code });
  const path = `${user.id}/clip.mp4`;
  await send(`/storage/v1/object/videos/${path}`, "video/mp4", await readClip());
  const scheduled_at = new Date(Date.now() + 90 * 60_000).toISOString();
  const { job } = await call("tiktok-publish", videoPost(connection.id, path, { scheduled_at }));
  return job.id;
}

/** Moves the database's clock: what it holds comes due, while pg_cron goes by the real one. */
async function skip(host: Host, minutes: number): Promise<void> {
  await host.sql.exec(
    `create or replace function private.now() returns timestamptz language sql stable parallel safe
     set search_path = '' as $$
       select pg_catalog.clock_timestamp() + pg_catalog.make_interval(mins => ${minutes})
     $$`,
  );
}

type Progress = { status: string; tokens: string };

async function readProgress(host: Host, job_id: string): Promise<Progress> {
  const [row] = await host.sql.query<Progress>(
    `select j.status, c.token_version as tokens
       from public.publish_jobs j join public.platform_connections c on c.id = j.connection_id
      where j.id = $1`,
    [job_id],
  );
  return row ?? assert.fail("the job is gone");
}

/** Waits for the database itself to tell of every change of job and tokens. */
async function waitUntil(host: Host, job_id: string, wanted: Progress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = async () => {
    const { status, tokens } = await readProgress(host, job_id);
    if (status === wanted.status && tokens === wanted.tokens) resolve();
  };
  await host.sql.exec(`
    create function private.tell_test() returns trigger language plpgsql as
      $$ begin notify something_changed; return null; end $$;
    create trigger tell_test after update on public.publish_jobs
      for each row execute function private.tell_test();
    create trigger tell_test after update on public.platform_connections
      for each row execute function private.tell_test();
  `);
  await host.sql.listen("something_changed", () => void look().catch(reject));
  await look();
  const timer = setTimeout(
    () => reject(new Error(`nothing in ${PATIENCE_MS} ms:\n${host.logs.join("\n")}`)),
    PATIENCE_MS,
  );
  await promise.finally(() => clearTimeout(timer));
}

type Run = { status: string; job_pid: number | null; return_message: string; jobname: string };

/** What pg_cron noted of the two jobs, once it has noted how they ended and all were answered. */
async function readRuns(host: Host): Promise<Run[]> {
  const until_ms = Date.now() + RECORD_PATIENCE_MS;
  while (true) {
    const runs = await host.sql.query<Run>(
      `select d.status, d.job_pid, d.return_message, j.jobname
         from cron.job_run_details d join cron.job j using (jobid)
        where j.jobname in ('tiktok-refresh', 'tiktok-status-poll')`,
    );
    const answers = await host.sql.query("select from net._http_response");
    const haveEnded = runs.every(({ status }) => status === "succeeded" || status === "failed");
    const areBoth = new Set(runs.map(({ jobname }) => jobname)).size === 2;
    if (haveEnded && areBoth && answers.length >= runs.length) return runs;
    if (Date.now() > until_ms) throw new Error(`pg_cron noted only ${JSON.stringify(runs)}`);
    // A table of another program, which tells nobody when it changes.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
