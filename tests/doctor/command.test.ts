/** The doctor as a command: what it is asked, what it shows, how it ends. */

import assert from "node:assert/strict";
import { runDoctor } from "../../local/doctor/run.ts";
import { opensSocket } from "../../local/doctor/socket.ts";
import { repositoryPath } from "../../local/host/index.ts";
import { quietRuntime } from "../cli/support.ts";
import { startWorld } from "../functions/support/world.ts";

async function run(
  args: string[],
  env: Record<string, string> = {},
  fetch?: typeof globalThis.fetch,
) {
  const runtime = quietRuntime(env, {
    now_ms: () => Date.now(),
    ...(fetch === undefined ? {} : { fetch }),
  });
  const code = await runDoctor(args, { ...runtime, opensSocket });
  return { code, ...runtime.texts };
}

const PROJECT = {
  SUPABASE_URL: "https://p.supabase.co",
  SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x",
  SUPABASE_SECRET_KEY: "sb_secret_x",
  SUPABASE_CRON_KEY: "sb_secret_y",
};

const WRONG: Record<string, [args: string[], env: Record<string, string>, says: RegExp]> = {
  "an unknown option": [["--fix"], {}, /'--fix'\. See --help/],
  "an argument": [["project"], {}, /'project'.*See --help/],
  "a file that is not there": [["--env-file", "/nowhere/.env"], PROJECT, /nowhere.*cannot be read/],
  "a folder instead of a file": [["--env-file", "/"], PROJECT, /\/ cannot be read/],
  "a project without its keys": [
    [],
    { SUPABASE_URL: PROJECT.SUPABASE_URL, SUPABASE_SECRET_KEY: "x" },
    /Set SUPABASE_PUBLISHABLE_KEY, SUPABASE_CRON_KEY in/,
  ],
  "a project's keys without its address": [
    [],
    { SUPABASE_SECRET_KEY: PROJECT.SUPABASE_SECRET_KEY, SUPABASE_CRON_KEY: "sb_secret_y" },
    /Set SUPABASE_URL: SUPABASE_SECRET_KEY, SUPABASE_CRON_KEY of a project are set/,
  ],
  "a project and a host": [[], { ...PROJECT, NEXUS_URL: "http://127.0.0.1:1" }, /not both/],
  "a project over http": [
    [],
    { ...PROJECT, SUPABASE_URL: "http://p.supabase.co" },
    /https address/,
  ],
  "a key with a line break, which a header cannot have": [
    [],
    { ...PROJECT, SUPABASE_CRON_KEY: "sb_secret_abc\ndef" },
    /SUPABASE_CRON_KEY has a space, a line break/,
  ],
};

for (const [name, [args, env, says]] of Object.entries(WRONG)) {
  Deno.test(`wrong usage of the doctor: ${name}`, async () => {
    const { code, stdout, stderr } = await run(args, env);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "", "stdout is for results");
    assert.match(stderr, says);
    const told = await run([...args, "--json"], env);
    assert.equal(told.code, 2);
    assert.equal(JSON.parse(told.stdout).error.code, "wrong_usage");
    assert.doesNotMatch(stderr + told.stdout, /sb_secret_abc/);
  });
}

Deno.test("no host: exit 3, with what to do", async () => {
  const { code, stderr } = await run([]);
  assert.equal(code, 3);
  assert.match(stderr, /deno task start/);
});

Deno.test("through npx, what stands after -- is the doctor's and not Node's", async () => {
  const { code, stderr } = await run(["--", "--env-file", "/nowhere/.env"], PROJECT);
  assert.equal(code, 2);
  assert.match(stderr, /nowhere.*cannot be read/);
  const { stdout } = await run(["--help"]);
  assert.match(stdout, /npx -y deno task doctor -- \[--env-file FILE\]/);
});

Deno.test("the doctor's help says what it needs and how it ends", async () => {
  const { code, stdout } = await run(["--help"]);
  assert.equal(code, 0);
  for (const name of Object.keys(PROJECT)) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  for (const exit_code of [0, 1, 2, 3]) assert.match(stdout, new RegExp(`^  ${exit_code}  `, "m"));
});

Deno.test("the doctor on the embedded host", async (t) => {
  await using world = await startWorld();
  await world.host.cron.tick();

  await t.step("a table for a person: every line with its mark, and a sum", async () => {
    const { code, stdout, stderr } = await run([], { NEXUS_URL: world.host.url }, fetch);
    assert.equal(code, 0, stdout);
    assert.equal(stderr, "");
    assert.match(stdout, /\(the embedded host\)\n\nSettings of the functions\n {2}skip {4}values /);
    assert.match(stdout, /^ {2}ok {6}tiktok-refresh +answers; takes the key named cron/m);
    assert.match(stdout, /\nok: \d+, warnings: 1, failures: 0, not looked at: \d\n$/);
  });

  await t.step("it has no Realtime, and nobody claims that it has", async () => {
    const { stdout } = await run([], { NEXUS_URL: world.host.url }, fetch);
    assert.match(stdout, /^ {2}warn {4}Realtime +the embedded host has none: the client polls$/m);
    assert.doesNotMatch(stdout, /^ {2}ok {6}Realtime/m);
  });

  await t.step("what is wrong is marked, with advice below it", async () => {
    await world.host.sql.exec(
      "update cron.job set active = false where jobname = 'tiktok-refresh'",
    );
    const { code, stdout } = await run([], { NEXUS_URL: world.host.url }, fetch);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^ {2}FAIL {4}tiktok-refresh +is switched off\n +select cron\.alter_job\(/m,
    );
    assert.match(stdout, /, failures: 1, /);
    await world.host.sql.exec("update cron.job set active = true");
  });

  await t.step("`deno task doctor` is this command", async () => {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "doctor", "--json"],
      cwd: repositoryPath(""),
      env: { NEXUS_URL: world.host.url, SUPABASE_URL: "" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const { command, ok, summary } = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual([code, command, ok, summary.fail], [0, "doctor", true, 0]);
  });
});
