/** A web server of Nexus's that TikTok may pull from, without a network: TikTok's own `fetch` is given. */

import type { TikTokOptions } from "../../../local/tiktok/index.ts";
import { readClip } from "./media.ts";

/** `.invalid` resolves nowhere (RFC 2606), so nothing but the stand-in can ever reach it. */
export const CDN = "https://cdn.nexus.invalid/";

/** `web.answers_after` can be set at any time, and holds up what is fetched from then on. */
export function pullable(web?: { answers_after: Promise<void> }): Partial<TikTokOptions> {
  return {
    verified_url_prefixes: [CDN],
    fetch: async (input) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      await web?.answers_after;
      if (pathname === "/missing.mp4") return new Response(null, { status: 404 });
      return new Response(await readClip());
    },
  };
}
