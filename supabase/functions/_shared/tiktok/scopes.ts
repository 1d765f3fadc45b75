/** https://developers.tiktok.com/doc/tiktok-api-scopes */
export const SCOPES = [
  "user.info.basic",
  "user.info.profile",
  "user.info.stats",
  "video.list",
  "video.upload",
  "video.publish",
] as const;

export type Scope = typeof SCOPES[number];

/** Scopes of the retired API and what replaced them: `video.list` covers the query endpoint too. */
const ALIASES: Readonly<Record<string, Scope>> = { "video.query": "video.list" };

/** Without it TikTok does not even tell who connected. */
const ALWAYS_ASKED: Scope = "user.info.basic";

/**
 * The scopes to ask TikTok for: old names replaced, each once, in the order given, with
 * `user.info.basic` in front if it was left out. What is not a scope comes back in `unknown`.
 */
export function normalizeScopes(
  requested: readonly string[],
): { scopes: Scope[]; unknown: string[] } {
  const scopes = new Set<Scope>();
  const unknown: string[] = [];
  for (const name of requested) {
    const scope = Object.hasOwn(ALIASES, name) ? ALIASES[name] : SCOPES.find((it) => it === name);
    if (scope === undefined) unknown.push(name);
    else scopes.add(scope);
  }
  const list = scopes.has(ALWAYS_ASKED) ? [...scopes] : [ALWAYS_ASKED, ...scopes];
  return { scopes: list, unknown };
}

/** TikTok's comma-separated list, as in the token answer and in the redirect back. */
export function parseScopes(list: string): string[] {
  return [...new Set(list.split(/[,\s]+/).filter((scope) => scope !== ""))];
}

/** The needed scopes that were not granted. */
export function missingScopes(granted: readonly string[], needed: readonly Scope[]): Scope[] {
  return needed.filter((scope) => !granted.includes(scope));
}
