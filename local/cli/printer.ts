/** What a command says: for a person, or as one JSON document. */

import type { FailureDocument } from "./failure.ts";
import type { Runtime, Terminal } from "./runtime.ts";

export interface Printer {
  /** The result, on stdout. */
  line(text?: string): void;
  table(rows: [string, unknown][]): void;
  mark(kind: keyof typeof MARKS, text: string): void;
}

export interface Notes {
  /** What is going on, on stderr; nothing with `--json`. */
  note(text: string): void;
}

export function createPrinter({ write, colors }: Terminal): Printer {
  const line = (text = "") => write(`${text}\n`);
  return {
    line,
    table: (rows) => {
      const width = Math.max(...rows.map(([name]) => name.length));
      for (const [name, value] of rows) line(`${name.padEnd(width)}  ${show(value)}`);
    },
    mark: (kind, text) => line(`  ${paint(MARKS[kind], kind.padEnd(6), colors)}  ${plain(text)}`),
  };
}

export function createNotes({ stderr }: Runtime, json: boolean): Notes {
  return { note: (text) => json ? undefined : stderr.write(`${plain(text)}\n`) };
}

/** The URL alone on the first line, to be copied. */
export function showAuthorization(
  printer: Printer,
  authorization_url: string,
  scopes: readonly string[],
): void {
  printer.line(authorization_url);
  printer.line();
  printer.line(`Asks for ${scopes.join(", ")}.`);
}

/** A failure in words: title, detail, what to change, and the id to tell support. */
export function showFailure(
  { write, colors }: Terminal,
  { title, detail, status, code, errors = [], request_id }: FailureDocument,
): void {
  const kind = status === undefined ? "" : ` (${status} ${plain(code)})`;
  write(`${paint(MARKS.error, `${plain(title)}${kind}`, colors)}\n`);
  // The only thing that is wrong is told once, with its option.
  if (!errors.some(({ message }) => message === detail)) write(`  ${plain(detail)}\n`);
  for (const { path, message } of errors) {
    write(`  - ${path === "" ? "" : `${plain(optionOf(path))}: `}${plain(message)}\n`);
  }
  if (request_id) write(`  request_id ${plain(request_id)}\n`);
}

/** The options that set a field of the request. */
const OPTION_OF_FIELD: Readonly<Record<string, string>> = {
  connection_id: "--connection",
  "media.source.path": "--video",
  "media.source.url": "--url",
  "media.source.transfer": "--transfer",
  "post.caption": "--caption",
  "post.privacy_level": "--privacy",
  "post.allow_comment": "--allow-comment",
  "post.allow_duet": "--allow-duet",
  "post.allow_stitch": "--allow-stitch",
  "post.cover_timestamp_ms": "--cover-ms",
  "post.brand_organic": "--brand-organic",
  "post.brand_content": "--brand-content",
  "post.ai_generated": "--ai-generated",
  scheduled_at: "--schedule",
  job_id: "--id",
  limit: "--limit",
  days: "--days",
  scopes: "--scopes",
  redirect_to: "--redirect-to",
};

/** `post.caption` is `--caption` to whom sits at the terminal. */
export function optionOf(path: string): string {
  return OPTION_OF_FIELD[path] ?? path;
}

/** With their colours. */
const MARKS = { ok: 32, error: 31, advice: 33, FAIL: 31, warn: 33, skip: 90 } as const;

function paint(code: number, text: string, colors: boolean): string {
  return colors ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/** Control characters, and those that turn the direction of what is written after them. */
const STEERING = /[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu;
const MAX_QUOTED = 300;

/** Texts come from other machines too: none of them steers the terminal. */
export function plain(text: string): string {
  return text.replace(STEERING, " ");
}

/** Words of another machine inside a text of ours, JSON included: no longer than a few lines. */
export function quote(text: string): string {
  const characters = [...plain(text)];
  if (characters.length <= MAX_QUOTED) return characters.join("");
  return `${characters.slice(0, MAX_QUOTED).join("")}…`;
}

function show(value: unknown): string {
  if (value === null || value === undefined || value === "") return "-";
  if (Array.isArray(value)) return show(value.join(", "));
  return plain(String(value));
}
