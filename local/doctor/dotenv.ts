/**
 * Reads a file of settings as `supabase secrets set --env-file` does, which is as npm's dotenv does
 * (https://github.com/motdotla/dotenv): unlike `parseEnv` of `node:util`, it takes `NAME: value`
 * and a byte order mark. tests/deployment compares it with the CLI itself.
 */

/** A name, `=` or `: `, and a value: in quotes of three kinds, over several lines too, or bare. */
const LINE = new RegExp(
  /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)/.source +
    /(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?/.source +
    /\s*(?:#.*)?$/.source,
  "gm",
);

export function parseDotenv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [, name = "", given = ""] of text.replace(/\r\n?/g, "\n").matchAll(LINE)) {
    const trimmed = given.trim();
    const value = trimmed.replace(/^(['"`])([\s\S]*)\1$/gm, "$2");
    values[name] = trimmed.startsWith('"')
      ? value.replaceAll("\\n", "\n").replaceAll("\\r", "\r")
      : value;
  }
  return values;
}
