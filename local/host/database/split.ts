/**
 * Splits an SQL script into statements, as `supabase db push` does before it records them.
 *
 * Knows what may hide a semicolon: quotes, dollar quotes, comments (nested ones too). The bodies of
 * SQL-standard functions (`begin atomic … end`) are not known; write those in dollar quotes.
 */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let has_code = false;
  let at = 0;
  while (at < script.length) {
    const after = skipComment(script, at) ?? skipQuoted(script, at);
    if (after !== undefined) {
      has_code ||= !isComment(script, at);
      at = after;
      continue;
    }
    const character = script[at];
    if (character === ";") {
      if (has_code) statements.push(script.slice(start, at).trim());
      start = at + 1;
      has_code = false;
    } else if (character?.trim()) {
      has_code = true;
    }
    at++;
  }
  if (has_code) statements.push(script.slice(start).trim());
  return statements;
}

function isComment(script: string, at: number): boolean {
  return script.startsWith("--", at) || script.startsWith("/*", at);
}

/** Where the comment at this place ends, or `undefined` if there is none. */
function skipComment(script: string, at: number): number | undefined {
  if (script.startsWith("--", at)) return endOf(script, "\n", at + 2);
  if (!script.startsWith("/*", at)) return undefined;
  let depth = 1;
  let next = at + 2;
  while (depth > 0 && next < script.length) {
    if (script.startsWith("/*", next)) [depth, next] = [depth + 1, next + 2];
    else if (script.startsWith("*/", next)) [depth, next] = [depth - 1, next + 2];
    else next++;
  }
  return next;
}

/** Where the quoted text at this place ends, or `undefined` if there is none. */
function skipQuoted(script: string, at: number): number | undefined {
  const character = script[at];
  if (character === '"') return endOf(script, '"', at + 1);
  if (character === "'") {
    const has_escapes = /(?:^|[^\w$])e$/i.test(script.slice(Math.max(0, at - 2), at));
    return has_escapes ? endOfEscaped(script, at + 1) : endOf(script, "'", at + 1);
  }
  // A dollar that continues a name (`a$b$c`) opens nothing.
  if (character !== "$" || /[\w$]/.test(script[at - 1] ?? "")) return undefined;
  const tag = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(script.slice(at, at + 100));
  return tag ? endOf(script, tag[0], at + tag[0].length) : undefined;
}

function endOf(script: string, mark: string, from: number): number {
  const found = script.indexOf(mark, from);
  return found < 0 ? script.length : found + mark.length;
}

function endOfEscaped(script: string, from: number): number {
  for (let at = from; at < script.length; at++) {
    if (script[at] === "\\") at++;
    else if (script[at] === "'") return at + 1;
  }
  return script.length;
}
