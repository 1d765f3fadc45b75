import assert from "node:assert/strict";
import { COMMAND_NAMES, COMMANDS } from "../../local/cli/commands.ts";
import { clip, run } from "./support.ts";

const POST = ["post", "--caption", "x", "--privacy", "SELF_ONLY"];

const WRONG: Record<string, [args: string[], says: RegExp]> = {
  "no command": [[], /Name a command/],
  "an unknown command": [["publish"], /no command publish/],
  "an option before the command": [
    ["--id", "1", "status"],
    /--id stands before the command: write deno task tiktok status --id/,
  ],
  "an option and no command": [["--id", "1"], /--id stands before the command: write .*<command>/],
  "an option for all commands, and no command": [["--json=yes", "post"], /--json/],
  "a misspelt command": [["pots"], /no command pots\. Did you mean post\?/],
  "an unknown option": [["status", "--job", "1"], /Unknown option '--job'\. See status --help\./],
  "a misspelt option": [["upload", "--vidoe", "a.mp4"], /'--vidoe'\. Did you mean --video\? See/],
  "an option of another command": [["refresh", "--dry-run"], /--dry-run/],
  "an argument that belongs to no option": [
    ["upload", "a.mp4"],
    /a\.mp4 belongs to no option\. Did you mean --video a\.mp4\? See upload --help\./,
  ],
  "an argument where there are no options": [
    ["connections", "ada"],
    /ada belongs to no option\. See/,
  ],
  "an option without its value": [["status", "--id"], /--id/],
  "a value for a switch": [["status", "--wait=yes"], /--wait/],
  "an option given twice": [["status", "--id", "1", "--id", "2"], /--id is given twice/],
  "upload without a file": [["upload"], /--video/],
  "upload with an empty file name": [["upload", "--video", ""], /--video/],
  "post without a source": [POST, /exactly one of --video FILE and --url URL/],
  "post with two sources": [
    [...POST, "--video", clip, "--url", "https://a.example/b.mp4"],
    /exactly one/,
  ],
  "post without caption and privacy": [
    ["post", "--video", clip],
    /--caption and --privacy. Neither has a default/,
  ],
  "post without privacy": [
    ["post", "--video", clip, "--caption", "x"],
    /needs --privacy\. It has no/,
  ],
  "post without caption": [
    ["post", "--video", clip, "--privacy", "SELF_ONLY"],
    /needs --caption\. It has no default/,
  ],
  "a transfer for a file": [[...POST, "--video", clip, "--transfer", "pull"], /--transfer/],
  "an unknown transfer": [
    [...POST, "--url", "https://a.example/b.mp4", "--transfer", "push"],
    /--transfer: must be pull or relay/,
  ],
  "a URL that is none": [[...POST, "--url", "b.mp4"], /--url: must be an absolute URL/],
  "a time without a zone": [
    [...POST, "--video", clip, "--schedule", "2026-12-01T09:00:00"],
    /--schedule: must be ISO 8601 with a time zone/,
  ],
  "a cover that is no number": [
    [...POST, "--video", clip, "--cover-ms", "1.5"],
    /--cover-ms must be a whole number/,
  ],
  "a cover before the video begins": [
    [...POST, "--video", clip, "--cover-ms", "-5"],
    /--cover-ms must be a whole number of at least 0/,
  ],
  "a negative number of days": [["analytics", "--days", "-1"], /--days: must be/],
  "an option where a value should be": [
    ["post", "--video", clip, "--caption", "--privacy", "SELF_ONLY"],
    /--caption needs a value\. If --privacy is meant as its value: --caption=--privacy/,
  ],
  "a connection that is no id": [
    ["upload", "--video", clip, "--connection", "ada"],
    /--connection: must be a UUID/,
  ],
  "status without a job": [["status"], /--id JOB/],
  "cancel without a job": [["cancel"], /--id JOB/],
  "disconnect without a connection": [["disconnect"], /--connection ID: see connections/],
  "a connection to end that is no id": [
    ["disconnect", "--connection", "ada"],
    /--connection: must be a UUID/,
  ],
  "a job that is no id": [["status", "--id", "1"], /--id: must be a UUID/],
  "a limit above the most": [["refresh", "--limit", "101"], /--limit: must be 1 to 100/],
  "a time to wait that is none": [
    ["upload", "--video", clip, "--timeout", "soon"],
    /--timeout must be a whole number/,
  ],
};

for (const [name, [args, says]] of Object.entries(WRONG)) {
  Deno.test(`wrong usage: ${name}`, async () => {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "", "stdout is for results");
    assert.match(stderr, says);
  });
}

Deno.test("wrong usage is one JSON document with --json, and stderr is silent", async () => {
  const { code, stdout, stderr } = await run(["status", "--id", "1", "--json"]);
  assert.equal(code, 2);
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), {
    command: "status",
    ok: false,
    error: {
      code: "wrong_usage",
      title: "Wrong usage",
      detail: "An option has a value that cannot be.",
      errors: [{ path: "job_id", message: "must be a UUID" }],
    },
  });
});

Deno.test("the help names every command, and how it can end", async () => {
  const { code, stdout, stderr } = await run(["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const name of COMMAND_NAMES) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  for (const exit_code of [0, 1, 2, 3]) assert.match(stdout, new RegExp(`^  ${exit_code}  `, "m"));
  for (const variable of ["NEXUS_URL", "SUPABASE_URL", "SUPABASE_CRON_KEY", "MEDIA_PROFILE"]) {
    assert.match(stdout, new RegExp(variable));
  }
});

for (const name of COMMAND_NAMES) {
  Deno.test(`the help of ${name} names all its options`, async () => {
    // Whatever else is wrong: who asks for help gets it.
    const { code, stdout } = await run([name, "--nonsense", "--help"]);
    assert.equal(code, 0);
    for (const option of COMMANDS[name].options) {
      assert.ok(stdout.includes(`  --${option.name} `), `--${option.name} is missing`);
    }
    assert.match(stdout, /Exit codes/);
    assert.match(stdout, new RegExp(`Examples\n {2}deno task tiktok ${name}`));
    assert.ok(stdout.split("\n").every((line) => line.length <= 110), "a line is too long");
  });
}

Deno.test("--json and --help may stand before the command", async () => {
  const json = await run(["--json", "status", "--id", "1"]);
  assert.equal(json.code, 2);
  assert.equal(json.stderr, "");
  const { command, error } = JSON.parse(json.stdout);
  assert.deepEqual([command, error.errors[0].path], ["status", "job_id"]);
  const help = await run(["--help", "post"]);
  assert.deepEqual(help, await run(["post", "--help"]));
  assert.equal(JSON.parse((await run(["--json", "--help"])).stdout).command, null);
});

Deno.test("a caption may begin with a minus and a digit", async () => {
  const args = ["post", "--video", clip, "--caption", "-5 degrees", "--privacy", "SELF_ONLY"];
  const { code, stderr } = await run([...args, "--dry-run"]);
  assert.equal(code, 0, stderr);
});
