/** A task of reading figures as its holder sees it, and the steps that report back to the database. */

import { figuresOf } from "../platform/tiktok.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import {
  QUERIES_A_MINUTE,
  type TikTokUser,
  type TikTokVideo,
  type VideoPage,
} from "../tiktok/index.ts";
import { MIN_REMAINING_SECONDS, REFRESH_LEASE_SECONDS } from "../token/timing.ts";
import type { TokenAnswer } from "../token/use_token.ts";
import { SNAPSHOT_LEASE_SECONDS } from "./timing.ts";

export type Kind = "profile" | "videos";

/** What claim_due_snapshots and look_at_analytics hand out. */
export type Task = {
  connection_id: string;
  kind: Kind;
  lease_version: number;
  /** In a row, up to now. */
  failures: number;
};

/** Who reads: the schedule, or a user who looks. */
export type Reader = {
  source: "schedule" | "look";
  /** Of a look, which keeps the connection warm. */
  user_id: string | null;
  lease_owner: string;
  token_patience_ms: number;
  /** Whether there is time for another query. */
  hasTime(): boolean;
};

/** One query, counted already. `asked_at` is the database's time, and goes back as it came. */
export type Query =
  & { asked_at: string }
  & ({ call: "user" } | { call: "list"; cursor_ms?: number } | { call: "query"; ids: string[] });

/** How a task goes on. */
export type Next =
  | { state: "asks"; query: Query }
  | { state: "taken" | "deferred" | "lost" };

/** How it begins: with a token, and a query if the token is usable at once. */
export type Beginning =
  | (Next & { token: TokenAnswer })
  | { state: "token"; token: TokenAnswer }
  | { state: "lost" };

/** TikTok's allowances of the day and of a minute, as every function that counts wants them. */
export function queryLimits(context: TikTokContext) {
  return {
    p_queries_a_day: context.config.TIKTOK_DAILY_QUERY_LIMIT,
    p_queries_a_minute: QUERIES_A_MINUTE,
  };
}

/** The arguments that fence every write of a step. */
function fenceOf(task: Task, reader: Reader) {
  return {
    p_connection_id: task.connection_id,
    p_lease_owner: reader.lease_owner,
    p_lease_version: task.lease_version,
  };
}

export async function beginSnapshot(
  context: TikTokContext,
  task: Task,
  reader: Reader,
  token_lease_owner: string,
): Promise<Beginning> {
  return await context.database.call("begin_snapshot", {
    ...fenceOf(task, reader),
    ...queryLimits(context),
    p_kind: task.kind,
    p_lease_seconds: SNAPSHOT_LEASE_SECONDS,
    p_source: reader.source,
    p_user_id: reader.user_id,
    p_token_lease_owner: token_lease_owner,
    p_token_lease_seconds: REFRESH_LEASE_SECONDS,
    p_min_remaining_seconds: MIN_REMAINING_SECONDS,
  }) as Beginning;
}

/** For a holder whose token was refreshed, or refused, since his last query. */
export async function nextQuery(
  context: TikTokContext,
  task: Task,
  reader: Reader,
): Promise<Next> {
  return await context.database.call("next_snapshot_query", {
    ...fenceOf(task, reader),
    ...queryLimits(context),
    p_kind: task.kind,
    p_lease_seconds: SNAPSHOT_LEASE_SECONDS,
    p_source: reader.source,
  }) as Next;
}

export async function storeProfile(
  context: TikTokContext,
  task: Task,
  reader: Reader,
  query: Query,
  user: TikTokUser,
): Promise<Next> {
  const { username, display_name, avatar_url } = user;
  return await context.database.call("store_profile_snapshot", {
    ...fenceOf(task, reader),
    p_source: reader.source,
    p_asked_at: query.asked_at,
    p_account: { username, display_name, avatar_url },
    p_figures: figuresOf(user),
  }) as Next;
}

export async function storeVideos(
  context: TikTokContext,
  task: Task,
  reader: Reader,
  query: Query,
  page: Pick<VideoPage, "videos"> & Partial<VideoPage>,
): Promise<Next> {
  return await context.database.call("store_video_page", {
    ...fenceOf(task, reader),
    ...queryLimits(context),
    p_lease_seconds: SNAPSHOT_LEASE_SECONDS,
    p_source: reader.source,
    p_query: query,
    p_page: { ...page, videos: page.videos.map(toRow) },
    p_goes_on: reader.hasTime(),
  }) as Next;
}

function toRow(video: TikTokVideo) {
  const { id, create_time_seconds, share_url, cover_image_url } = video;
  const { view_count, like_count, comment_count, share_count } = video;
  return {
    id,
    create_time_seconds,
    title: video.title ?? video.video_description,
    share_url,
    cover_image_url,
    view_count,
    like_count,
    comment_count,
    share_count,
  };
}
