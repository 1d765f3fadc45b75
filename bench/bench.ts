/**
 * What a bench is: a folder beside this file whose `index.ts` exports one, named in `run.ts`.
 *
 * A bench measures, and judges its own goals by ratios within its own run. It prints nothing itself:
 * `run.ts` shows its tables in the terminal and, with `--write`, in `docs/performance.md`.
 */

export interface Bench {
  /** Its folder's name, and its name on the command line. */
  name: string;
  /** The heading above its tables. */
  title: string;
  run(context: BenchContext): Promise<BenchResult>;
}

export interface BenchContext {
  /** A line about what is going on, for whoever waits. */
  log(line: string): void;
}

export interface BenchResult {
  /** What was measured and how, for a reader of the tables: plain Markdown, a paragraph or two. */
  about: string;
  tables: Table[];
  goals: Goal[];
}

export interface Table {
  title: string;
  /** The first column names the row; all others hold figures and are set to the right. */
  columns: string[];
  rows: string[][];
}

export interface Goal {
  /** What was to be reached, with its figure. */
  text: string;
  met: boolean;
  /** What was reached, and if the goal was not met, why. */
  reason: string;
}
