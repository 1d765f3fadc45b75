/** A project in good order, and the lists that the doctor goes by. */

import assert from "node:assert/strict";
import { JOBS, listFunctions, SCHEDULED_FUNCTIONS } from "../../local/doctor/expected.ts";
import { repositoryPath } from "../../local/host/index.ts";
import { Project, SETTINGS } from "./support.ts";

Deno.test("a project in good order", async (t) => {
  await using project = await Project.start();
  const { host } = project.world;

  await t.step("nothing fails, nothing warns, and only TikTok is not asked", async () => {
    const { code, checks } = await project.examine();
    assert.deepEqual(checks.filter(({ result }) => result !== "ok").map(({ name }) => name), [
      "TikTok",
    ]);
    assert.equal(code, 0);
    for (const slug of host.functions) {
      assert.ok(checks.some(({ area, name }) => area === "functions" && name === slug), slug);
    }
    for (const name of Object.keys(SETTINGS)) {
      assert.ok(checks.some((check) => check.area === "settings" && check.name === name), name);
    }
  });

  await t.step("with --online TikTok is asked too, and knows the app", async () => {
    const { code, checks } = await project.examine({
      args: ["--online"],
      settings: {
        TIKTOK_API_URL: host.tiktok_origin,
        TIKTOK_AUTHORIZE_URL: `${host.tiktok_origin}/v2/auth/authorize/`,
      },
    });
    assert.equal(code, 0);
    const asked = checks.filter(({ area }) => area === "tiktok");
    assert.deepEqual(asked.map(({ name, result }) => [name, result]), [
      ["consent page", "ok"],
      ["app", "ok"],
    ]);
  });

  await t.step("looking leaves nothing in the error log", async () => {
    const read = () => host.sql.query("select count(*) from private.error_log");
    const before = await read();
    await project.examine();
    assert.deepEqual(await read(), before);
  });

  await t.step("the doctor knows every job of the migrations", async () => {
    const jobs = await host.sql.query<{ jobname: string }>("select jobname from cron.job");
    assert.deepEqual(jobs.map(({ jobname }) => jobname).sort(), Object.keys(JOBS).sort());
  });

  await t.step("the doctor knows every function, and which the schedule calls", async () => {
    assert.deepEqual(await listFunctions(), host.functions);
    const scheduled: string[] = [];
    for (const slug of host.functions) {
      const door = await Deno.readTextFile(
        repositoryPath(`supabase/functions/${slug}/index.ts`),
      );
      if (/\bforSchedule\(/.test(door)) scheduled.push(slug);
    }
    assert.deepEqual(scheduled, [...SCHEDULED_FUNCTIONS].sort());
  });
});
