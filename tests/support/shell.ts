/** A shell in which programs that would be fetched are here already, and nothing else is inherited. */

import { repositoryPath } from "../../local/host/index.ts";
import type { SupabaseCli } from "../database/supabase_cli.ts";

export interface Shell extends AsyncDisposable {
  /** Also `RUNNER_TEMP` of the scripts. */
  folder: string;
  /** Runs a script in the repository's root, as a workflow's runner does: the first failure ends it. */
  run(script: string, env: Record<string, string>): Promise<{ code: number; text: string }>;
}

/** Variables by which Deno finds its cache, and no others. */
export function bareEnvironment(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "NPM_CONFIG_REGISTRY"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** `npx -y deno@…` and `deno` are this Deno, `npx -y supabase@…` and `supabase` this CLI, if there is one. */
export async function openShell(cli: SupabaseCli | { ignored: string }): Promise<Shell> {
  const folder = await Deno.makeTempDir();
  const supabase = "ignored" in cli ? "exit 69" : `exec '${cli.path}' "$@"`;
  const programs = {
    deno: `exec '${Deno.execPath()}' "$@"`,
    supabase,
    npx: `[ "$1" = -y ] || exit 64
program=$2
shift 2
case "$program" in
  deno | deno@*) exec '${Deno.execPath()}' "$@" ;;
  supabase@*) ${supabase} ;;
esac
exit 64`,
  };
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return {
    folder,
    async run(script, env) {
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd: repositoryPath(""),
        clearEnv: true,
        env: {
          ...bareEnvironment(),
          ...env,
          PATH: `${folder}:${Deno.env.get("PATH")}`,
          RUNNER_TEMP: folder,
          NO_COLOR: "1",
        },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).output();
      const decoder = new TextDecoder();
      return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
