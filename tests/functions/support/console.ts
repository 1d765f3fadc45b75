// The console itself is what is looked at here.
// deno-lint-ignore-file no-console
/** What the functions write to their log, kept instead of printed. */

export type LogLine = Record<string, unknown> & { level: string; event: string };

export interface CapturedConsole {
  /** As written. */
  text: string[];
  /** Those that are ours: one JSON object a line. */
  lines(): LogLine[];
  restore(): void;
}

const LEVELS = ["log", "info", "warn", "error", "debug"] as const;

export function captureConsole(): CapturedConsole {
  const text: string[] = [];
  const before = LEVELS.map((level) => [level, console[level]] as const);
  for (const level of LEVELS) {
    console[level] = (...parts: unknown[]) => {
      text.push(
        parts.map((part) => typeof part === "string" ? part : Deno.inspect(part)).join(" "),
      );
    };
  }
  return {
    text,
    lines: () => text.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)),
    restore: () => {
      for (const [level, write] of before) console[level] = write;
    },
  };
}
