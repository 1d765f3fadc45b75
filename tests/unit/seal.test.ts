/** Sealed secrets open where they belong, and nowhere else. */

import { ok, rejects, strictEqual } from "node:assert/strict";
import { CompactEncrypt } from "jose";
import fc from "fast-check";
import type { KeyRing } from "../../supabase/functions/_shared/config/key_ring.ts";
import {
  createSealer,
  type SealedPlace,
  SealError,
  type SealFault,
} from "../../supabase/functions/_shared/token/seal.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);
const ring = (current: string, keys: Record<string, Uint8Array<ArrayBuffer>>): KeyRing => ({
  current,
  keys: new Map(Object.entries(keys)),
});
const PLACE: SealedPlace = "platform_connections.access_token:1";
const sealer = createSealer(ring("a", { a: key(1) }));

const failsWith = (fault: SealFault, key_id?: string) => (error: unknown) => {
  ok(error instanceof SealError, String(error));
  strictEqual(error.fault, fault);
  if (key_id !== undefined) strictEqual(error.key_id, key_id);
  return true;
};

Deno.test("any text comes back, and never looks the same twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), async (secret) => {
      const [first, second] = await Promise.all([
        sealer.seal(PLACE, secret),
        sealer.seal(PLACE, secret),
      ]);
      strictEqual(await sealer.open(PLACE, first), secret.toWellFormed());
      ok(first !== second);
      if (secret.length > 8) ok(!first.includes(secret));
    }),
    { numRuns: 50 },
  );
});

Deno.test("it is JWE with A256GCM under the named key", async () => {
  const [header] = (await sealer.seal(PLACE, "x")).split(".");
  const shown = JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(header!, { alphabet: "base64url" })),
  );
  strictEqual(`${shown.alg} ${shown.enc} ${shown.kid}`, "dir A256GCM a");
});

Deno.test("a ciphertext in another row or column does not open", async () => {
  const sealed = await sealer.seal(PLACE, "secret");
  const elsewhere: SealedPlace[] = [
    "platform_connections.access_token:2",
    "platform_connections.refresh_token:1",
    "publish_jobs.upload_url:1",
  ];
  for (const place of elsewhere) {
    await rejects(sealer.open(place, sealed), failsWith("wrong_place"));
  }
});

Deno.test("not one character may be changed", async () => {
  const sealed = await sealer.seal(PLACE, "secret");
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), async (at) => {
      const flipped = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
      // The last character of a part may carry bits that decoding drops: then nothing was changed.
      const opened = await sealer.open(PLACE, flipped).catch((error) => error);
      ok(opened instanceof SealError || opened === "secret", String(opened));
    }),
    { numRuns: 200 },
  );
});

Deno.test("keys", async (t) => {
  const old = await sealer.seal(PLACE, "secret");
  await t.step("an old key opens, the current one seals", async () => {
    const both = createSealer(ring("b", { a: key(1), b: key(2) }));
    strictEqual(both.key_id, "b");
    strictEqual(both.old_key_ids.join(), "a");
    strictEqual(await both.open(PLACE, old), "secret");
  });
  await t.step("a missing key is told by its id", async () => {
    const other = createSealer(ring("b", { b: key(2) }));
    await rejects(other.open(PLACE, old), failsWith("key_missing", "a"));
  });
  await t.step("another key under the same id is told by that id", async () => {
    const mixedUp = createSealer(ring("a", { a: key(9) }));
    await rejects(mixedUp.open(PLACE, old), failsWith("key_wrong", "a"));
  });
  await t.step("what is no JWE is damage", async () => {
    for (const text of ["", "x", "a.b.c.d.e", "eyJhbGciOiJub25lIn0...."]) {
      await rejects(sealer.open(PLACE, text), failsWith("damaged"));
    }
  });
  await t.step("another algorithm under our own key is damage", async () => {
    const foreign = await new CompactEncrypt(new TextEncoder().encode("secret"))
      .setProtectedHeader({ alg: "A256GCMKW", enc: "A256GCM", kid: "a", place: PLACE })
      .encrypt(key(1));
    await rejects(sealer.open(PLACE, foreign), failsWith("damaged"));
  });
});

Deno.test("an error holds nothing of what was sealed", async () => {
  const sealed = await sealer.seal(PLACE, "act.secret");
  const error = await sealer.open("a.b:c", sealed).catch((error) => error);
  ok(!Deno.inspect(error, { depth: 9 }).includes("act.secret"));
  ok(!Deno.inspect(error, { depth: 9 }).includes(sealed.slice(-20)));
});
