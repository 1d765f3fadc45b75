/** The doors of TikTok's functions, and what their contexts have beyond those of any platform. */

import type { PlatformContext, PlatformPart } from "../http/context.ts";
import { doorOf } from "../http/door.ts";
import { createTikTokClient, type TikTokClient } from "../tiktok/index.ts";
import { createTikTokPlatform } from "./tiktok.ts";
import { TIKTOK_SETTINGS } from "./tiktok_settings.ts";

type TikTokPart = PlatformPart & { tiktok: TikTokClient };

/** What an operation on TikTok's posts gets to work with. */
export type TikTokContext = PlatformContext<typeof TIKTOK_SETTINGS, TikTokPart>;

export const tiktokDoor = doorOf<typeof TIKTOK_SETTINGS, TikTokPart>({
  settings: TIKTOK_SETTINGS,
  make(config, fetchOnce) {
    const tiktok = createTikTokClient({
      api_url: config.TIKTOK_API_URL,
      client_key: config.TIKTOK_CLIENT_KEY,
      client_secret: config.TIKTOK_CLIENT_SECRET,
      fetch: fetchOnce,
    });
    return { tiktok, platform: createTikTokPlatform(config, tiktok) };
  },
});
