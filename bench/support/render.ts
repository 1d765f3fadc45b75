/** Results as text: for the terminal, and as the page docs/performance.md. */
import type { Bench, BenchResult, Goal, Table } from "../bench.ts";
import { MENDS } from "../mends.ts";

/** A table for the terminal, its columns aligned. */
export function printTable({ title, columns, rows }: Table): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    "   " +
    cells.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)
    ).join("  ");
  const rule = "   " + widths.map((width) => "-".repeat(width)).join("  ");
  return [`\n   ${title}`, line(columns), rule, ...rows.map(line)].join("\n");
}

export function printGoals(goals: readonly Goal[]): string {
  return "\n" + goals.map((goal) => `   ${verdict(goal)}: ${goal.text}: ${goal.reason}`).join("\n");
}

function verdict({ met }: Goal): string {
  return met ? "met" : "NOT MET";
}

function tableInMarkdown({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = `|${columns.map((_, index) => (index === 0 ? "---" : "---:")).join("|")}|`;
  return [`**${title}**`, "", line(columns), rule, ...rows.map(line)].join("\n");
}

function goalInMarkdown(goal: Goal): string {
  return `- **${verdict(goal)}**: ${goal.text}: ${goal.reason}`;
}

function mendsInMarkdown(): string {
  const rows = MENDS.map(({ what, before, after, how }) =>
    `| ${what} | ${before} | ${after} | ${how} |`
  );
  return ["| | Before | After | How |", "|---|---:|---:|---|", ...rows].join("\n");
}

/** The whole page. */
export function renderPage(
  at: Date,
  machine: readonly string[],
  results: readonly { bench: Bench; result: BenchResult }[],
): string {
  const sections = results.map(({ bench, result }) =>
    [
      `## ${bench.title}`,
      result.about,
      ...result.tables.map(tableInMarkdown),
      result.goals.map(goalInMarkdown).join("\n"),
    ].join("\n\n")
  );
  return [
    "# Performance",
    "What `deno task bench` measured; this page is its output (`deno task bench --write`). It says what one " +
    "machine did on one day: the ratios within a table travel, its absolute figures don't. " +
    "`deno task bench queue` measures one of them alone.",
    [`- ${at.toISOString().slice(0, 10)}`, ...machine.map((line) => `- ${line}`)].join("\n"),
    ...sections,
    "## Found by measuring, and mended",
    "Before and after, on the machine that showed it.",
    mendsInMarkdown(),
  ].join("\n\n") + "\n";
}
