/** A post that is under way is told of, whatever becomes of stdout and of the waiting. */

import assert from "node:assert/strict";
import { repositoryPath } from "../../local/host/index.ts";
import { bareEnvironment } from "../support/shell.ts";
import { ended, startProcess } from "./support.ts";

const JOB = {
  id: "00000000-0000-4000-8000-000000000001",
  connection_id: "00000000-0000-4000-8000-000000000002",
  status: "queued",
  publish_id: null,
  post_ids: [],
  bytes_total: null,
  bytes_sent: 0,
  attempts: 0,
  scheduled_at: null,
  next_attempt_at: null,
  error: null,
  created_at: "2026-11-22T10:00:00.000Z",
  updated_at: "2026-11-22T10:00:00.000Z",
};

const POST = [
  ...["post", "--url", "https://cdn.example/a.mp4", "--caption", "", "--privacy", "SELF_ONLY"],
  ...["--connection", JOB.connection_id],
];

/** A Nexus that takes every post, and whose posts stay queued. */
function startNexus() {
  const asked = Promise.withResolvers<void>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ method }) => {
      if (method === "GET") asked.resolve();
      return Response.json({ job: JOB });
    },
  );
  const env = {
    SUPABASE_URL: `http://127.0.0.1:${server.addr.port}`,
    SUPABASE_PUBLISHABLE_KEY: "sb_publishable_p",
    // {"alg":"none"} . {"sub":"ada"}
    NEXUS_ACCESS_TOKEN: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.x",
  };
  /** Once somebody asks how a post is, and so waits for it. */
  return { env, asked: asked.promise, [Symbol.asyncDispose]: () => server.shutdown() };
}

const has_full_disk = Deno.build.os === "linux";

/** Runs a program whose stdout is a disk with no space left. */
async function onFullDisk(program: string, args: string[], env: Record<string, string>) {
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'exec "$@" > /dev/full', "sh", Deno.execPath(), "run", "-A", program, ...args],
    cwd: repositoryPath(""),
    clearEnv: true,
    env: { ...bareEnvironment(), ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

for (const json of [false, true]) {
  Deno.test({
    name: `a post on a full disk${json ? ", as JSON" : ""}: exit 1, with its job on stderr`,
    ignore: !has_full_disk,
    async fn() {
      await using nexus = startNexus();
      const args = [...POST, ...json ? ["--json"] : []];
      const { code, stderr } = await onFullDisk("local/cli/tiktok.ts", args, nexus.env);
      assert.equal(code, 1, stderr);
      assert.equal(
        stderr,
        (json ? "" : `job ${JOB.id}: queued\n`) +
          "The result could not be written to stdout: no space is left. " +
          `It was done: see status --id ${JOB.id}.\n`,
      );
    },
  });
}

for (const args of [["--help"], ["--json"]]) {
  Deno.test({
    name: `the doctor on a full disk, ${args}: exit 1 and one line`,
    ignore: !has_full_disk,
    async fn() {
      const env = { NEXUS_URL: "http://127.0.0.1:1" };
      const { code, stderr } = await onFullDisk("local/doctor/doctor.ts", args, env);
      assert.equal(code, 1, stderr);
      assert.equal(stderr, "The result could not be written to stdout: no space is left.\n");
    },
  });
}

async function interrupt(args: string[]) {
  await using nexus = startNexus();
  const child = startProcess([...POST, "--wait", ...args], nexus.env);
  await nexus.asked;
  child.kill("SIGINT");
  return await ended(child);
}

Deno.test("Ctrl-C while waiting: exit 130, the post goes on, how to look and to end it", async () => {
  const { code, stdout, stderr } = await interrupt([]);
  assert.equal(code, 130, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, new RegExp(`^job ${JOB.id}: queued\n`));
  assert.match(stderr, /goes on by itself/);
  for (const command of ["status", "cancel"]) {
    assert.ok(stderr.includes(`${command} --id ${JOB.id}`), stderr);
  }
});

Deno.test("Ctrl-C while waiting, as JSON: the one document, with the job", async () => {
  const { code, stdout, stderr } = await interrupt(["--json"]);
  assert.equal(code, 130, stderr);
  assert.equal(stderr, "");
  const { command, ok, job, error } = JSON.parse(stdout);
  assert.deepEqual([command, ok, job, error.code], ["post", false, JOB, "interrupted"]);
});
