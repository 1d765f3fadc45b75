/**
 * The commands and queries of the pages, run. Each block of `sh` and `sql` is run as it stands, with
 * its <placeholders> filled in, unless a comment above it says why it cannot be: `<!-- not run: … -->`,
 * or `<!-- checked: … -->` for a command of the Supabase CLI, whose options are then looked up.
 */

import assert from "node:assert/strict";
import { repositoryPath } from "../../local/host/index.ts";
import { findSupabaseCli, type SupabaseCli } from "../database/supabase_cli.ts";
import { ManagementApi } from "../deployment/management_api.ts";
import { Person } from "../functions/support/person.ts";
import { startWorld, type World } from "../functions/support/world.ts";
import { preparePlain } from "../database/support.ts";
import { isIgnored, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { openShell } from "../support/shell.ts";
import { type Block, type Page, readPages } from "./markdown.ts";

const LANGUAGES: ReadonlySet<string> = new Set([
  ...["sh", "sql", "dotenv", "ts", "json", "mermaid", "text", "html"],
]);
const UUID = "6c9f1c1e-0d55-4c44-9a5b-2d3f7f6f9c10";

const pages = await readPages();
const blocks = pages.flatMap((page) => page.blocks);
const cli = await findSupabaseCli();
const server = await startPostgres();
if (!isIgnored(server)) Deno.test.afterAll(() => server.stop());

const nameOf = ({ page, line }: Block) => `${page}:${line}`;
const isRun = ({ mark }: Block) => mark === null || mark[0] === "file";

Deno.test("every block says its language, and every mark why", () => {
  for (const block of blocks) {
    assert.ok(
      LANGUAGES.has(block.language),
      `${nameOf(block)}: ${block.language || "no language"}`,
    );
    if (block.mark === null) continue;
    const [kind, text] = block.mark;
    assert.ok(["not run", "checked", "file"].includes(kind), `${nameOf(block)}: ${kind}`);
    assert.ok(text.length > 3, `${nameOf(block)} does not say why`);
  }
  const left_out = blocks.filter(({ mark }) => mark?.[0] === "not run");
  assert.ok(left_out.length < blocks.length / 4, "most of the commands are really run");
});

/** Fills in `<…>`; a placeholder that nobody knows fails the test. */
function fill(text: string, values: Record<string, string>): string {
  return text.replaceAll(/<([a-z][a-z ]*)>/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) assert.fail(`nobody knows what ${whole} stands for`);
    return value;
  });
}

/** `.env` of docs/deploying.md: what the functions get, and the doctor compares. */
const settings_block = blocks.find(({ mark }) => mark?.[0] === "file" && mark[1] === ".env") ??
  assert.fail("docs/deploying.md has no .env");
const settings_text = fill(settings_block.text, {
  "client key": "aw1234567890",
  "client secret": "client-secret-of-the-docs-test",
  "encryption key": crypto.getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: "base64url", omitPadding: true }),
});
const settings = Object.fromEntries(
  [...settings_text.matchAll(/^([A-Z_]+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
) as Record<string, string>;

async function startFurnished(): Promise<World> {
  const world = await startWorld({ env: settings });
  const [user] = world.host.users;
  const token = await world.host.signIn(user?.email ?? "", user?.password ?? "");
  await new Person(world, user?.id ?? "", token).connect();
  await world.host.cron.tick();
  return world;
}

Deno.test("the queries of the pages", async (t) => {
  await using world = await startFurnished();
  const undone = new Error("undone");
  for (const block of blocks.filter(({ language }) => language === "sql")) {
    await t.step({
      name: nameOf(block),
      ignore: !isRun(block),
      async fn() {
        const text = fill(block.text, {
          project: "abcdefghijklmnopqrst",
          "the key named cron": "sb_secret_new",
          "user id": UUID,
          "connection id": UUID,
          "job id": UUID,
          "request id": UUID,
          "lost key id": "k0",
        });
        await assert.rejects(
          world.host.sql.transaction(async (tx) => {
            // The host has set up its schedule already.
            await tx.exec("delete from vault.secrets");
            await tx.exec(text);
            throw undone;
          }),
          undone,
        );
      },
    });
  }
});

const needsProject = ({ blocks }: Page) =>
  blocks.some(({ language, text }) => language === "sh" && text.includes("$SUPABASE_"));

for (const page of pages) {
  const scripts = page.blocks.filter((block) => block.language === "sh" && isRun(block));
  if (scripts.length === 0) continue;
  const missing = !needsProject(page)
    ? undefined
    : isIgnored(server)
    ? server.ignored
    : "ignored" in cli
    ? cli.ignored
    : undefined;
  Deno.test({
    name: `the commands of ${page.path}${missing === undefined ? "" : ` (${missing})`}`,
    ignore: missing !== undefined,
    fn: () => runCommands(page, scripts),
  });
}

async function runCommands(page: Page, scripts: Block[]): Promise<void> {
  await using world = await startFurnished();
  await using api = await ManagementApi.start();
  await using shell = await openShell(cli);
  const { url, keys } = world.host;
  await Deno.writeTextFile(`${shell.folder}/.env`, settings_text);

  const is_project = needsProject(page);
  // What docs/deploying.md exports is meant for the pages after it, too.
  const prelude = is_project && page.path !== "docs/deploying.md"
    ? blocks.filter(({ page, text }) => page === "docs/deploying.md" && text.startsWith("export "))
    : [];
  const script = [...prelude, ...scripts].map((block) =>
    `echo '== ${nameOf(block)}'\n${
      fill(
        block.text
          // The project is the embedded host; its settings lie where no developer has his own.
          .replaceAll("https://<project>.supabase.co", url)
          .replaceAll("--env-file .env", `--env-file '${shell.folder}/.env'`),
        {
          project: api.project_ref,
          "access token": api.env.SUPABASE_ACCESS_TOKEN ?? "",
          "connection string": is_project ? databaseUrl(server) : "",
          "client key": "aw1234567890",
          "publishable key": keys.publishable,
          "secret key": keys.secret,
          "the key named cron": keys.cron,
        },
      )
    }`
  ).join("\n");
  const { code, text } = await shell.run(script, {
    ...api.env,
    ...(is_project ? {} : { NEXUS_URL: url }),
  });
  assert.equal(code, 0, text);
  for (const block of scripts) {
    assert.ok(text.includes(`== ${nameOf(block)}\n`), "none was passed over");
  }
}

function databaseUrl(given: PostgresServer | { ignored: string }): string {
  return isIgnored(given) ? "" : `${given.url}?sslmode=disable`;
}

if (!isIgnored(server)) await preparePlain(server.url);

for (const block of blocks.filter(({ mark }) => mark?.[0] === "checked")) {
  Deno.test({
    name: `${nameOf(block)}: the CLI knows each command and option`,
    ignore: "ignored" in cli,
    async fn() {
      if ("ignored" in cli) return;
      const lines = block.text.trim().split("\n");
      for (const line of lines) await checkCommand(cli, line);
    },
  });
}

/** `supabase <words> --option…`: its help, asked for, names each option. */
async function checkCommand({ path }: SupabaseCli, line: string): Promise<void> {
  const [program, ...words] = line.split(/\s+/);
  assert.equal(program, "supabase", line);
  const options = words.filter((word) => word.startsWith("--")).map((word) =>
    word.split("=")[0] ?? ""
  );
  const command = words.filter((word) => !word.startsWith("--"));
  const { code, stdout } = await new Deno.Command(path, {
    args: [...command, "--help"],
    env: { NO_COLOR: "1", DO_NOT_TRACK: "1", SUPABASE_TELEMETRY_DISABLED: "1" },
    cwd: repositoryPath(""),
    stdin: "null",
    stderr: "null",
  }).output();
  const help = new TextDecoder().decode(stdout);
  assert.equal(code, 0, line);
  assert.ok(help.includes(`supabase ${command.join(" ")} `), `there is no such command: ${line}`);
  for (const option of options) assert.ok(help.includes(option), `${line}: no ${option}`);
}
