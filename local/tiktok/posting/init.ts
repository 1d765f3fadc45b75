import { authenticate, readBody, requireScope } from "../bearer.ts";
import { ok } from "../door.ts";
import { invalid } from "../failures.ts";
import { checkMembers, isObject, isText } from "../json.ts";
import type { Account, Publish, Upload } from "../records.ts";
import type { Exchange } from "../world.ts";
import { checkDraftRoom, checkMayPost } from "./creator.ts";
import { applyAccount, checkPhotoPost, checkVideoPost } from "./post_info.ts";
import { startPull } from "./pull.ts";
import {
  type FileSource,
  type PullSource,
  readPhotoSource,
  readVideoSource,
} from "./source_info.ts";

type Json = Record<string, unknown>;
const HOUR_MS = 3600 * 1000;

/** POST /v2/post/publish/video/init/ */
export async function initDirectVideo(exchange: Exchange): Promise<Response> {
  const { account } = authenticate(exchange, ["video.publish"]);
  const body = await readBody(exchange.request);
  checkMembers(body, { post_info: isObject, source_info: isObject });
  const post_info = body.post_info as Json;
  checkVideoPost(post_info);
  const { settings } = exchange.world;
  const source = readVideoSource(body.source_info as Json, settings.verified_url_prefixes);
  checkMayPost(exchange.world, account, post_info.privacy_level as string);
  return begin(exchange, account, "video", "direct", post_info, source);
}

/** POST /v2/post/publish/inbox/video/init/: https://developers.tiktok.com/doc/content-posting-api-reference-upload-video */
export async function initDraftVideo(exchange: Exchange): Promise<Response> {
  const { account } = authenticate(exchange, ["video.upload"]);
  const body = await readBody(exchange.request);
  checkMembers(body, { source_info: isObject });
  const { settings } = exchange.world;
  const source = readVideoSource(body.source_info as Json, settings.verified_url_prefixes);
  checkDraftRoom(exchange.world, account);
  return begin(exchange, account, "video", "draft", {}, source);
}

/** POST /v2/post/publish/content/init/ */
export async function initPhotos(exchange: Exchange): Promise<Response> {
  const session = authenticate(exchange, ["video.publish", "video.upload"]);
  const { account } = session;
  const body = await readBody(exchange.request);
  const text = isText();
  checkMembers(
    body,
    { media_type: text, post_mode: text, source_info: isObject },
    { post_info: isObject },
  );
  if (body.media_type !== "PHOTO") throw invalid("media_type is unknown");
  if (body.post_mode !== "DIRECT_POST" && body.post_mode !== "MEDIA_UPLOAD") {
    throw invalid("post_mode is unknown");
  }
  const mode = body.post_mode === "MEDIA_UPLOAD" ? "draft" : "direct";
  requireScope(session, [mode === "draft" ? "video.upload" : "video.publish"]);
  const post_info = (body.post_info ?? {}) as Json;
  checkPhotoPost(post_info, mode);
  const { settings } = exchange.world;
  const source = readPhotoSource(body.source_info as Json, settings.verified_url_prefixes);
  if (mode === "direct") {
    checkMayPost(exchange.world, account, post_info.privacy_level as string);
  } else {
    checkDraftRoom(exchange.world, account);
  }
  return begin(exchange, account, "photos", mode, post_info, source);
}

function begin(
  exchange: Exchange,
  account: Account,
  media: Publish["media"],
  mode: Publish["mode"],
  post_info: Json,
  source: FileSource | PullSource,
): Response {
  const { world } = exchange;
  const publish_id = world.minter.publishId(media, mode, source.source);
  const is_file = source.source === "FILE_UPLOAD";
  world.store.put("publishes", publish_id, {
    publish_id,
    open_id: account.open_id,
    media,
    mode,
    source: source.source,
    urls: is_file ? [] : source.urls,
    title: (post_info.title as string | undefined) ?? "",
    description: (post_info.description as string | undefined) ?? "",
    privacy_level: (post_info.privacy_level as string | undefined) ?? null,
    post_info: mode === "direct" ? applyAccount(post_info, account) : post_info,
    status: is_file ? "uploading" : "downloading",
    polls_left: 0,
    fail_reason: null,
    bytes: 0,
    post_ids: [],
    files: [],
    created_at: world.settings.now(),
  });
  if (is_file) {
    const { upload_url } = openUpload(exchange, publish_id, source);
    return ok(exchange, { publish_id, upload_url });
  }
  startPull(world, publish_id);
  return ok(exchange, { publish_id });
}

/** The upload goes to this very host and port, and is good for an hour. */
function openUpload({ world, url }: Exchange, publish_id: string, source: FileSource): Upload {
  const upload_id = world.minter.uploadId();
  const upload_token = world.minter.uploadToken();
  const query = new URLSearchParams({ upload_id, upload_token });
  return world.store.put("uploads", upload_id, {
    upload_id,
    upload_token,
    upload_url: `${url.origin}/video/?${query}`,
    publish_id,
    total_bytes: source.video_size,
    chunk_size: source.chunk_size,
    chunk_count: source.total_chunk_count,
    uploaded_bytes: 0,
    expires_at: world.settings.now() + HOUR_MS,
    file_path: `${world.media_dir}/${upload_id}.video`,
  });
}
