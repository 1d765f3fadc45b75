/** What the host has to say: kept for tests and for a look back, and printed unless it is quiet. */

export interface Log {
  /** The newest lines, at most a thousand. */
  lines: string[];
  write(line: string): void;
  writeError(what: string, error: unknown): void;
  /** A notice or warning that the database raised. */
  writeNotice(severity: string, message: string): void;
}

const lines_kept = 1000;

export function createLog(quiet: boolean): Log {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
    if (lines.length > lines_kept) lines.shift();
    // The host is a program for a terminal, and this is where it speaks.
    // deno-lint-ignore no-console
    if (!quiet) console.log(`[host] ${line}`);
  };
  return {
    lines,
    write,
    writeError(what, error) {
      const cause = error instanceof Error ? error.stack ?? error.message : String(error);
      write(`error: ${what}: ${cause}`);
    },
    writeNotice: (severity, message) => write(`database ${severity.toLowerCase()}: ${message}`),
  };
}
