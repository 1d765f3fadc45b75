import type { Account, Post, Video } from "../records.ts";
import type { World } from "../world.ts";

/** What strangers see of an account, newest first: its first videos, and what was posted since. */
export function publicVideos(world: World, account: Account): Video[] {
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

/** A coloured square, so that avatars and covers have something to load. */
export function drawPicture(name: string): Response {
  const hue = [...name].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 360, 7);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">` +
    `<rect width="100" height="100" fill="hsl(${hue} 55% 42%)"/>` +
    `<circle cx="50" cy="40" r="18" fill="hsl(${hue} 60% 80%)"/>` +
    `<path d="M14 100a36 36 0 0 1 72 0z" fill="hsl(${hue} 60% 80%)"/></svg>`;
  return new Response(svg, { headers: { "content-type": "image/svg+xml" } });
}
