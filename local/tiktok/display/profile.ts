import type { Account, Post, Video } from "../records.ts";
import type { Exchange, World } from "../world.ts";

/** An account as the Display API shows it now. */
export function shownAccount(world: World, account: Account): Account {
  const videos = publicVideos(world, account);
  return world.settings.grow({ ...account, videos }, world.settings.now());
}

/** What strangers see of an account, newest first: its first videos, and what was posted since. */
function publicVideos(world: World, account: Account): Video[] {
  if (account.visibility === "private") return [];
  const posted = world.store.all("posts").filter((post) =>
    post.open_id === account.open_id && post.privacy_level === "PUBLIC_TO_EVERYONE" &&
    post.media === "video"
  );
  return [...account.videos, ...posted.map(asVideo)]
    .sort((a, b) => b.create_time - a.create_time || (a.id < b.id ? 1 : -1));
}

function asVideo(post: Post): Video {
  return {
    id: post.post_id,
    create_time: Math.floor(post.published_at / 1000),
    title: post.caption,
    duration: 15,
    width: 1080,
    height: 1920,
    view_count: 0,
    like_count: 0,
    comment_count: 0,
    share_count: 0,
  };
}

/** How long a cover's link works (https://developers.tiktok.com/doc/tiktok-api-v2-video-object). */
const COVER_TTL_SECONDS = 6 * 3600;

/** A link that stops working, as covers' do. */
export function coverUrl(origin: string, video_id: string, now_ms: number): string {
  const expires_at = Math.floor(now_ms / 1000) + COVER_TTL_SECONDS;
  return `${origin}/picture/${video_id}.svg?x-expires=${expires_at}`;
}

/** A coloured square, so that avatars and covers have something to load. */
export function drawPicture({ world, url }: Exchange): Response {
  const expires_at = url.searchParams.get("x-expires");
  if (expires_at !== null && Number(expires_at) * 1000 <= world.settings.now()) {
    return new Response("URL signature expired", { status: 403 });
  }
  const name = url.pathname;
  const hue = [...name].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 360, 7);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">` +
    `<rect width="100" height="100" fill="hsl(${hue} 55% 42%)"/>` +
    `<circle cx="50" cy="40" r="18" fill="hsl(${hue} 60% 80%)"/>` +
    `<path d="M14 100a36 36 0 0 1 72 0z" fill="hsl(${hue} 60% 80%)"/></svg>`;
  return new Response(svg, { headers: { "content-type": "image/svg+xml" } });
}
