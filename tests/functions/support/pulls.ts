/** A web server of Nexus's that TikTok may pull from, without a network: TikTok's own `fetch` is given. */

import type { TikTokOptions } from "../../../local/tiktok/index.ts";
import { readClip } from "./media.ts";

/** `.invalid` resolves nowhere (RFC 2606), so nothing but the stand-in can ever reach it. */
export const CDN = "https://cdn.nexus.invalid/";

export function pullable(): Partial<TikTokOptions> {
  return {
    verified_url_prefixes: [CDN],
    fetch: async (input) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname === "/missing.mp4") return new Response(null, { status: 404 });
      return new Response(await readClip());
    },
  };
}
