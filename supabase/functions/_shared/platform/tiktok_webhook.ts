/** TikTok's events (https://developers.tiktok.com/doc/webhooks-events): verified, then taken once. */

import { readBytes } from "../http/body.ts";
import { sha256Hex } from "../http/hash.ts";
import { Problem } from "../http/problem.ts";
import { mayBeRetried, problemOfReason } from "../post/failure_reason.ts";
import { verifyWebhook, WEBHOOK_TOLERANCE_SECONDS, type WebhookEvent } from "../tiktok/index.ts";
import type { TikTokContext } from "./tiktok_door.ts";

/** `reason` of `authorization.removed`. */
const REMOVAL_REASONS: Readonly<Record<string, string>> = {
  "1": "The connection was removed in TikTok.",
  "2": "The TikTok account was deleted.",
  "3": "TikTok ended the connection because the account's age changed.",
  "4": "TikTok banned the account.",
  "5": "The app itself ended the connection.",
};

/** What an event means for the job of its `publish_id`; null changes nothing. */
const STATUS_OF_EVENT: Readonly<Record<string, "published" | "sent_to_inbox" | "failed">> = {
  "post.publish.complete": "published",
  "post.publish.publicly_available": "published",
  "post.publish.inbox_delivered": "sent_to_inbox",
  "post.publish.failed": "failed",
};

/** Answers `{}` for whatever is genuine, known or not. Throws 401. */
export async function receiveTikTokWebhook(
  context: TikTokContext,
  request: Request,
): Promise<Record<string, never>> {
  const raw_body = await readBytes(request);
  const verdict = await verifyWebhook({
    secret: context.config.TIKTOK_CLIENT_SECRET,
    header: request.headers.get("tiktok-signature"),
    raw_body,
    now_ms: context.now_ms(),
    tolerance_seconds: WEBHOOK_TOLERANCE_SECONDS,
  });
  if (!verdict.ok && verdict.refusal === "unreadable") {
    // Genuine, and nothing that we know: another delivery would not read better.
    context.log.warn("webhook_unreadable");
    return {};
  }
  if (!verdict.ok || verdict.event.client_key !== context.config.TIKTOK_CLIENT_KEY) {
    context.log.warn("webhook_refused", { refusal: verdict.ok ? "other_app" : verdict.refusal });
    throw new Problem("unauthorized", "The event is not signed by TikTok for this app.");
  }
  const { event } = verdict;
  const outcome = await context.database.call("receive_webhook", {
    p_body_hash: await sha256Hex(raw_body),
    p_platform: context.platform.name,
    p_name: event.event,
    p_event: interpret(context, event),
  }) as { repeated?: true; applied?: number };
  context.log.info("webhook", { name: event.event, ...outcome });
  return {};
}

function interpret(
  context: TikTokContext,
  { event, created_at, user_open_id, content }: WebhookEvent,
) {
  if (user_open_id === null) return { kind: "other" };
  if (event === "authorization.removed") {
    const detail = REMOVAL_REASONS[String(content.reason)] ?? "TikTok ended the connection.";
    return {
      kind: "authorization_removed",
      platform_user_id: user_open_id,
      at: created_at,
      error: {
        code: "authorization_removed",
        detail: `${detail} Connect the account again to use it.`,
      },
    };
  }
  const status = event === "post.publish.failed" && content.reason === "publish_cancelled"
    ? "cancelled"
    : STATUS_OF_EVENT[event];
  if (status === undefined || content.publish_id === undefined) return { kind: "other" };
  const reason = status === "failed" ? String(content.reason ?? "unknown") : null;
  return {
    kind: "post",
    platform_user_id: user_open_id,
    publish_id: content.publish_id,
    status,
    post_id: content.post_id ?? null,
    may_be_retried: reason !== null && mayBeRetried(reason),
    error: reason === null ? null : problemOfReason(reason).toDocument(context.request_id),
  };
}
