/** What the database tells of figures, in the words of the contract. */

import type { AnalyticsAnswer, ProfileFigures, VideoFigures } from "../contract/analytics.ts";
import type { Connection } from "../contract/connection.ts";
import type { Kind, Task } from "./snapshot.ts";

const PROFILE_COUNTS = ["follower_count", "following_count", "likes_count", "video_count"] as const;
const VIDEO_COUNTS = ["view_count", "like_count", "comment_count", "share_count"] as const;

type ProfileCounts = Record<typeof PROFILE_COUNTS[number], number | null>;
type VideoCounts = Record<typeof VIDEO_COUNTS[number], number | null>;

/** A series as columns, times in milliseconds. */
type Columns<Counts> =
  & { taken_at: number[] }
  & { [Name in keyof Counts]: (number | null)[] };

type StoredVideo = VideoCounts & {
  id: string;
  job_id: string | null;
  title: string | null;
  created_at: number | null;
  share_url: string | null;
  cover_image_url: string | null;
  taken_at: number;
  series: Columns<VideoCounts>;
};

type Stored = {
  profile: {
    newest: (ProfileCounts & { taken_at: number }) | null;
    series: Columns<ProfileCounts>;
  };
  videos: StoredVideo[];
};

/** What look_at_analytics answers. */
export type Look = {
  connection: Connection;
  /** Kinds that the platform refuses although the user granted them. */
  refused: Kind[];
  items: Task[];
  busy: boolean;
  analytics: Stored | null;
};

/** What has to be granted for each kind (https://developers.tiktok.com/doc/tiktok-api-scopes). */
const SCOPE_OF_KIND: Record<Kind, string> = { profile: "user.info.stats", videos: "video.list" };

export function toAnswer(
  { connection, refused }: Pick<Look, "connection" | "refused">,
  { profile, videos }: Stored,
): AnalyticsAnswer {
  return {
    profile: toProfile(profile),
    videos: videos.map(toVideo),
    missing_scopes: Object.entries(SCOPE_OF_KIND)
      .filter(([kind, scope]) =>
        !connection.scopes.includes(scope) || refused.includes(kind as Kind)
      )
      .map(([, scope]) => scope),
  };
}

function toProfile({ newest, series: columns }: Stored["profile"]): ProfileFigures {
  const series = toPoints(columns, PROFILE_COUNTS);
  const counts = (valueOf: (name: typeof PROFILE_COUNTS[number]) => number | null) =>
    Object.fromEntries(PROFILE_COUNTS.map((name) => [name, valueOf(name)])) as ProfileCounts;
  const [first] = series;
  const last = series.at(-1);
  return {
    ...counts((name) => newest?.[name] ?? null),
    taken_at: newest === null ? null : toTimestamp(newest.taken_at),
    change: first === undefined || last === undefined
      ? null
      : counts((name) => difference(last[name], first[name])),
    series,
  };
}

function difference(last: number | null, first: number | null): number | null {
  return last === null || first === null ? null : last - first;
}

function toVideo({ created_at, taken_at, series, ...video }: StoredVideo): VideoFigures {
  return {
    id: video.id,
    job_id: video.job_id,
    title: video.title,
    create_time: created_at === null ? null : toTimestamp(created_at),
    share_url: video.share_url,
    cover_image_url: video.cover_image_url,
    view_count: video.view_count,
    like_count: video.like_count,
    comment_count: video.comment_count,
    share_count: video.share_count,
    taken_at: toTimestamp(taken_at),
    series: toPoints(series, VIDEO_COUNTS),
  };
}

function toPoints<Name extends string>(
  columns: { taken_at: number[] } & Record<Name, (number | null)[]>,
  names: readonly Name[],
) {
  return columns.taken_at.map((taken_at, index) => ({
    taken_at: toTimestamp(taken_at),
    ...Object.fromEntries(names.map((name) => [name, columns[name][index] ?? null])) as Record<
      Name,
      number | null
    >,
  }));
}

function toTimestamp(at_ms: number): string {
  return new Date(at_ms).toISOString();
}
