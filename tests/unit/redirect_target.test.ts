/** Where the browser may go: always an entry of the list, to the letter. */

import { ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { findRedirectTarget } from "../../supabase/functions/_shared/connection/redirect_target.ts";
import { Problem } from "../../supabase/functions/_shared/http/problem.ts";

const ALLOWED = [
  "https://app.nexus.example/connected",
  "https://beta.nexus.example:8443/tiktok/done",
];

Deno.test("the first one if nothing is asked", () => {
  strictEqual(findRedirectTarget(undefined, ALLOWED), ALLOWED[0]);
});

Deno.test("whatever is asked, the answer is of the list or a 400", () => {
  const pieces = fc.constantFrom(
    "https:",
    "http:",
    "//",
    "/",
    "\\",
    "@",
    ":",
    "?",
    "#",
    "..",
    ".",
    "%2e",
    "%2f",
    "app",
    "beta",
    ".nexus.example",
    "app.nexus.example",
    "beta.nexus.example:8443",
    "connected",
    "tiktok/done",
    "evil.example",
    "javascript:",
    "\t",
    " ",
    "é",
    "%00",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 10 }).map((parts) => parts.join("")), (requested) => {
      try {
        const target = findRedirectTarget(requested, ALLOWED);
        ok(ALLOWED.includes(target));
        const [asked, found] = [new URL(requested), new URL(target)];
        strictEqual(`${asked.origin}${asked.pathname}`, `${found.origin}${found.pathname}`);
        strictEqual(asked.search + asked.hash + asked.username + asked.password, "");
      } catch (error) {
        ok(error instanceof Problem && error.status === 400, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("each entry names itself, and with anything behind it nothing", () => {
  for (const url of ALLOWED) {
    strictEqual(findRedirectTarget(url, ALLOWED), url);
    for (const more of ["/", "?", "#", "x", "%20", ".", "//"]) {
      throws(() => findRedirectTarget(url + more, ALLOWED), Problem, url + more);
    }
  }
});
