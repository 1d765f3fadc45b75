/** The last door: whatever a host, a database or TikTok writes back, no key of ours is said. */

import type { Check } from "./check.ts";
import { readKeyRing } from "./checks/settings.ts";
import type { Target } from "./target.ts";

/** What is shorter is no key, and may be a part of any word. */
const SHORTEST = 8;

export function redact(checks: readonly Check[], target: Target): Check[] {
  const secrets = listSecrets(target);
  const clean = (text: string) =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, "[a key]"), text);
  return checks.map((check) => ({
    ...check,
    detail: clean(check.detail),
    advice: check.advice === null ? null : clean(check.advice),
  }));
}

function listSecrets({ publishable_key, secret_key, cron_key, setting }: Target): string[] {
  const ring = setting("TOKEN_ENCRYPTION_KEYS");
  const sealing_keys = [...readKeyRing(ring)?.keys.values() ?? []].map((key) =>
    key.toBase64({ alphabet: "base64url", omitPadding: true })
  );
  const given = [publishable_key, secret_key, cron_key, setting("TIKTOK_CLIENT_SECRET"), ring];
  return [...given, ...sealing_keys]
    .filter((one) => one !== undefined && one.length >= SHORTEST)
    .map(String)
    // A key that begins another one must not leave the other's end behind.
    .toSorted((one, other) => other.length - one.length);
}
