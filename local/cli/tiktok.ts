/**
 * `deno task tiktok <command>`: TikTok from the terminal. `--help` says everything; the exit codes
 * are in `failure.ts`.
 */

import { runCommand } from "./run.ts";
import { systemRuntime } from "./runtime.ts";

Deno.exit(await runCommand(Deno.args, systemRuntime()));
