/** Ciphertexts that were moved, damaged or sealed under a key that we lack; never used, nothing lost. */

import { equal } from "../../functions/support/assert.ts";
import type { Attack } from "../support/attack.ts";
import { forgedConnection, newKey, tokenOf } from "../support/sealing.ts";
import type { Stage } from "../support/stage.ts";

/** A call to TikTok is counted before its token is opened. */
const COUNTED = { "private.call_windows": 1 };

/** A connection whose access token's JWE was changed part by part (RFC 7516, section 7.1). */
async function rewritten(
  stage: Stage,
  change: (parts: string[]) => (string | undefined)[],
) {
  const connected = await stage.connected();
  const { id } = connected;
  const [row] = await stage.tamper(
    "select access_token_sealed as token from public.platform_connections where id = $1",
    [id],
  );
  await stage.tamper(
    "update public.platform_connections set access_token_sealed = $2 where id = $1",
    [id, change(String(row?.token).split(".")).join(".")],
  );
  return connected;
}

const used =
  (change: string, params: (stage: Stage) => unknown[] = () => []): Attack["prepare"] =>
  async (stage) => {
    const { person, id } = await forgedConnection(stage, change, params(stage));
    return { strike: () => stage.use(person, id) };
  };

export const attacks: Attack[] = [
  {
    name: "the victim's access token is pasted into the attacker's row",
    refused: [500, "internal"],
    logged: true,
    leaves: { rows: COUNTED },
    prepare: used(`access_token_sealed = ${tokenOf("access_token_sealed")}`, ({ victim }) => [
      victim.connection_id,
    ]),
  },
  {
    name: "the refresh token is pasted into the column of the access token",
    refused: [500, "internal"],
    logged: true,
    leaves: { rows: COUNTED },
    prepare: used("access_token_sealed = refresh_token_sealed"),
  },
  {
    name: "the row's two tokens are exchanged for one another",
    refused: [500, "internal"],
    logged: true,
    leaves: { rows: COUNTED },
    prepare: used(
      "access_token_sealed = refresh_token_sealed, refresh_token_sealed = access_token_sealed",
    ),
  },
  {
    name: "one character of a sealed token is changed",
    refused: [500, "internal"],
    logged: true,
    leaves: { rows: COUNTED },
    async prepare(stage) {
      const { person, id } = await rewritten(stage, ([header, key, iv, text = "", tag]) => {
        const flipped = text.startsWith("A") ? `B${text.slice(1)}` : `A${text.slice(1)}`;
        return [header, key, iv, flipped, tag];
      });
      return { strike: () => stage.use(person, id) };
    },
  },
  {
    name: "a sealed token is replaced by one in the clear",
    refused: [500, "internal"],
    logged: true,
    leaves: { rows: COUNTED },
    prepare: used("access_token_sealed = 'act.made-up!1.va'"),
  },
  {
    name: "a sealed token is replaced by a JWE without encryption",
    refused: [500, "internal"],
    logged: true,
    leaves: { rows: COUNTED },
    async prepare(stage) {
      const place = `platform_connections.access_token:${stage.attacker.connection_id}`;
      const header = btoa(JSON.stringify({ alg: "none", enc: "none", kid: "local", place }));
      const token = btoa("act.made-up!1.va").replaceAll("=", "");
      const forged = `${header.replaceAll("=", "")}..AAAA.${token}.AAAA`;
      const { person, id } = await forgedConnection(stage, "access_token_sealed = $2", [forged]);
      return { strike: () => stage.use(person, id) };
    },
  },
  {
    name: "a sealed token names a key of the attacker's",
    refused: [500, "misconfigured"],
    logged: true,
    leaves: { rows: COUNTED },
    async prepare(stage) {
      const { person, id } = await rewritten(stage, ([header = "", ...rest]) => {
        const forged = JSON.stringify({ ...JSON.parse(atob(header)), kid: "attackers" });
        return [btoa(forged).replaceAll("=", ""), ...rest];
      });
      return { strike: () => stage.use(person, id) };
    },
  },
  {
    name: "the key of a row is missing from the ring; with it, all is well again",
    refused: [500, "misconfigured"],
    logged: true,
    leaves: { rows: COUNTED },
    async prepare(stage) {
      const { person, id } = await stage.connected();
      const ring = Deno.env.get("TOKEN_ENCRYPTION_KEYS") ?? "";
      stage.setEnv(
        "TOKEN_ENCRYPTION_KEYS",
        JSON.stringify({ current: "new", keys: { new: newKey() } }),
      );
      return {
        strike: () => stage.use(person, id),
        async after() {
          Deno.env.set("TOKEN_ENCRYPTION_KEYS", ring);
          equal((await stage.use(person, id)).status, 200);
        },
      };
    },
  },
  {
    name:
      "another key stands in the ring under the row's id; with the right one, all is well again",
    refused: [500, "misconfigured"],
    logged: true,
    leaves: { rows: COUNTED },
    async prepare(stage) {
      const { person, id } = await stage.connected();
      const ring = Deno.env.get("TOKEN_ENCRYPTION_KEYS") ?? "";
      const { current } = JSON.parse(ring);
      stage.setEnv(
        "TOKEN_ENCRYPTION_KEYS",
        JSON.stringify({ current, keys: { [current]: newKey() } }),
      );
      return {
        strike: () => stage.use(person, id),
        async after() {
          Deno.env.set("TOKEN_ENCRYPTION_KEYS", ring);
          equal((await stage.use(person, id)).status, 200);
        },
      };
    },
  },
];
