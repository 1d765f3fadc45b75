// @ts-check
/** Nexus's page in a browser: the same page is the one that `redirect_to` names. */

import { createClient } from "@supabase/supabase-js";
// @ts-ignore: installed where this is bundled
import * as tiktok from "@nexus/tiktok";
import { useConnection } from "./scenario.js";

// Written into the page by the test. The checker does not know of pages.
const { document } = /** @type {any} */ (globalThis);
const { url, key } = JSON.parse(document.querySelector("#settings").textContent);

const supabase = createClient(url, key, {
  auth: { detectSessionInUrl: !tiktok.isTikTokRedirect() },
});
const client = tiktok.createTikTokClient(supabase);

// Twice, as a page in React's StrictMode does.
const completed = Promise.allSettled([client.completeConnection(), client.completeConnection()]);

Object.assign(globalThis, {
  supabase,
  client,
  /** @returns what both calls came to */
  completed: async () =>
    (await completed).map((result) =>
      result.status === "fulfilled" ? { connection: result.value } : { code: result.reason.code }
    ),
  /** @param {import("../../../client/src/index.ts").Connection} connection */
  use: async (connection) => {
    const clip = await (await fetch("/clip.mp4")).blob();
    /** @type {(action: string, what: object) => Promise<any>} */
    const desk = async (action, what) => {
      const answer = await fetch(`/${action}`, { method: "POST", body: JSON.stringify(what) });
      return await answer.json();
    };
    return await useConnection({ tiktok, supabase, clip, desk }, connection);
  },
});
