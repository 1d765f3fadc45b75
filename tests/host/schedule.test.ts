import assert from "node:assert/strict";
import { createSchedule } from "../../local/host/schedule/index.ts";
import { isDue } from "../../local/host/schedule/matcher.ts";
import { calls } from "./fixtures/functions/echo/index.ts";
import { startTestHost } from "./support.ts";

Deno.test("cron matcher", async (t) => {
  const cases: [string, string, boolean][] = [
    ["* * * * *", "2026-11-22T10:00:00Z", true],
    ["*/5 * * * *", "2026-11-22T10:05:00Z", true],
    ["*/5 * * * *", "2026-11-22T10:06:00Z", false],
    ["0 3 * * *", "2026-11-22T03:00:00Z", true],
    ["0 3 * * *", "2026-11-22T15:00:00Z", false],
    ["1-3,7 * * * *", "2026-11-22T10:07:00Z", true],
    ["0-30/10 * * * *", "2026-11-22T10:20:00Z", true],
    ["0-30/10 * * * *", "2026-11-22T10:40:00Z", false],
    ["0 0 * * sun", "2026-11-22T00:00:00Z", true],
    ["0 0 * * 7", "2026-11-22T00:00:00Z", true],
    ["0 0 * * mon-fri", "2026-11-22T00:00:00Z", false],
    ["0 0 1 nov *", "2026-11-01T00:00:00Z", true],
    ["0 0 13 * fri", "2026-11-13T00:00:00Z", true],
    ["0 0 13 * sun", "2026-11-22T00:00:00Z", true],
  ];
  for (const [schedule, moment, expected] of cases) {
    await t.step(`${schedule} at ${moment}: ${expected}`, () => {
      const at = Date.parse(moment);
      assert.equal(isDue(schedule, at - 1, at), expected);
      assert.equal(isDue(schedule, at, at + 1), false, "a moment counts once");
    });
  }
  await t.step("seconds", () => {
    assert.equal(isDue("30 seconds", 29_999, 30_000), true);
    assert.equal(isDue("30 seconds", 30_000, 59_999), false);
    assert.equal(isDue("1 second", 0, 999), false);
  });
  await t.step("nonsense is refused", () => {
    for (
      const schedule of ["", "* * * *", "60 * * * *", "*/0 * * * *", "x * * * *", "5-1 * * * *"]
    ) {
      assert.throws(() => isDue(schedule, 0, 60_000), /invalid/);
    }
  });
});

Deno.test("schedule", async (t) => {
  const host = await startTestHost();

  await t.step("tick runs what the migration scheduled, and its request arrives", async () => {
    calls.length = 0;
    await host.cron.tick("call-echo");
    assert.deepEqual(calls, [{
      url: `${host.url}/functions/v1/echo?q=a%20b%26%C3%BC`,
      apikey: host.keys.cron,
      body: '{"from": "schedule"}',
    }]);
  });
  await t.step("the run and the response are on record, the key is not", async () => {
    const runs = await host.sql.query("select status, username from cron.job_run_details");
    assert.deepEqual(runs.map((run) => run.status), ["succeeded"]);
    const responses = await host.sql.query("select status_code, timed_out from net._http_response");
    assert.deepEqual(responses, [{ status_code: 200, timed_out: false }]);
    assert.deepEqual(await host.sql.query("select from net.http_request_queue"), []);
  });
  await t.step("a request of a transaction that was rolled back is never sent", async () => {
    calls.length = 0;
    await assert.rejects(host.sql.transaction(async (tx) => {
      await tx.exec("select public.call_echo()");
      throw new Error("on purpose");
    }));
    await host.cron.tick("call-echo");
    assert.equal(calls.length, 1);
  });
  await t.step("a failing job throws, and is on record", async () => {
    await host.sql.exec("select cron.schedule('bad', '30 seconds', 'select 1/0')");
    await assert.rejects(host.cron.tick("bad"), /division by zero/);
    const runs = await host.sql.query(
      "select return_message from cron.job_run_details where status = 'failed'",
    );
    assert.deepEqual(runs, [{ return_message: "division by zero" }]);
    await host.sql.exec("select cron.unschedule('bad')");
    await assert.rejects(host.cron.tick("bad"), /no active job is named bad/);
  });
  await t.step("what can't be reached is an outcome, not an error", async () => {
    await host.sql.exec("select net.http_post('http://127.0.0.1:9/')");
    await host.cron.tick();
    const failed = await host.sql.query(
      "select timed_out from net._http_response where status_code is null and error_msg <> ''",
    );
    assert.deepEqual(failed, [{ timed_out: false }]);
  });
  await t.step("scheduling checks the schedule and replaces by name", async () => {
    await assert.rejects(
      host.sql.exec("select cron.schedule('x', 'every day', '')"),
      /invalid schedule/,
    );
    await assert.rejects(host.sql.exec("select cron.schedule('x', '60 seconds', '')"), /invalid/);
    await host.sql.exec("select cron.schedule('call-echo', '*/2 * * * *', 'select 2')");
    const jobs = await host.sql.query("select jobname, schedule, command from cron.job");
    assert.deepEqual(jobs, [
      { jobname: "call-echo", schedule: "*/2 * * * *", command: "select 2" },
    ]);
  });
  await t.step("a queued request goes out by itself once the schedule is started", async () => {
    const sent = Promise.withResolvers<string>();
    const schedule = createSchedule({
      sql: host.sql,
      stand_ins: { cron: false, net: true, vault: true },
      now: Date.now,
      fetch: (input) => {
        sent.resolve(String(input));
        return Promise.resolve(new Response());
      },
      onError: (_what, error) => sent.reject(error),
    });
    await schedule.start();
    await host.sql.exec("select net.http_post('http://127.0.0.1:9/', params => '{}')");
    assert.equal(await sent.promise, "http://127.0.0.1:9/");
    await schedule.stop();
  });
  await host.close();
});
