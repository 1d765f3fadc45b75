/** A bar on a terminal; in a pipe, nothing. */

import type { Terminal } from "./runtime.ts";

const BAR_WIDTH = 24;
/** Often enough to move, seldom enough not to flicker. */
const REDRAW_MS = 100;

export interface Progress {
  update(done_bytes: number): void;
  /** Leaves the terminal on a fresh line; the bar stays as it was last. */
  end(): void;
}

export function createProgress(
  terminal: Terminal,
  now_ms: () => number,
  label: string,
  total_bytes: number,
): Progress {
  if (!terminal.is_terminal) return { update: () => {}, end: () => {} };
  const started_ms = now_ms();
  let drawn_ms = -Infinity;
  let drawn_bytes = -1;
  let done_bytes = 0;
  const draw = () => {
    drawn_ms = now_ms();
    drawn_bytes = done_bytes;
    const text = drawBar(label, done_bytes, total_bytes, drawn_ms - started_ms);
    // Back to the line's beginning, and away with what a longer text left there.
    terminal.write(`\r${text}\x1b[K`);
  };
  return {
    update(bytes) {
      done_bytes = bytes;
      if (now_ms() - drawn_ms >= REDRAW_MS) draw();
    },
    end() {
      if (drawn_bytes !== done_bytes) draw();
      terminal.write("\n");
    },
  };
}

/** `Uploading [######------] 50%  5.0 of 10.0 MB  2.5 MB/s` */
export function drawBar(
  label: string,
  done_bytes: number,
  total_bytes: number,
  elapsed_ms: number,
): string {
  const share = total_bytes === 0 ? 1 : Math.min(1, done_bytes / total_bytes);
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = "#".repeat(filled).padEnd(BAR_WIDTH, "-");
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const speed = elapsed_ms > 0 ? `  ${megabytes(done_bytes / (elapsed_ms / 1000))} MB/s` : "";
  const amount = `${megabytes(done_bytes)} of ${megabytes(total_bytes)} MB`;
  return `${label} [${bar}] ${percent}  ${amount}${speed}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
