/** A job as TikTok's init wants it. */

import type { PostInfo } from "../contract/post.ts";
import type { ChunkPlan, TikTokClient, VideoSource } from "../tiktok/index.ts";
import type { DrivenJob } from "./job.ts";

/** Sends the init: exactly one request. Throws `TikTokError`. */
export async function sendInit(
  tiktok: TikTokClient,
  access_token: string,
  job: DrivenJob,
  plan: ChunkPlan | null,
): Promise<{ publish_id: string; upload_url: string | null }> {
  const { media, post } = job;
  if (media.type === "photos") {
    const { urls, cover_index } = media;
    const init = post === null
      ? { mode: "draft" as const, urls, cover_index }
      : { mode: "direct" as const, urls, cover_index, post: photoPost(post) };
    return { ...await tiktok.initPhotoPost(access_token, init), upload_url: null };
  }
  const source: VideoSource = media.source.kind === "url" && media.source.transfer === "pull"
    ? { kind: "pull", url: media.source.url }
    : { kind: "file", size_bytes: job.source?.size_bytes ?? 0, ...requirePlan(plan) };
  const init = post === null
    ? { mode: "draft" as const, source }
    : { mode: "direct" as const, source, post };
  return await tiktok.initVideoPost(access_token, init);
}

function requirePlan(plan: ChunkPlan | null): ChunkPlan {
  if (plan === null) throw new Error("an upload has a source with a size");
  return plan;
}

function photoPost(post: PostInfo) {
  const {
    title,
    caption: description,
    privacy_level,
    allow_comment,
    brand_organic,
    brand_content,
  } = post;
  return { title, description, privacy_level, allow_comment, brand_organic, brand_content };
}
