/** Events that are not TikTok's, or not for this app: no effect whatever. */

import type { Attack } from "../support/attack.ts";
import { now_seconds, removal, send, sign, signed } from "../support/events.ts";

const HOUR_SECONDS = 3600;

/** An attack whose event is in order but for its signature. */
const signedLike = (
  makeSignature: (body: string) => Promise<string | undefined> | string | undefined,
): Attack["prepare"] =>
async (stage) => {
  const body = removal(stage);
  const signature = await makeSignature(body);
  return { strike: () => send(stage, body, signature) };
};

const SIGNATURES: [string, Parameters<typeof signedLike>[0]][] = [
  ["no signature", () => undefined],
  ["an empty signature", () => ""],
  ["a made-up signature", () => `t=${now_seconds()},s=${"0".repeat(64)}`],
  ["a signature with another secret", (body) => sign(body, { secret: "guessed" })],
  ["a signature with an empty secret", async (body) => {
    // Web Crypto takes no empty key; HMAC pads a key with zeros, so this is the same one.
    return await sign(body, { secret: "\0" });
  }],
  [
    "a signature with the client key as the secret",
    (body) => sign(body, { secret: Deno.env.get("TIKTOK_CLIENT_KEY") ?? "" }),
  ],
  ["a signature over other bytes", (body) => sign(`${body} `)],
  ["a signature over another time", async (body) => {
    const signature = await sign(body, { at: now_seconds() - 60 });
    return signature.replace(/t=\d+/, `t=${now_seconds()}`);
  }],
  ["a signature of which only the half is there", async (body) => (await sign(body)).slice(0, -32)],
  ["a signature with two times", async (body) => `t=1,${await sign(body)}`],
  [
    "two signatures, the second TikTok's",
    async (body) => `s=${"0".repeat(64)},${await sign(body)}`,
  ],
  ["a signature without its time", async (body) => (await sign(body)).replace(/t=\d+,/, "")],
  [
    "a signature that is 73 hours and a minute old",
    (body) => sign(body, { at: now_seconds() - 73 * HOUR_SECONDS - 60 }),
  ],
  ["a signature from ten minutes ahead", (body) => sign(body, { at: now_seconds() + 600 })],
  ["a time that is no number", async (body) => (await sign(body)).replace(/t=\d+/, "t=1e9")],
];

export const attacks: Attack[] = [
  ...SIGNATURES.map(([what, makeSignature]): Attack => ({
    name: `an event with ${what}`,
    refused: [401, "unauthorized"],
    prepare: signedLike(makeSignature),
  })),
  {
    name: "TikTok's signature on an event that was changed on its way",
    refused: [401, "unauthorized"],
    async prepare(stage) {
      const body = removal(stage, { user_openid: stage.attacker.account });
      const signature = await sign(body);
      const changed = body.replace(stage.attacker.account, stage.victim.account);
      return { strike: () => send(stage, changed, signature) };
    },
  },
  {
    name: "an event of another app, rightly signed",
    refused: [401, "unauthorized"],
    prepare: signed((stage) => removal(stage, { client_key: "aw-other-app" })),
  },
  {
    name: "an event of an app whose name begins like ours",
    refused: [401, "unauthorized"],
    prepare: signed((stage) =>
      removal(stage, { client_key: `${Deno.env.get("TIKTOK_CLIENT_KEY")}x` })
    ),
  },
];
