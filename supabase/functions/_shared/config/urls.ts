/** The URLs of the environment. Each parser throws an `Error` whose message says what is wrong. */

/** An absolute `https` URL, or `http`; no user info. The trailing slash of a bare origin is dropped. */
export function parseHttpUrl(text: string): string {
  const url = parse(text);
  if (url.hash !== "") throw new Error("must have no fragment");
  return text.replace(/\/+$/, url.pathname === "/" ? "" : "$&");
}

/** Scheme, host and port alone, as `https://open.tiktokapis.com`. */
export function parseOrigin(text: string): string {
  const url = parse(text);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new Error("must be an origin: scheme, host and port, with no path");
  }
  return url.origin;
}

/**
 * A redirect URI as TikTok registers it (https://developers.tiktok.com/doc/login-kit-web): absolute,
 * `https` (or loopback, for development), static, below 512 characters, no query, no fragment.
 */
export function parseRedirectUri(text: string): string {
  const url = parse(text);
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) throw new Error("must be https");
  if (text.includes("?") || text.includes("#")) throw new Error("must have no query or fragment");
  if (text.length >= 512) throw new Error("must be shorter than 512 characters");
  return text;
}

/** `127.0.0.1:8080`, `[::1]:8080` or `media.example.com:443`: no scheme, no path. */
export function isHostWithPort(text: string): boolean {
  return /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/.test(text) &&
    URL.canParse(`http://${text}`);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

function parse(text: string): URL {
  if (!URL.canParse(text)) throw new Error("is not an absolute URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new Error("must be http(s)");
  if (url.username !== "" || url.password !== "") throw new Error("must have no user info");
  return url;
}
