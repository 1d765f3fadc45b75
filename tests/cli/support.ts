/** The command as a user runs it, and as a function with a world of the test's own. */

import { runCommand } from "../../local/cli/run.ts";
import type { Runtime } from "../../local/cli/runtime.ts";
import { repositoryPath } from "../../local/host/index.ts";
import { bareEnvironment } from "../support/shell.ts";

export const clip = repositoryPath("local/clips/clip.mp4");
export const unfit_clip = repositoryPath("tests/functions/fixtures/unfit.mp4");

export type Ran = { code: number; stdout: string; stderr: string };

const ENTRY = repositoryPath("local/cli/tiktok.ts");

/** Runs the command as a process of its own, in pipes, with nothing but `env` in its environment. */
export async function runProcess(
  args: string[],
  env: Record<string, string> = {},
  permissions: string[] = ["-A"],
): Promise<Ran> {
  return await ended(startProcess(args, env, permissions));
}

export function startProcess(
  args: string[],
  env: Record<string, string> = {},
  permissions: string[] = ["-A"],
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, ENTRY, ...args],
    clearEnv: true,
    env: { ...bareEnvironment(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

export async function ended(child: Deno.ChildProcess): Promise<Ran> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A runtime in which nothing can be reached and no time passes, unless a test says otherwise. */
export function quietRuntime(
  env: Record<string, string> = {},
  change: Partial<Runtime> = {},
): Runtime & { texts: { stdout: string; stderr: string } } {
  const texts = { stdout: "", stderr: "" };
  const terminal = (name: keyof typeof texts) => ({
    is_terminal: false,
    colors: false,
    write: (text: string) => {
      texts[name] += text;
    },
  });
  const offline = () => Promise.reject(new TypeError("there is no network here"));
  return {
    env: (name) => env[name],
    fetch: offline,
    fetchOnce: offline,
    now_ms: () => 0,
    sleep: () => Promise.resolve(),
    onInterrupt: () => () => {},
    randomBytes: (length) => new Uint8Array(length),
    randomUuid: () => "00000000-0000-4000-8000-000000000000",
    stdout: terminal("stdout"),
    stderr: terminal("stderr"),
    texts,
    ...change,
  };
}

/** Runs the command in this process. */
export async function run(
  args: string[],
  env: Record<string, string> = {},
  change: Partial<Runtime> = {},
): Promise<Ran> {
  const runtime = quietRuntime(env, change);
  const code = await runCommand(args, runtime);
  return { code, ...runtime.texts };
}
