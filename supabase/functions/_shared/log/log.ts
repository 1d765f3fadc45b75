/** One JSON line an event, to the function's log. */

/** What a line may hold. Never a token, a code, an upload URL or the client secret. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** The platform cuts a log event at 10,000 characters. */
const MAX_FIELD_CHARS = 2_000;

/** `write` gets whole lines; the console if left out. */
export function createLog(
  context: LogFields,
  write: (level: "info" | "warn" | "error", line: string) => void = writeToConsole,
): Log {
  const line = (level: "info" | "warn" | "error") => (event: string, fields: LogFields = {}) =>
    write(level, JSON.stringify({ level, event, ...context, ...fields }, shorten));
  return { info: line("info"), warn: line("warn"), error: line("error") };
}

function shorten(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.length > MAX_FIELD_CHARS
    ? `${value.slice(0, MAX_FIELD_CHARS)}…`
    : value;
}

function writeToConsole(level: "info" | "warn" | "error", line: string): void {
  // deno-lint-ignore no-console
  console[level](line);
}
