/** All that a function asks of its environment; nothing of it leads anywhere. */

const key = new Uint8Array(32).fill(7).toBase64({ alphabet: "base64url", omitPadding: true });

export const FUNCTION_ENVIRONMENT: Record<string, string> = {
  SUPABASE_URL: "https://project.supabase.co",
  SUPABASE_PUBLISHABLE_KEYS: '{"default": "sb_publishable_x"}',
  SUPABASE_SECRET_KEYS: '{"default": "sb_secret_x", "cron": "sb_secret_y"}',
  SUPABASE_JWKS: '{"keys": [{"kty": "EC"}]}',
  TIKTOK_CLIENT_KEY: "key",
  TIKTOK_CLIENT_SECRET: "secret",
  TIKTOK_REDIRECT_URI: "https://nexus.example.com/api/auth/tiktok/callback",
  TOKEN_ENCRYPTION_KEYS: JSON.stringify({ current: "a", keys: { a: key } }),
  NEXUS_REDIRECT_URLS: "https://nexus.example.com/a, https://nexus.example.com/b",
};
