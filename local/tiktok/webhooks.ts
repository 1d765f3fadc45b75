import { toJson } from "./json.ts";
import type { WebhookEvent } from "./records.ts";
import type { World } from "./world.ts";

type Content = Record<string, unknown>;

/** Puts an event into the outbox; nothing is sent before its time, and before somebody asks for it. */
export function recordEvent(
  world: World,
  event: string,
  open_id: string,
  content: Content,
  at = world.settings.now(),
): void {
  const key = String(world.store.all("events").length);
  const publish_id = typeof content.publish_id === "string" ? content.publish_id : null;
  world.store.put("events", key, {
    key,
    event,
    user_openid: open_id,
    content: toJson(content),
    create_time: Math.floor(at / 1000),
    publish_id,
    attempts: 0,
    delivered_at: null,
  });
}

/** `t=<unix seconds>,s=<hex HMAC-SHA256 of "t.body">`: https://developers.tiktok.com/doc/webhooks-verification */
export async function signWebhook(
  client_secret: string,
  timestamp_seconds: number,
  body: string,
): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(client_secret), algorithm, false, [
    "sign",
  ]);
  const mac = await crypto.subtle.sign("HMAC", key, bytes(`${timestamp_seconds}.${body}`));
  const hex = [...new Uint8Array(mac)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `t=${timestamp_seconds},s=${hex}`;
}

/** The signed request of one event, as TikTok sends it. */
export async function buildWebhook(
  world: World,
  { event, user_openid, content, create_time }: Pick<
    WebhookEvent,
    "event" | "user_openid" | "content" | "create_time"
  >,
  url: string,
): Promise<Request> {
  const { client_key, client_secret } = world.settings.app;
  const body = JSON.stringify({ client_key, event, create_time, user_openid, content });
  const timestamp_seconds = Math.floor(world.settings.now() / 1000);
  const signature = await signWebhook(client_secret, timestamp_seconds, body);
  return new Request(url, {
    method: "POST",
    headers: { "content-type": "application/json", "tiktok-signature": signature },
    body,
  });
}

/** Sends what is in the outbox, oldest first. What is not answered with 200 stays there. */
export async function deliverWebhooks(
  world: World,
  fetcher: typeof fetch,
): Promise<{ delivered: number; failed: number }> {
  const url = world.settings.app.webhook_url;
  if (url === null) throw new Error("the app has no webhook_url");
  const counts = { delivered: 0, failed: 0 };
  const due = world.store.all("events").filter((row) =>
    row.delivered_at === null && row.create_time * 1000 <= world.settings.now()
  );
  for (const event of due) {
    const status = await post(await buildWebhook(world, event, url), fetcher);
    const delivered_at = status === 200 ? world.settings.now() : null;
    world.store.patch("events", event.key, { attempts: event.attempts + 1, delivered_at });
    // An app that was told must not read of processing afterwards.
    if (event.publish_id !== null && status === 200) {
      world.store.patch("publishes", event.publish_id, { polls_left: 0 });
    }
    world.store.commit();
    counts[delivered_at === null ? "failed" : "delivered"]++;
  }
  return counts;
}

/** The status, or 0 where nobody answered: TikTok tries again either way. */
async function post(request: Request, fetcher: typeof fetch): Promise<number> {
  try {
    const response = await fetcher(request);
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    if (error instanceof TypeError) return 0;
    throw error;
  }
}
