/** Enough to understand a message, too little to fill a log. */
const MAX_TEXT_CHARS = 300;

/** Shorter ones are no secrets, and cutting them out would shred the text. */
const MIN_SECRET_CHARS = 4;

/** Tokens by the prefixes of TikTok's examples, and the token inside an upload address. */
const TOKEN_PATTERN = /\b(?:act|rft|clt)\.[\w.!*%~-]+|\bupload_token=[^&\s"']+/g;

/** What TikTok says may echo what it was sent; this takes the secrets of the call out again. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const pattern of patternsOf(secrets)) clean = clean.replace(pattern, "[redacted]");
  clean = clean.replace(TOKEN_PATTERN, "[redacted]").replace(/\p{Cc}+/gu, " ").trim();
  return clean.length > MAX_TEXT_CHARS ? `${cutAt(clean, MAX_TEXT_CHARS)}…` : clean;
}

/** The beginning of a text, without half of a character at its end, which no database takes. */
export function cutAt(text: string, max_chars: number): string {
  return text.slice(0, max_chars).replace(/[\uD800-\uDBFF]$/, "");
}

/** The parts of an upload address that give access: the whole, and each value of its query. */
export function secretsOfUrl(address: string): string[] {
  const url = URL.parse(address);
  if (url === null) return [address];
  return [address, url.href, url.pathname + url.search, ...url.searchParams.values()];
}

/** Long secrets first, as they may contain others. */
function patternsOf(secrets: readonly string[]): RegExp[] {
  return [...new Set(secrets)]
    .filter((secret) => secret.length >= MIN_SECRET_CHARS)
    .sort((one, other) => other.length - one.length)
    .map((secret) => new RegExp(Array.from(secret.toWellFormed(), formsOf).join(""), "gui"));
}

/** A character as it is, or percent-encoded as in a URL or form, which each library does otherwise. */
function formsOf(character: string): string {
  const bytes = Array.from(new TextEncoder().encode(character));
  const encoded = bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const itself = `\\u{${character.codePointAt(0)?.toString(16)}}`;
  return character === " " ? `(?:${itself}|${encoded}|\\+)` : `(?:${itself}|${encoded})`;
}
