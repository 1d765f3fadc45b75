import { authenticate, readBody, readFields, type Session } from "../bearer.ts";
import { ok } from "../door.ts";
import { checkMembers, isInteger, isObject, isTextList } from "../json.ts";
import type { Video } from "../records.ts";
import { VIDEO_FIELDS } from "../scopes.ts";
import { type Exchange, recordShown } from "../world.ts";
import { coverUrl, shownAccount } from "./profile.ts";

/** POST /v2/video/list/: https://developers.tiktok.com/doc/tiktok-api-v2-video-list */
export async function listVideos(exchange: Exchange): Promise<Response> {
  const session = authenticate(exchange, ["video.list"]);
  const fields = readFields(exchange.url, VIDEO_FIELDS);
  const body = await readBody(exchange.request, true);
  checkMembers(body, {}, {
    cursor: isInteger(0, Number.MAX_SAFE_INTEGER),
    max_count: isInteger(1, 20),
  });
  const asked = (body.max_count as number | undefined) ?? 10;
  const older_than_ms = (body.cursor as number | undefined) ?? Infinity;
  const older = shownAccount(exchange.world, session.account).videos
    .filter((video) => video.create_time * 1000 < older_than_ms);
  const short = exchange.world.settings.short_pages && older.length > asked && asked > 1;
  const page = older.slice(0, short ? asked - 1 : asked);
  const videos = page.map((video) => pick(video, fields, exchange, session));
  recordShown(exchange, { videos });
  return ok(exchange, {
    videos,
    cursor: (page.at(-1)?.create_time ?? 0) * 1000,
    has_more: older.length > page.length,
  });
}

/** POST /v2/video/query/: https://developers.tiktok.com/doc/tiktok-api-v2-video-query */
export async function queryVideos(exchange: Exchange): Promise<Response> {
  const session = authenticate(exchange, ["video.list"]);
  const fields = readFields(exchange.url, VIDEO_FIELDS);
  const body = await readBody(exchange.request);
  checkMembers(body, { filters: isObject });
  const filters = body.filters as Record<string, unknown>;
  checkMembers(filters, { video_ids: isTextList(1, 20) });
  const ids = filters.video_ids as string[];
  const videos = shownAccount(exchange.world, session.account).videos
    .filter((video) => ids.includes(video.id))
    .map((video) => pick(video, fields, exchange, session));
  recordShown(exchange, { videos });
  return ok(exchange, { videos });
}

function pick(
  video: Video,
  fields: string[],
  { world, url }: Exchange,
  { account }: Session,
): Record<string, unknown> {
  const share_url = `https://www.tiktok.com/@${account.username}/video/${video.id}`;
  const embed_link = `https://www.tiktok.com/embed/v2/${video.id}`;
  const all: Record<string, unknown> = {
    ...video,
    title: video.title.slice(0, 150),
    video_description: video.title.slice(0, 150),
    cover_image_url: coverUrl(url.origin, video.id, world.settings.now()),
    share_url,
    embed_link,
    embed_html: `<blockquote cite="${share_url}"></blockquote>`,
  };
  return Object.fromEntries(fields.map((field) => [field, all[field]]));
}
