/** Where the browser may go after the callback: one of Nexus's own pages, and nothing made from input. */

import { Problem } from "../http/problem.ts";

/**
 * The entry of `allowed` that `requested` names (the first one if left out): same origin and path
 * after URL parsing, no query, fragment or user info. Throws 400.
 */
export function findRedirectTarget(requested: string | undefined, allowed: string[]): string {
  const [first] = allowed;
  if (requested === undefined && first !== undefined) return first;
  const target = allowed.find((url) => requested !== undefined && isSamePage(requested, url));
  if (target !== undefined) return target;
  throw new Problem("invalid_request", "redirect_to is not one of the allowed pages.", {
    errors: [{ path: "redirect_to", message: "must be one of NEXUS_REDIRECT_URLS" }],
  });
}

function isSamePage(requested: string, allowed: string): boolean {
  if (!URL.canParse(requested) || /[?#]/.test(requested)) return false;
  const url = new URL(requested);
  const page = new URL(allowed);
  return url.username === "" && url.password === "" &&
    url.origin === page.origin && url.pathname === page.pathname;
}
