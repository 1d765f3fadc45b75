/** Runs the doctor and tells how it ended. */

import { EXIT_CODES, type ExitCode, Failure } from "../cli/failure.ts";
import { createPrinter, showFailure } from "../cli/printer.ts";
import type { Runtime } from "../cli/runtime.ts";
import { tellUnwritten, UnwrittenError } from "../cli/unwritten.ts";
import { createAsk, isSilent } from "./ask.ts";
import { type Check, checksOf } from "./check.ts";
import { checkDatabase } from "./checks/database.ts";
import { checkFunctions } from "./checks/functions.ts";
import { checkKeys, describeSilence, isProject, keySetAddress } from "./checks/keys.ts";
import { checkRealtime } from "./checks/realtime.ts";
import { checkSchedule } from "./checks/schedule.ts";
import { checkSettings } from "./checks/settings.ts";
import { checkTikTok } from "./checks/tiktok.ts";
import { listFunctions, listMigrations } from "./expected.ts";
import { readFacts } from "./facts.ts";
import { HELP, readOptions } from "./options.ts";
import { redact } from "./redact.ts";
import { showReport, summarize } from "./report.ts";
import type { OpensSocket } from "./socket.ts";
import { findTarget, type Target } from "./target.ts";

export type DoctorRuntime = Runtime & { opensSocket: OpensSocket };

/** Gives the exit code. */
export async function runDoctor(
  args: readonly string[],
  runtime: DoctorRuntime,
): Promise<ExitCode> {
  try {
    return await perform(args, runtime);
  } catch (error) {
    if (error instanceof UnwrittenError) return tellUnwritten(runtime.stderr, error);
    throw error;
  }
}

async function perform(args: readonly string[], runtime: DoctorRuntime): Promise<ExitCode> {
  // Known before the rest is understood: a wrong usage is told as JSON too.
  const json = args.includes("--json");
  const write = (document: Record<string, unknown>) =>
    runtime.stdout.write(`${JSON.stringify({ command: "doctor", ...document }, null, 2)}\n`);
  try {
    const options = readOptions(args);
    if (options.help) {
      if (json) write({ ok: true, help: HELP });
      else runtime.stdout.write(HELP);
      return EXIT_CODES.done;
    }
    const target = await findTarget(runtime, options.env_file);
    const { checks: found, is_silent } = await examine(target, runtime, options.online);
    const checks = redact(found, target);
    const summary = summarize(checks);
    const ok = summary.fail === 0;
    if (json) write({ ok, url: target.url, summary, checks });
    else showReport(createPrinter(runtime.stdout), target, checks);
    if (is_silent) return EXIT_CODES.unreachable;
    return ok ? EXIT_CODES.done : EXIT_CODES.refused;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (json) write({ ok: false, error: error.document });
    else showFailure(runtime.stderr, error.document);
    return error.exit_code;
  }
}

async function examine(target: Target, runtime: DoctorRuntime, online: boolean) {
  const ask = createAsk(runtime);
  const key_set = await ask(keySetAddress(target));
  if (isSilent(key_set)) {
    const silence = describeSilence(target, key_set.silent);
    return { checks: [...checkSettings(target), silence], is_silent: true };
  }
  const { now_ms, opensSocket } = runtime;
  const keys = await checkKeys(target, ask, key_set);
  if (!isProject(key_set)) {
    const unasked = (["functions", "database", "schedule"] as const).map((area) =>
      checksOf(area).skip(
        area,
        `not asked: at ${target.url} is no Supabase project to give a key to`,
      )
    );
    return { checks: [...checkSettings(target), ...keys, ...unasked], is_silent: false };
  }
  // Before the facts are read: a first request may be what makes the schedule's functions start.
  const functions = await checkFunctions(target, ask, await listFunctions(), now_ms);
  const facts = await readFacts(target, ask);
  const database = "advice" in facts
    ? [checksOf("database").fail("database", facts.detail, facts.advice)]
    : [
      ...checkDatabase(facts, target, await listMigrations(), now_ms()),
      await checkRealtime(facts, target, opensSocket),
      ...checkSchedule(facts),
    ];
  const checks: Check[] = [
    ...checkSettings(target),
    ...keys,
    ...functions,
    ...database,
    ...await checkTikTok(target, ask, online),
  ];
  return { checks, is_silent: false };
}
