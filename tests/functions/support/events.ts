/**
 * TikTok's events on their way to the functions. TikTok lives by the world's clock, the functions by the
 * real one: what is sent is signed as of now.
 */

import { signWebhook } from "../../../local/tiktok/index.ts";
import { equal } from "./assert.ts";
import type { World } from "./world.ts";

/** Sends what has happened at TikTok and was not told yet; all of it must be taken. */
export async function deliverEvents(world: World): Promise<number> {
  const { delivered, failed } = await world.tiktok.webhooks.deliver(async (input) =>
    await fetch(await signNow(input as Request))
  );
  equal(failed, 0);
  return delivered;
}

/**
 * Sends one event with this content about an account: the same body so many `times`. Made anew it would
 * be another one, if a second has begun meanwhile: it tells when it was made.
 */
export async function sendEvent(
  world: World,
  account: string,
  event: string,
  content: unknown,
  times = 1,
): Promise<void> {
  const url = `${world.host.url}/functions/v1/tiktok-webhook`;
  const built = await world.tiktok.webhooks.build(event, account, content, url);
  for (let sent = 0; sent < times; sent++) {
    const response = await fetch(await signNow(built.clone()));
    await response.body?.cancel();
    equal(response.status, 200);
  }
}

async function signNow(request: Request): Promise<Request> {
  const body = await request.text();
  const secret = Deno.env.get("TIKTOK_CLIENT_SECRET") ?? "";
  const signature = await signWebhook(secret, Math.floor(Date.now() / 1000), body);
  const headers = new Headers(request.headers);
  headers.set("tiktok-signature", signature);
  return new Request(request.url, { method: "POST", headers, body });
}
