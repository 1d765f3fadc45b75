/** Processes that run seeds side by side; each has a database of its own. */

import { TextLineStream } from "./lines.ts";
import type { Outcome } from "./seed.ts";

export type Seeds = {
  first: number;
  count: number;
  workers: number;
  keepsTrace: boolean;
  /** No outcome is waited for after this. */
  until_ms: number;
  /** The repository, or a copy of it. */
  root?: URL;
};

/** Calls back with each outcome, until it answers false. */
export async function runSeeds(
  { first, count, workers, keepsTrace, until_ms, root = new URL("../../", import.meta.url) }: Seeds,
  onOutcome: (outcome: Outcome) => boolean,
): Promise<void> {
  const last = first + count - 1;
  let goes_on = true;
  const children = Array.from({ length: Math.min(workers, count) }, (_, index) => {
    const args = [first + index, last, workers, keepsTrace ? 1 : 0].map(String);
    return new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--quiet",
        new URL("tests/simulate/worker.ts", root).href,
        ...args,
      ],
      cwd: root,
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
  });
  const stop = () => {
    goes_on = false;
    for (const child of children) kill(child);
  };
  const timer = Number.isFinite(until_ms) ? setTimeout(stop, until_ms - Date.now()) : undefined;
  await Promise.all(children.map(async (child) => {
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TextLineStream(),
    );
    for await (const line of lines) {
      if (goes_on && !onOutcome(JSON.parse(line))) stop();
    }
    const { success } = await child.status;
    if (!success && goes_on) throw new Error("a worker of the simulation broke down");
  }));
  clearTimeout(timer);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}
