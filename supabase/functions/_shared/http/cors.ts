/** CORS for the functions that Nexus's pages call. */

/** What supabase-js sends along with a call, and what a page may need to read of an answer. */
const ALLOWED_HEADERS = "authorization, x-client-info, apikey, content-type, accept";
const EXPOSED_HEADERS = "retry-after";
const PREFLIGHT_SECONDS = 3600;

/**
 * The headers for one request: the origin is echoed if it is one of Nexus's own (the origins of
 * NEXUS_REDIRECT_URLS); any other gets none of the permissions.
 */
export function corsHeaders(
  origin: string | null,
  redirectUrls: readonly string[],
  methods: readonly string[],
): Record<string, string> {
  const headers: Record<string, string> = { Vary: "Origin" };
  if (origin === null || !redirectUrls.some((url) => new URL(url).origin === origin)) {
    return headers;
  }
  return {
    ...headers,
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Headers": ALLOWED_HEADERS,
    "Access-Control-Allow-Methods": [...methods, "OPTIONS"].join(", "),
    "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    "Access-Control-Max-Age": String(PREFLIGHT_SECONDS),
  };
}
