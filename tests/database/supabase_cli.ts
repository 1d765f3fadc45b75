/**
 * The Supabase CLI, for tests and scripts. Its npm package is a small starter and one package a
 * platform with the binary; the latter alone is fetched here, by Deno's own npm client into Deno's
 * cache, so that neither Node nor an install script is needed.
 */

const version = "3.1.0";

/** An installed CLI. */
export interface SupabaseCli {
  path: string;
}

/** What a run of the CLI gave. */
export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

const root = new URL("../../", import.meta.url).pathname;

/** Finds the CLI, fetching it at first, or says why there is none. */
export async function findSupabaseCli(): Promise<SupabaseCli | { ignored: string }> {
  const specifier = `npm:${packageName()}@${version}/package.json`;
  // A process of its own: a literal specifier makes Deno fetch the package, and without the
  // repository's configuration it stays out of the lock file, where one platform's would not belong.
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      "--no-lock",
      `await import("${specifier}", { with: { type: "json" } });
       console.log(import.meta.resolve("${specifier}"));`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) {
    const reason = text.decode(stderr).split("\n").find((line) => line.includes("error"));
    return { ignored: `no Supabase CLI ${version} for this machine: ${reason ?? "unknown"}` };
  }
  const folder = new URL(".", text.decode(stdout).trim()).pathname;
  const path = `${folder}bin/supabase${Deno.build.os === "windows" ? ".exe" : ""}`;
  // Deno unpacks files without their executable bit.
  if (Deno.build.os !== "windows") await Deno.chmod(path, 0o755);
  return { path };
}

/** Runs a command against a database, in the repository's root. */
export async function runSupabase(
  { path }: SupabaseCli,
  database_url: string,
  ...args: string[]
): Promise<CliResult> {
  const { code, stdout, stderr } = await new Deno.Command(path, {
    args: [...args, `--remote=${database_url}?sslmode=disable`, "--yes"],
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1", DO_NOT_TRACK: "1", SUPABASE_TELEMETRY_DISABLED: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function packageName(): string {
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  const libc = Deno.build.target.endsWith("-musl") ? "-musl" : "";
  return `@supabase/cli-${Deno.build.os}-${arch}${libc}`;
}
