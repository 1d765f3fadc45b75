/**
 * The client for Nexus's pages, bundled by the host. An app writes `from "@nexus/tiktok"`; here a name
 * that is only known to the host must not be looked for by those who check this file.
 */
export const { createTikTokClient, isTikTokRedirect, TikTokIntegrationError } = await import(
  "/vendor/nexus-tiktok.js"
);
