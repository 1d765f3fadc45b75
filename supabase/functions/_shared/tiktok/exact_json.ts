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
