import { z } from "zod";
import { apiCall } from "./api_call.ts";
import { askApi } from "./call.ts";
import type { Wire } from "./call.ts";
import { Id, OptionalCount, OptionalText, OptionalUnixSeconds } from "./fields.ts";
import type { TikTokVideo, VideoPage } from "./types.ts";

/** The most that one page or one query may hold (https://developers.tiktok.com/doc/tiktok-api-v2-video-list). */
export const MAX_VIDEOS_PER_CALL = 20;

/** All that a video object has, except the embed code; counts come only if they are asked for. */
const ALL_FIELDS = [
  "id",
  "create_time",
  "title",
  "video_description",
  "duration",
  "width",
  "height",
  "share_url",
  "embed_link",
  "cover_image_url",
  "like_count",
  "comment_count",
  "share_count",
  "view_count",
];

const Video = z.looseObject({
  id: Id,
  create_time: OptionalUnixSeconds,
  title: OptionalText,
  video_description: OptionalText,
  duration: OptionalCount,
  width: OptionalCount,
  height: OptionalCount,
  share_url: OptionalText,
  embed_link: OptionalText,
  cover_image_url: OptionalText,
  like_count: OptionalCount,
  comment_count: OptionalCount,
  share_count: OptionalCount,
  view_count: OptionalCount,
}).transform((video): TikTokVideo => ({
  id: video.id,
  create_time_seconds: video.create_time,
  title: video.title,
  video_description: video.video_description,
  duration_seconds: video.duration,
  width: video.width,
  height: video.height,
  share_url: video.share_url,
  embed_link: video.embed_link,
  cover_image_url: video.cover_image_url,
  like_count: video.like_count,
  comment_count: video.comment_count,
  share_count: video.share_count,
  view_count: video.view_count,
}));

/** A video that can't be told from others is passed over, and costs none of them. */
const Videos = z.array(z.unknown()).nullish().transform((videos) =>
  (videos ?? []).flatMap((video) => Video.safeParse(video).data ?? [])
);

const ListAnswer = z.looseObject({ videos: Videos, cursor: OptionalCount, has_more: z.boolean() });

const QueryAnswer = z.looseObject({ videos: Videos });

export async function listVideos(
  wire: Wire,
  access_token: string,
  page: { fields?: readonly string[]; cursor_ms?: number; max_count?: number },
): Promise<VideoPage> {
  const { cursor_ms, max_count } = page;
  if (max_count !== undefined && !(max_count >= 1 && max_count <= MAX_VIDEOS_PER_CALL)) {
    throw new RangeError(`A page holds 1 to ${MAX_VIDEOS_PER_CALL} videos`);
  }
  const call = apiCall("listVideos", access_token, {
    method: "POST",
    path: withFields("/v2/video/list/", page.fields),
    body: {
      ...(cursor_ms === undefined ? {} : { cursor: cursor_ms }),
      ...(max_count === undefined ? {} : { max_count }),
    },
  });
  const { videos, cursor, has_more } = await askApi(wire, call, ListAnswer);
  return { videos, cursor_ms: cursor, has_more };
}

export async function queryVideos(
  wire: Wire,
  access_token: string,
  ids: readonly string[],
  fields?: readonly string[],
): Promise<TikTokVideo[]> {
  if (ids.length < 1 || ids.length > MAX_VIDEOS_PER_CALL) {
    throw new RangeError(`A query names 1 to ${MAX_VIDEOS_PER_CALL} videos`);
  }
  const call = apiCall("queryVideos", access_token, {
    method: "POST",
    path: withFields("/v2/video/query/", fields),
    body: { filters: { video_ids: ids } },
  });
  return (await askApi(wire, call, QueryAnswer)).videos;
}

/** For these endpoints the fields stay in the query, the rest goes into the body. */
function withFields(path: string, fields: readonly string[] = ALL_FIELDS): string {
  const names = new Set(["id", ...fields]);
  return `${path}?${new URLSearchParams({ fields: [...names].join(",") })}`;
}
