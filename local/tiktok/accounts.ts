import type { Account, Video } from "./records.ts";

const DAY_SECONDS = 24 * 3600;

/** Three creators to try things with; the times of their videos count back from `now_ms`. */
export function demoAccounts(now_ms: number): Account[] {
  return [
    {
      ...PLAIN,
      open_id: "-000A1daFilmsOpenIdOnlyForThisApp01",
      union_id: "a1da0000-0000-4000-8000-000000000001",
      username: "ada.films",
      nickname: "Ada Films",
      bio_description: "Short films about large machines.",
      is_verified: true,
      follower_count: 128_430,
      following_count: 212,
      likes_count: 2_310_775,
      videos: demoVideos(now_ms, 23),
    },
    {
      ...PLAIN,
      open_id: "-000BenKeepsThingsPrivateOpenId0002",
      union_id: "be000000-0000-4000-8000-000000000002",
      username: "ben_at_home",
      nickname: "Ben at home",
      bio_description: "Friends only.",
      visibility: "private",
      duet_disabled: true,
      stitch_disabled: true,
      max_video_duration_seconds: 180,
      follower_count: 38,
      following_count: 57,
      likes_count: 412,
    },
    {
      ...PLAIN,
      open_id: "-000CleoMayNotPostAnythingOpenId003",
      union_id: "c1e00000-0000-4000-8000-000000000003",
      username: "cleo.on.hold",
      nickname: "Cleo (banned from posting)",
      posting: "spam_risk_user_banned_from_posting",
      follower_count: 9_204,
      following_count: 3,
      likes_count: 51_020,
      videos: demoVideos(now_ms, 2),
    },
  ];
}

const PLAIN: Omit<Account, "open_id" | "union_id" | "username" | "nickname"> = {
  bio_description: "",
  is_verified: false,
  visibility: "public",
  posting: "allowed",
  comment_disabled: false,
  duet_disabled: false,
  stitch_disabled: false,
  max_video_duration_seconds: 600,
  follower_count: 0,
  following_count: 0,
  likes_count: 0,
  videos: [],
};

function demoVideos(now_ms: number, count: number): Video[] {
  const now_seconds = Math.floor(now_ms / 1000);
  return Array.from({ length: count }, (_, index) => ({
    id: String(7_600_000_000_000_000_123n + BigInt(count - index) * 31_415_926_535_897n),
    create_time: now_seconds - (index + 1) * 2 * DAY_SECONDS,
    title: `Machine no. ${count - index}`,
    duration: 20 + ((index * 7) % 40),
    width: 1080,
    height: 1920,
    view_count: 90_000 - index * 3_100,
    like_count: 7_400 - index * 210,
    comment_count: 310 - index * 9,
    share_count: 120 - index * 4,
  }));
}
