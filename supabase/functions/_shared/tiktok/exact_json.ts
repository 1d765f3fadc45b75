/** TypeScript does not know yet that a reviver is given the source text (ES2026, in V8 since 2023). */
type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * `JSON.parse` that keeps the digits: an integer beyond 2^53 becomes a string. TikTok sends post ids
 * as 19-digit numbers, and `JSON.parse` alone would round them to another post's id.
 */
export function parseExactJson(text: string): unknown {
  return parse(text, keepDigits);
}

/**
 * The same, with text that every database takes: JSON can escape a NUL and half a surrogate pair, which
 * Postgres refuses, and one title that holds one must not cost all that came along. Either reads as
 * U+FFFD; what tells one thing from another must not hold any (see `Id`).
 */
export function parseStorableJson(text: string): unknown {
  return parse(text, (key, value, context) => {
    if (typeof value === "string") return value.toWellFormed().replaceAll("\0", MENDED);
    return keepDigits(key, value, context);
  });
}

/** U+FFFD, the replacement character. */
const MENDED = "\uFFFD";

/** Whether a text is as it was sent: an id that had to be mended would be another one's. */
export const isIntact = (text: string): boolean => !text.includes(MENDED);

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  if (source === undefined) {
    // A rounded id would be believed, so a runtime that can't tell the digits must not go on.
    if (Number.isInteger(value)) throw new SyntaxError("This runtime rounds large integers");
    return value;
  }
  return /^-?\d+$/.test(source) ? source : value;
}
