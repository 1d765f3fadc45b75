/** The doctor's report: a table for a person, or one JSON document. */

import { plain, type Printer } from "../cli/printer.ts";
import { type Area, AREAS, type Check, type Result } from "./check.ts";

export type Summary = Readonly<Record<Result, number>>;

export function summarize(checks: readonly Check[]): Summary {
  const count = (result: Result) => checks.filter((check) => check.result === result).length;
  return { ok: count("ok"), warn: count("warn"), fail: count("fail"), skip: count("skip") };
}

export function showReport(
  printer: Printer,
  place: { url: string; is_host: boolean },
  checks: readonly Check[],
): void {
  printer.line(`${place.url} (${place.is_host ? "the embedded host" : "a Supabase project"})`);
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const area of Object.keys(AREAS) as Area[]) {
    const shown = checks.filter((check) => check.area === area);
    if (shown.length === 0) continue;
    printer.line();
    printer.line(AREAS[area]);
    for (const { name, result, detail, advice } of shown) {
      printer.mark(MARKS[result], `${name.padEnd(width)}  ${plain(detail)}`);
      if (advice !== null) printer.line(`${" ".repeat(10 + width + 2)}${plain(advice)}`);
    }
  }
  printer.line();
  const { ok, warn, fail, skip } = summarize(checks);
  printer.line(`ok: ${ok}, warnings: ${warn}, failures: ${fail}, not looked at: ${skip}`);
}

const MARKS = { ok: "ok", warn: "warn", fail: "FAIL", skip: "skip" } as const;
