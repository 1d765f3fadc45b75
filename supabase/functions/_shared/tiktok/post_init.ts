import { z } from "zod";
import { apiCall } from "./api_call.ts";
import { askApi } from "./call.ts";
import type { Wire } from "./call.ts";
import { IdText } from "./fields.ts";
import type {
  PhotoInit,
  PhotoInitAnswer,
  PhotoPost,
  VideoInit,
  VideoInitAnswer,
  VideoPost,
  VideoSource,
} from "./types.ts";

const InitAnswer = z.looseObject({ publish_id: IdText });
const FileInitAnswer = z.looseObject({ publish_id: IdText, upload_url: z.string().min(1) });

/**
 * Opens a video post. There is no idempotency key: an init with `outcome: "unknown"` may have been
 * taken, and one that pulls may even post by itself, so it must not be sent again.
 * https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
 */
export async function initVideoPost(
  wire: Wire,
  access_token: string,
  init: VideoInit,
): Promise<VideoInitAnswer> {
  const direct = init.mode === "direct";
  const call = apiCall("initVideoPost", access_token, {
    method: "POST",
    path: direct ? "/v2/post/publish/video/init/" : "/v2/post/publish/inbox/video/init/",
    body: {
      ...(direct ? { post_info: describeVideo(init.post) } : {}),
      source_info: describeSource(init.source),
    },
  });
  if (init.source.kind === "pull") {
    // A pulled address may be signed, which makes it a secret of the user.
    call.secrets.push(init.source.url);
    const { publish_id } = await askApi(wire, call, InitAnswer);
    return { publish_id, upload_url: null };
  }
  const { publish_id, upload_url } = await askApi(wire, call, FileInitAnswer);
  return { publish_id, upload_url };
}

/** https://developers.tiktok.com/doc/content-posting-api-reference-photo-post */
export async function initPhotoPost(
  wire: Wire,
  access_token: string,
  init: PhotoInit,
): Promise<PhotoInitAnswer> {
  const direct = init.mode === "direct";
  const call = apiCall("initPhotoPost", access_token, {
    method: "POST",
    path: "/v2/post/publish/content/init/",
    body: {
      media_type: "PHOTO",
      post_mode: direct ? "DIRECT_POST" : "MEDIA_UPLOAD",
      post_info: direct ? describePhotos(init.post) : describeWords(init.post ?? {}),
      source_info: {
        source: "PULL_FROM_URL",
        photo_images: init.urls,
        photo_cover_index: init.cover_index,
      },
    },
  });
  call.secrets.push(...init.urls);
  const { publish_id } = await askApi(wire, call, InitAnswer);
  return { publish_id };
}

/** TikTok's switches are negative, so what was not allowed is disabled. */
function describeVideo(post: VideoPost): Record<string, unknown> {
  const { caption, cover_timestamp_ms } = post;
  return {
    ...(caption ? { title: caption } : {}),
    privacy_level: post.privacy_level,
    disable_comment: post.allow_comment !== true,
    disable_duet: post.allow_duet !== true,
    disable_stitch: post.allow_stitch !== true,
    ...(cover_timestamp_ms === undefined ? {} : { video_cover_timestamp_ms: cover_timestamp_ms }),
    brand_organic_toggle: post.brand_organic === true,
    brand_content_toggle: post.brand_content === true,
    is_aigc: post.ai_generated === true,
  };
}

function describePhotos(post: PhotoPost): Record<string, unknown> {
  return {
    ...describeWords(post),
    privacy_level: post.privacy_level,
    disable_comment: post.allow_comment !== true,
    auto_add_music: post.auto_add_music === true,
    brand_organic_toggle: post.brand_organic === true,
    brand_content_toggle: post.brand_content === true,
  };
}

function describeWords(words: { title?: string; description?: string }): Record<string, string> {
  return {
    ...(words.title ? { title: words.title } : {}),
    ...(words.description ? { description: words.description } : {}),
  };
}

function describeSource(source: VideoSource): Record<string, unknown> {
  if (source.kind === "pull") return { source: "PULL_FROM_URL", video_url: source.url };
  return {
    source: "FILE_UPLOAD",
    video_size: source.size_bytes,
    chunk_size: source.chunk_size,
    total_chunk_count: source.total_chunk_count,
  };
}
