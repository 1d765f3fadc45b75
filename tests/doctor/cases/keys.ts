/** Keys that are not the project's, or not safe. */

import { at, type Cases, json } from "./broken.ts";

const jwks = (keys: unknown[]) => at("/auth/v1/.well-known", json({ keys }, 200));

export const keys: Cases = {
  "a legacy service key": {
    change: { env: { SUPABASE_SECRET_KEY: "eyJhbGciOiJIUzI1NiJ9.e30.x" } },
    finds: {
      "secret key": ["fail", /legacy key.*new API keys/],
      database: ["fail", /refuses SUPABASE_SECRET_KEY/],
    },
  },
  "one key for the schedule and everything else": {
    change: ({ env }) => ({ env: { SUPABASE_SECRET_KEY: env.SUPABASE_CRON_KEY ?? "" } }),
    finds: { "key named cron": ["warn", /same as the secret key.*secret key of its own/] },
  },
  "a secret key of another project": {
    change: { env: { SUPABASE_SECRET_KEY: "sb_secret_of_another" } },
    finds: { database: ["fail", /refuses SUPABASE_SECRET_KEY \(401\)/] },
  },
  "a publishable key of another project": {
    change: { env: { SUPABASE_PUBLISHABLE_KEY: "sb_publishable_of_another" } },
    finds: { "publishable key, tables": ["fail", /not a key of this project/] },
  },
  "a secret key where the publishable one belongs": {
    change: ({ env }) => ({
      env: { SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_SECRET_KEY ?? "" },
      opensSocket: () => Promise.reject(new Error("its address would have held the key")),
    }),
    finds: { "publishable key": ["fail", /is a secret key: whoever has it.*delete it now/] },
  },
  "a page instead of the Data API": {
    change: at("/rest/v1/platform_connections", () => new Response("<html>log in</html>")),
    finds: { "publishable key, tables": ["fail", /not Supabase's Data API \(200\)/] },
  },
  "a page that asks for a password instead of the Data API": {
    change: at("/rest/v1/platform_connections", () => new Response("<html>", { status: 401 })),
    finds: { "publishable key, tables": ["fail", /not Supabase's Data API \(401\)/] },
  },
  "a host that is not Supabase's": {
    change: at("/rest/v1/platform_connections", () => new Response("<html>", { status: 404 })),
    finds: { "publishable key, tables": ["fail", /not Supabase's Data API \(404\)/] },
  },
  "a Data API without its database": {
    change: at("/rest/v1/platform_connections", json({ code: "PGRST001" }, 503)),
    finds: { "publishable key, tables": ["fail", /the Data API answers 503 PGRST001/] },
  },
  "tokens signed with a shared secret": {
    change: jwks([]),
    finds: { "JWT signing keys": ["fail", /shared secret.*rotate to ES256/] },
  },
  "a symmetric signing key": {
    change: jwks([{ kty: "EC" }, { kty: "oct" }]),
    finds: { "JWT signing keys": ["fail", /symmetric/] },
  },
  "no key set": {
    change: at("/auth/v1/.well-known", () => new Response("", { status: 404 })),
    finds: { "JWT signing keys": ["fail", /answers 404 with no key set/] },
  },
};
