import { z } from "zod";
import { parseExactJson } from "./exact_json.ts";
import { Id } from "./fields.ts";
import type { WebhookEvent, WebhookVerdict } from "./types.ts";

/**
 * TikTok delivers again for up to 72 hours, and does not say whether it signs anew each time, so a
 * usual window of minutes could throw late deliveries away. Repeats must be told apart by content.
 * https://developers.tiktok.com/doc/webhooks-overview
 */
export const WEBHOOK_TOLERANCE_SECONDS = 73 * 3600;

/** A signature from the future can only be a clock that is off, and clocks are off by little. */
const MAX_CLOCK_SKEW_SECONDS = 300;

/** One of the two is misspelled on TikTok's pages; whichever is sent, one name comes out. */
const MISSPELLED: Readonly<Record<string, string>> = {
  "post.publish.publicaly_available": "post.publish.publicly_available",
  "post.publish.no_longer_publicaly_available": "post.publish.no_longer_publicly_available",
};

/** JSON can escape a NUL and half a surrogate pair, which no database takes for text. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes("\0");

const Text = z.string().refine(isStorable);

const Content = z.looseObject({
  publish_id: Id.refine(isStorable).optional(),
  post_id: Id.refine(isStorable).optional(),
  publish_type: z.string().optional(),
  reason: z.union([Text, z.number()]).optional(),
});

/** Seconds up to the year 9999, the last that ISO 8601 writes with four digits. */
const UnixSeconds = z.number().int().nonnegative().max(253_402_300_799);

const Body = z.looseObject({
  client_key: z.string().min(1),
  event: Text.min(1).max(200),
  create_time: UnixSeconds,
  user_openid: Text.nullish(),
  content: z.unknown().optional(),
});

/**
 * Verifies and reads a webhook. The signature is `hex(HMAC-SHA256(client_secret, t + "." + body))`
 * over the bytes as they came (https://developers.tiktok.com/doc/webhooks-verification); Web Crypto
 * compares it in constant time. Whose `client_key` it names is for the caller to check.
 */
export async function verifyWebhook(delivery: {
  secret: string;
  /** `TikTok-Signature`: `t=<unix seconds>,s=<hex>`. */
  header: string | null;
  raw_body: Uint8Array;
  now_ms: number;
  /** How old a signature may be; `WEBHOOK_TOLERANCE_SECONDS` is advised. */
  tolerance_seconds: number;
}): Promise<WebhookVerdict> {
  const signature = readSignature(delivery.header);
  if (signature === null) return { ok: false, refusal: "unsigned" };
  const genuine = await verifySignature(delivery.secret, signature, delivery.raw_body);
  if (!genuine) return { ok: false, refusal: "forged" };
  const age_seconds = delivery.now_ms / 1000 - Number(signature.timestamp);
  if (age_seconds > delivery.tolerance_seconds || age_seconds < -MAX_CLOCK_SKEW_SECONDS) {
    return { ok: false, refusal: "stale" };
  }
  const event = readEvent(delivery.raw_body);
  return event === null ? { ok: false, refusal: "unreadable" } : { ok: true, event };
}

type Signature = { timestamp: string; mac: Uint8Array<ArrayBuffer> };

/** Null unless there is exactly one `t` and one `s`. */
function readSignature(header: string | null): Signature | null {
  const fields = new Map<string, string>();
  for (const part of (header ?? "").split(",")) {
    const [name, value] = part.trim().split("=", 2);
    if (name === undefined || value === undefined || fields.has(name)) return null;
    fields.set(name, value);
  }
  const timestamp = fields.get("t") ?? "";
  const hex = fields.get("s") ?? "";
  if (!/^\d{1,12}$/.test(timestamp) || !/^[0-9a-f]{64}$/i.test(hex)) return null;
  const bytes = hex.match(/../g) ?? [];
  return { timestamp, mac: Uint8Array.from(bytes, (byte) => parseInt(byte, 16)) };
}

async function verifySignature(
  secret: string,
  signature: Signature,
  raw_body: Uint8Array,
): Promise<boolean> {
  // An empty secret would make everybody's signature genuine, and Web Crypto refuses such a key.
  if (secret === "") return false;
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  const prefix = encoder.encode(`${signature.timestamp}.`);
  const signed = new Uint8Array(prefix.byteLength + raw_body.byteLength);
  signed.set(prefix);
  signed.set(raw_body, prefix.byteLength);
  return await crypto.subtle.verify("HMAC", key, signature.mac, signed);
}

function readEvent(raw_body: Uint8Array): WebhookEvent | null {
  const body = Body.safeParse(readJson(new TextDecoder().decode(raw_body)));
  if (!body.success) return null;
  const { client_key, event, create_time, user_openid } = body.data;
  const content = Content.safeParse(readContent(body.data.content));
  if (!content.success) return null;
  return {
    client_key,
    event: Object.hasOwn(MISSPELLED, event) ? MISSPELLED[event] ?? event : event,
    created_at: new Date(create_time * 1000).toISOString(),
    user_open_id: user_openid ? user_openid : null,
    content: content.data,
  };
}

/** JSON inside JSON, as documented; an object or nothing at all is read as what it is. */
function readContent(content: unknown): unknown {
  if (content === undefined || content === null || content === "") return {};
  return typeof content === "string" ? readJson(content) : content;
}

/** Undefined, which no schema takes, where the text is not JSON. */
function readJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
