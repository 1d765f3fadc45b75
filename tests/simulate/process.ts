/** What all seeds of a process share: keys, signed-in users, TikTok's app, the functions themselves. */

import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { type Account, demoAccounts } from "../../local/tiktok/index.ts";
import { repositoryPath } from "../../local/host/index.ts";
import { SUPABASE_URL } from "./supabase.ts";

export type EdgeFunction = { fetch(request: Request): Promise<Response> };

export type User = { id: string; token: string };

export type Process = {
  keys: { publishable: string; secret: string; cron: string };
  users: User[];
  app: { client_key: string; client_secret: string; redirect_uris: string[]; webhook_url: string };
  makeAccounts(now_ms: number): Account[];
  functions: Map<string, EdgeFunction>;
  setEnvironment(change: Record<string, string>): void;
};

const USERS = 3;
const ACCOUNTS = 4;
const keys = {
  publishable: "sb_publishable_simulated_key",
  secret: "sb_secret_simulated_key",
  cron: "sb_secret_simulated_cron_key",
};
const app = {
  client_key: "awsimulatedkey",
  client_secret: "simulated-client-secret-0123456789",
  redirect_uris: [`${SUPABASE_URL}/functions/v1/tiktok-callback`],
  webhook_url: `${SUPABASE_URL}/functions/v1/tiktok-webhook`,
};

/** Both keys can be opened with either of these rings. */
export const SEALING_KEYS: Record<string, Uint8Array<ArrayBuffer>> = {
  one: new Uint8Array(32).fill(7),
  two: new Uint8Array(32).fill(8),
};

export function keyRing(current: string): string {
  const keys = Object.entries(SEALING_KEYS).map(([name, key]) => [
    name,
    key.toBase64({ alphabet: "base64url", omitPadding: true }),
  ]);
  return JSON.stringify({ current, keys: Object.fromEntries(keys) });
}

/** Before the surroundings are put in place: this uses the real ones. */
export async function prepareProcess(
  tiktok_url: string,
  allowed_host: string,
  { users: user_count, accounts } = { users: USERS, accounts: ACCOUNTS },
): Promise<Process> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...await exportJWK(publicKey), alg: "ES256", use: "sig", kid: "simulated" };
  const users = await Promise.all(Array.from({ length: user_count }, async (_, index) => {
    const id = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
    const token = await new SignJWT({ role: "authenticated", is_anonymous: false, session_id: id })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: "simulated" })
      .setSubject(id).setIssuer(`${SUPABASE_URL}/auth/v1`).setAudience("authenticated")
      .setIssuedAt(1).setExpirationTime(4_000_000_000).sign(privateKey);
    return { id, token };
  }));
  const setEnvironment = (change: Record<string, string>) => {
    for (const [name, value] of Object.entries(change)) Deno.env.set(name, value);
  };
  setEnvironment({
    SUPABASE_URL,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishable }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secret, cron: keys.cron }),
    SUPABASE_JWKS: JSON.stringify({ keys: [jwk] }),
    TIKTOK_CLIENT_KEY: app.client_key,
    TIKTOK_CLIENT_SECRET: app.client_secret,
    TIKTOK_REDIRECT_URI: app.redirect_uris[0]!,
    TIKTOK_API_URL: tiktok_url,
    TIKTOK_AUTHORIZE_URL: `${tiktok_url}/v2/auth/authorize/`,
    TOKEN_ENCRYPTION_KEYS: keyRing("one"),
    NEXUS_REDIRECT_URLS: "https://nexus.invalid/connected",
    MEDIA_ALLOWED_HOSTS: allowed_host,
  });
  return {
    keys,
    users,
    app,
    makeAccounts: (now_ms) => makeAccounts(now_ms, accounts),
    functions: await loadFunctions(),
    setEnvironment,
  };
}

/** Those that are called here. */
const SLUGS = [
  "tiktok-initiate",
  "tiktok-callback",
  "tiktok-creator",
  "tiktok-publish",
  "tiktok-disconnect",
  "tiktok-refresh",
  "tiktok-status-poll",
  "tiktok-webhook",
];

async function loadFunctions(): Promise<Map<string, EdgeFunction>> {
  const folder = new URL(`file://${repositoryPath("supabase/functions")}/`);
  const functions = new Map<string, EdgeFunction>();
  for (const slug of SLUGS) {
    functions.set(slug, (await import(new URL(`${slug}/index.ts`, folder).href)).default);
  }
  await loadLazy(new URL("_shared/", folder));
  return functions;
}

/** What a function loads on first use must not come from a disk in the middle of a seed. */
async function loadLazy(folder: URL): Promise<void> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) await loadLazy(new URL(`${name}/`, folder));
    if (!name.endsWith(".ts")) continue;
    const file = new URL(name, folder);
    for (const [, path = ""] of Deno.readTextFileSync(file).matchAll(/ import\("(\.[^"]+)"\)/g)) {
      await import(new URL(path, file).href);
    }
  }
}

function makeAccounts(now_ms: number, count: number): Account[] {
  const [model] = demoAccounts(now_ms) as [Account];
  return Array.from({ length: count }, (_, index) => ({
    ...model,
    open_id: `-000Simulated${index}`,
    union_id: `union-${index}`,
    username: `simulated.${index}`,
    nickname: `Simulated ${index}`,
    videos: [],
  }));
}
