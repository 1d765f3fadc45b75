/**
 * What a hosted project is given once and keeps: its keys. Made on the first start, then read from
 * `host.json` in the data folder, so that tokens, sealed rows and upload addresses outlive a restart.
 */
import { exportJWK, generateKeyPair, type JWK } from "jose";

/** The demo host's secrets. They guard nothing but a developer's own machine. */
export interface HostKeys {
  /** Private ES256 key as a JWK with its `kid`; user tokens are signed with it. */
  signing_key: JWK;
  publishable: string;
  secret: string;
  /** The secret key named `cron`: what the schedule shows the functions. */
  cron: string;
  /** `TOKEN_ENCRYPTION_KEYS` as JSON. */
  token_encryption_keys: string;
  tiktok_client_key: string;
  tiktok_client_secret: string;
  /** Where the stand-in listened last: stored upload addresses name its port. */
  tiktok_port: number | null;
}

/** Reads the folder's keys or makes them. Without a folder they live as long as the host. */
export async function openKeys(data_dir: string | undefined): Promise<HostKeys> {
  if (!data_dir) return await makeKeys();
  try {
    return JSON.parse(await Deno.readTextFile(keysPath(data_dir)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const keys = await makeKeys();
  await saveKeys(data_dir, keys);
  return keys;
}

/** Replaces the file in one step, so that a kill leaves the old one or the new one. */
export async function saveKeys(data_dir: string, keys: HostKeys): Promise<void> {
  const path = keysPath(data_dir);
  await Deno.writeTextFile(`${path}.partial`, JSON.stringify(keys, null, 2), { mode: 0o600 });
  await Deno.rename(`${path}.partial`, path);
}

/** The public half of the signing key, as `/auth/v1/.well-known/jwks.json` shows it. */
export function publicKeySet({ signing_key }: HostKeys): { keys: JWK[] } {
  const { d: _private, ...public_key } = signing_key;
  return { keys: [{ ...public_key, key_ops: ["verify"] }] };
}

async function makeKeys(): Promise<HostKeys> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const kid = crypto.randomUUID();
  return {
    signing_key: { ...await exportJWK(privateKey), alg: "ES256", use: "sig", kid },
    publishable: `sb_publishable_${randomText(16)}_${randomText(6)}`,
    secret: `sb_secret_${randomText(16)}_${randomText(6)}`,
    cron: `sb_secret_${randomText(16)}_${randomText(6)}`,
    token_encryption_keys: JSON.stringify({ current: "local", keys: { local: randomText(32) } }),
    tiktok_client_key: `aw${randomText(12).replaceAll(/[-_]/g, "0").toLowerCase()}`,
    tiktok_client_secret: randomText(24),
    tiktok_port: null,
  };
}

function keysPath(data_dir: string): string {
  return `${data_dir}/host.json`;
}

function randomText(size_bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(size_bytes)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
