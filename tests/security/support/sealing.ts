/** What somebody can do to sealed tokens who may write rows. */

import type { Stage } from "./stage.ts";

export const newKey = () =>
  crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url", omitPadding: true });

/** A connection of the attacker's, after somebody has written this into its row. */
export async function forgedConnection(stage: Stage, change: string, params: unknown[] = []) {
  const connected = await stage.connected();
  await stage.tamper(
    `update public.platform_connections set ${change} where id = $1`,
    [connected.id, ...params],
  );
  return connected;
}

/** Another connection's, whose id is the second parameter. */
export const tokenOf = (column: string) =>
  `(select ${column} from public.platform_connections where id = $2)`;
