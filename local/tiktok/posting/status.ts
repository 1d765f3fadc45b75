import { authenticate, readBody, type Session } from "../bearer.ts";
import { ok } from "../door.ts";
import { ApiFailure } from "../failures.ts";
import { checkMembers, isText } from "../json.ts";
import type { Publish } from "../records.ts";
import type { Exchange, World } from "../world.ts";
import { failPublish } from "./settle.ts";

const EITHER = ["video.publish", "video.upload"];

/** POST /v2/post/publish/status/fetch/: https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status */
export async function fetchStatus(exchange: Exchange): Promise<Response> {
  const session = authenticate(exchange, EITHER);
  const publish = await readPublish(exchange, session);
  const { source, fail_reason } = publish;
  const bytes = exchange.world.pulls.get(publish.publish_id)?.bytes ?? publish.bytes;
  const status = wordStatus(publish);
  if (publish.polls_left > 0) {
    exchange.world.store.patch("publishes", publish.publish_id, {
      polls_left: publish.polls_left - 1,
    });
  }
  return ok(exchange, {
    status,
    ...(fail_reason === null ? {} : { fail_reason }),
    publicaly_available_post_id: status === "PUBLISH_COMPLETE"
      ? moderatedIds(exchange.world, publish).map(BigInt)
      : [],
    ...(source === "FILE_UPLOAD" ? { uploaded_bytes: bytes } : { downloaded_bytes: bytes }),
  });
}

/** The ids of public posts that moderation is done with. */
function moderatedIds({ settings, store }: World, { post_ids }: Publish): string[] {
  const until = settings.now() - settings.moderation_ms;
  return post_ids.filter((id) => (store.get("posts", id)?.published_at ?? 0) <= until);
}

function wordStatus({ status, source, polls_left }: Publish): string {
  if (status === "failed") return "FAILED";
  if (status === "uploading" || status === "downloading" || polls_left > 0) {
    return source === "FILE_UPLOAD" ? "PROCESSING_UPLOAD" : "PROCESSING_DOWNLOAD";
  }
  return status === "in_inbox" ? "SEND_TO_USER_INBOX" : "PUBLISH_COMPLETE";
}

/** POST /v2/post/publish/cancel/ ends a download that is under way; nothing else. */
export async function cancelPublish(exchange: Exchange): Promise<Response> {
  const session = authenticate(exchange, EITHER);
  const { publish_id, status } = await readPublish(exchange, session);
  if (status !== "downloading") {
    throw new ApiFailure("publish_not_cancellable", "the publish is past cancelling");
  }
  failPublish(exchange.world, publish_id, "publish_cancelled");
  exchange.world.pulls.get(publish_id)?.abort.abort();
  return ok(exchange);
}

async function readPublish({ world, request }: Exchange, { account }: Session): Promise<Publish> {
  const body = await readBody(request);
  checkMembers(body, { publish_id: isText() });
  const publish = world.store.get("publishes", body.publish_id as string);
  if (publish === undefined) throw new ApiFailure("invalid_publish_id", "no such publish_id");
  if (publish.open_id !== account.open_id) {
    throw new ApiFailure("token_not_authorized_for_specified_publish_id", "another account's");
  }
  return publish;
}
