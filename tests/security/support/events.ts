/** Events as TikTok sends them: written, signed, delivered. */

import { signWebhook } from "../../../local/tiktok/index.ts";
import type { Attack } from "./attack.ts";
import type { Stage } from "./stage.ts";

const PATH = "tiktok-webhook";

export type Event = {
  event: string;
  user_openid: string;
  content: unknown;
  create_time?: number;
  client_key?: string;
};

export const now_seconds = () => Math.floor(Date.now() / 1000);

/** By the clock that dates connections. */
export const dated = ({ world }: Stage) => Math.floor(Date.now() / 1000 + world.ahead_seconds);

/** An event's bytes, as TikTok would write them now. */
export function write(stage: Stage, { content, ...event }: Event): string {
  return JSON.stringify({
    client_key: Deno.env.get("TIKTOK_CLIENT_KEY"),
    create_time: dated(stage),
    ...event,
    content: typeof content === "string" ? content : JSON.stringify(content),
  });
}

/** The signature's header: TikTok's own, unless a part of it is given. */
export async function sign(
  body: string,
  { at = now_seconds(), secret = Deno.env.get("TIKTOK_CLIENT_SECRET") ?? "" } = {},
): Promise<string> {
  return await signWebhook(secret, at, body);
}

export const send = ({ world }: Stage, body: string, signature?: string) =>
  world.anyone.post(PATH, body, {
    headers: signature === undefined ? {} : { "tiktok-signature": signature },
  });

/** The end of the victim's connection, if it were believed. */
export const removal = (stage: Stage, change: Partial<Event> = {}): string =>
  write(stage, {
    event: "authorization.removed",
    user_openid: stage.victim.account,
    content: { reason: 1 },
    ...change,
  });

/** An attack by an event that TikTok signed. */
export const signed =
  (makeBody: (stage: Stage) => Promise<string> | string): Attack["prepare"] => async (stage) => {
    const body = await makeBody(stage);
    const signature = await sign(body);
    return { strike: () => send(stage, body, signature) };
  };
