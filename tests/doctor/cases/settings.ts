/** Settings that cannot be right. */

import { type Cases } from "./broken.ts";
import { makeKey } from "../support.ts";

const ring = (current: string, keys: Record<string, string>) => ({
  TOKEN_ENCRYPTION_KEYS: JSON.stringify({ current, keys }),
});

export const settings: Cases = {
  "a setting that is missing": {
    change: { settings: { TIKTOK_CLIENT_SECRET: "" } },
    finds: { TIKTOK_CLIENT_SECRET: ["fail", /is not set.*developers\.tiktok\.com/] },
  },
  "a limit that is no number": {
    change: { settings: { TIKTOK_DAILY_POST_LIMIT: "many" } },
    finds: { TIKTOK_DAILY_POST_LIMIT: ["fail", /whole number/] },
  },
  "a setting with a value that it does not have": {
    change: { settings: { TIKTOK_PKCE: "plain", MEDIA_PROFILE: "Directive" } },
    finds: {
      TIKTOK_PKCE: ["fail", /^must be none or hex /],
      MEDIA_PROFILE: ["fail", /^must be directive or tiktok /],
    },
  },
  "a misspelt name": {
    change: { settings: { TIKTOK_CLIENT_KYE: "aw1", NEXUS_REDIRECT_URL: "https://nexus.test/" } },
    finds: {
      TIKTOK_CLIENT_KYE: ["warn", /no function reads.*Did you mean TIKTOK_CLIENT_KEY\?/],
      NEXUS_REDIRECT_URL: ["warn", /Did you mean NEXUS_REDIRECT_URLS\?/],
    },
  },
  "a name of ours that nothing resembles": {
    change: { settings: { TIKTOK_SOMETHING_ELSE: "x", NEXUS_URL: "", ANOTHER_PROGRAM: "x" } },
    finds: { TIKTOK_SOMETHING_ELSE: ["warn", /docs\/deploying\.md lists/] },
  },
  "a placeholder": {
    change: { settings: { TIKTOK_CLIENT_KEY: "YOUR_CLIENT_KEY" } },
    finds: { TIKTOK_CLIENT_KEY: ["warn", /placeholder/] },
  },
  "a key ring without its current key": {
    change: { settings: ring("k2", { k1: makeKey(0) }) },
    finds: { TOKEN_ENCRYPTION_KEYS: ["fail", /current key is not among its keys/] },
  },
  "an encryption key of 16 bytes": {
    change: { settings: ring("k1", { k1: "AAECAwQFBgcICQoLDA0ODw" }) },
    finds: { TOKEN_ENCRYPTION_KEYS: ["fail", /16 bytes long, not 32.*Make a key/] },
  },
  "an encryption key that is not random": {
    change: { settings: ring("k1", { k1: "A".repeat(43) }) },
    finds: { "key ring": ["fail", /not random.*Add a random key/] },
  },
  "two ids of one encryption key": {
    change: { settings: ring("k2", { k1: makeKey(0), k2: makeKey(0) }) },
    finds: {
      "key ring": ["warn", /the same key/],
      "sealed rows": ["warn", /k1 seals no row any more/],
    },
  },
  "a redirect URI with a query": {
    change: { settings: { TIKTOK_REDIRECT_URI: "https://nexus.test/back?tenant=1" } },
    finds: { TIKTOK_REDIRECT_URI: ["fail", /no query or fragment/] },
  },
  "a redirect URI of 512 characters": {
    change: { settings: { TIKTOK_REDIRECT_URI: `https://nexus.test/${"a".repeat(493)}` } },
    finds: { TIKTOK_REDIRECT_URI: ["fail", /shorter than 512/] },
  },
  "a redirect URI without https": {
    change: { settings: { TIKTOK_REDIRECT_URI: "http://localhost/back" } },
    finds: { "TIKTOK_REDIRECT_URI, where it leads": ["fail", /TikTok takes https alone/] },
  },
  "a redirect URI of somebody else": {
    change: { settings: { TIKTOK_REDIRECT_URI: "https://elsewhere.test/back" } },
    finds: { "TIKTOK_REDIRECT_URI, where it leads": ["fail", /no origin of NEXUS_REDIRECT_URLS/] },
  },
  "a redirect URI of another project": {
    change: {
      settings: { TIKTOK_REDIRECT_URI: "https://p.supabase.co/functions/v1/tiktok-callback" },
    },
    finds: { "TIKTOK_REDIRECT_URI, where it leads": ["warn", /a name of this project/] },
  },
  "a page of a developer's own machine": {
    change: {
      settings: { NEXUS_REDIRECT_URLS: "https://nexus.test/connections,http://localhost/x" },
    },
    finds: { "NEXUS_REDIRECT_URLS, https": ["fail", /development alone/] },
  },
  "a host that may be fetched unguarded": {
    change: { settings: { MEDIA_ALLOWED_HOSTS: "10.0.0.1:80" } },
    finds: { "MEDIA_ALLOWED_HOSTS, unset": ["warn", /10\.0\.0\.1:80 unguarded.*Unset it/] },
  },
  "a stand-in instead of TikTok": {
    change: { settings: { TIKTOK_API_URL: "https://stand-in.test" } },
    finds: { "TIKTOK_API_URL, TIKTOK_AUTHORIZE_URL": ["warn", /that is not TikTok/] },
  },
};
