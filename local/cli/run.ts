/** Runs one command and tells how it ended. */

import { type Parsed, readArguments } from "./arguments.ts";
import type { CommandName } from "./commands.ts";
import { EXIT_CODES, type ExitCode, Failure } from "./failure.ts";
import { generalHelp, helpOf } from "./help.ts";
import type { Command } from "./outcome.ts";
import { createNotes, createPrinter, showFailure } from "./printer.ts";
import type { Runtime } from "./runtime.ts";
import { tellUnwritten, UnwrittenError } from "./unwritten.ts";

/** Each is loaded when it is asked for: a dry run needs no `supabase-js`, the help nothing at all. */
const LOAD: Readonly<Record<CommandName, () => Promise<Command>>> = {
  initiate: async () => (await import("./commands/initiate.ts")).initiate,
  connections: async () => (await import("./commands/connections.ts")).connections,
  upload: async () => (await import("./commands/post.ts")).upload,
  post: async () => (await import("./commands/post.ts")).post,
  status: async () => (await import("./commands/status.ts")).status,
  cancel: async () => (await import("./commands/cancel.ts")).cancel,
  analytics: async () => (await import("./commands/analytics.ts")).analytics,
  disconnect: async () => (await import("./commands/disconnect.ts")).disconnect,
  refresh: async () => (await import("./commands/refresh.ts")).refresh,
};

/** What `--dry-run` runs instead. */
const LOAD_REHEARSAL: Readonly<Partial<Record<CommandName, () => Promise<Command>>>> = {
  initiate: async () => (await import("./commands/rehearse_initiate.ts")).rehearseInitiate,
  upload: async () => (await import("./commands/rehearse_post.ts")).rehearseUpload,
  post: async () => (await import("./commands/rehearse_post.ts")).rehearsePost,
};

/** Gives the exit code; never throws. */
export async function runCommand(
  args: readonly string[],
  runtime: Runtime,
): Promise<ExitCode> {
  const done: Done = {};
  try {
    return await perform(args, runtime, done);
  } catch (error) {
    if (!(error instanceof UnwrittenError)) throw error;
    return tellUnwritten(runtime.stderr, error, done.job_id);
  }
}

/** What is done already, whether or not it can be told. */
type Done = { job_id?: string };

async function perform(
  args: readonly string[],
  runtime: Runtime,
  done: Done,
): Promise<ExitCode> {
  // Known before the rest is understood: a wrong usage is told as JSON too.
  const json = args.includes("--json");
  let command: CommandName | null = null;
  try {
    const parsed = readArguments(args);
    command = parsed.command;
    if (parsed.help) {
      showHelp(runtime, parsed, json);
      return EXIT_CODES.done;
    }
    const { values } = parsed;
    const rehearsal = values.on("dry-run") ? LOAD_REHEARSAL[parsed.command] : undefined;
    const run = await (rehearsal ?? LOAD[parsed.command])();
    const { ok, document, show } = await run(values, runtime, createNotes(runtime, json));
    noteJob(done, document);
    if (json) writeJson(runtime, { command, ok, ...document });
    else show(createPrinter(runtime.stdout));
    return ok ? EXIT_CODES.done : EXIT_CODES.refused;
  } catch (error) {
    if (error instanceof UnwrittenError) throw error;
    const failure = error instanceof Failure ? error : unforeseen(error);
    noteJob(done, failure.more);
    if (json) {
      writeJson(runtime, { command, ok: false, ...failure.more, error: failure.document });
    } else showFailure(runtime.stderr, failure.document);
    return failure.exit_code;
  }
}

function noteJob(done: Done, { job }: Record<string, unknown>): void {
  if (typeof job !== "object" || job === null || !("id" in job)) return;
  done.job_id = String(job.id);
}

function showHelp(
  { stdout }: Runtime,
  { command }: Extract<Parsed, { help: true }>,
  json: boolean,
): void {
  const help = command === null ? generalHelp() : helpOf(command);
  if (json) stdout.write(`${JSON.stringify({ command, ok: true, help }, null, 2)}\n`);
  else stdout.write(help);
}

function writeJson({ stdout }: Runtime, document: Record<string, unknown>): void {
  stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** A mistake of this program; what it says may be needed to find it. */
function unforeseen(error: unknown): Failure {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Failure(
    EXIT_CODES.refused,
    {
      code: "internal",
      title: "Something unexpected happened",
      detail,
    },
    {},
    { cause: error },
  );
}
