/** The settings of TikTok's functions, besides those of every platform. */

import { z } from "zod";
import type { ConfigWith } from "../config/config.ts";
import { checked, whole } from "../config/parse.ts";
import { parseHttpUrl, parseOrigin, parseRedirectUri } from "../config/urls.ts";

export const TIKTOK_SETTINGS = {
  TIKTOK_CLIENT_KEY: z.string().min(1),
  TIKTOK_CLIENT_SECRET: z.string().min(1),
  TIKTOK_REDIRECT_URI: z.string().transform(checked(parseRedirectUri)),
  TIKTOK_API_URL: z.string().transform(checked(parseOrigin)).default("https://open.tiktokapis.com"),
  TIKTOK_AUTHORIZE_URL: z.string().transform(checked(parseHttpUrl))
    .default("https://www.tiktok.com/v2/auth/authorize/"),
  TIKTOK_PKCE: z.enum(["none", "hex"]).default("none"),
  TIKTOK_DAILY_POST_LIMIT: whole(5, 1_000),
  TIKTOK_DAILY_QUERY_LIMIT: whole(1_000, 100_000_000),
  MEDIA_PROFILE: z.enum(["directive", "tiktok"]).default("directive"),
};

export type TikTokConfig = ConfigWith<typeof TIKTOK_SETTINGS>;
