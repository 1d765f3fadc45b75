import { z } from "zod";
import { apiCall } from "./api_call.ts";
import { askApi } from "./call.ts";
import type { Wire } from "./call.ts";
import { Id, OptionalCount, OptionalText } from "./fields.ts";
import type { PublishStatus } from "./types.ts";

const KnownStatus = z.enum([
  "PROCESSING_UPLOAD",
  "PROCESSING_DOWNLOAD",
  "SEND_TO_USER_INBOX",
  "PUBLISH_COMPLETE",
  "FAILED",
]);

const PostIds = z.array(Id).nullish().transform((ids) => ids ?? []);

const StatusAnswer = z.looseObject({
  status: z.string().min(1).max(100),
  fail_reason: OptionalText,
  // TikTok's own misspelling, and the spelling it may mend it to.
  publicaly_available_post_id: PostIds,
  publicly_available_post_id: PostIds,
  uploaded_bytes: OptionalCount,
  downloaded_bytes: OptionalCount,
});

/** https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status */
export async function readPublishStatus(
  wire: Wire,
  access_token: string,
  publish_id: string,
): Promise<PublishStatus> {
  const call = apiCall("readPublishStatus", access_token, {
    method: "POST",
    path: "/v2/post/publish/status/fetch/",
    body: { publish_id },
  });
  const data = await askApi(wire, call, StatusAnswer);
  const known = KnownStatus.safeParse(data.status);
  const post_ids = [...data.publicaly_available_post_id, ...data.publicly_available_post_id];
  return {
    status: known.success ? known.data : "unknown",
    raw_status: data.status,
    fail_reason: data.fail_reason,
    post_ids: [...new Set(post_ids)],
    uploaded_bytes: data.uploaded_bytes,
    downloaded_bytes: data.downloaded_bytes,
  };
}

/** Best effort: TikTok can stop a download, hardly ever what is processed already. */
export async function cancelPost(
  wire: Wire,
  access_token: string,
  publish_id: string,
): Promise<void> {
  const call = apiCall("cancelPost", access_token, {
    method: "POST",
    path: "/v2/post/publish/cancel/",
    body: { publish_id },
  });
  await askApi(wire, call, z.unknown());
}
