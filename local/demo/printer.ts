// This file's job is to talk to a terminal.
// deno-lint-ignore-file no-console

/** Numbered steps with what came of them, readable without knowing the code. */
export interface Printer {
  title(text: string): void;
  step(text: string): void;
  result(text: string): void;
  table(rows: [string, unknown][]): void;
  done(text: string): void;
  fail(error: unknown): void;
}

export function createPrinter(): Printer {
  const started_ms = performance.now();
  const color = Deno.stdout.isTerminal() && !Deno.noColor;
  const paint = (code: number, text: string) => color ? `\x1b[${code}m${text}\x1b[0m` : text;
  const seconds = () => `${((performance.now() - started_ms) / 1000).toFixed(1)} s`;
  let count = 0;
  let current = "start";
  return {
    title: (text) => console.log(`\n${paint(1, text)}\n`),
    step: (text) => {
      count += 1;
      current = `${count}. ${text}`;
      console.log(`${paint(1, current)} ${paint(2, `(${seconds()})`)}`);
    },
    result: (text) => console.log(`   ${paint(32, "ok")} ${text}`),
    table: (rows) => {
      const width = Math.max(...rows.map(([name]) => name.length));
      for (const [name, value] of rows) console.log(`      ${name.padEnd(width)}  ${show(value)}`);
    },
    done: (text) => console.log(`\n${paint(32, text)} ${paint(2, `(${seconds()})`)}`),
    fail: (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      console.error(`\n${paint(31, `Failed at step ${current}`)}\n   ${reason}`);
    },
  };
}

function show(value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (Array.isArray(value)) return value.join(", ") || "-";
  return String(value);
}
