/**
 * The TikTok integration from a page, a server or a script.
 *
 * @example
 * ```ts
 * const tiktok = createTikTokClient(supabase);
 * const job = await tiktok.publish({
 *   connection_id,
 *   media: { type: "video", source: { kind: "file", file } },
 *   mode: "direct",
 *   post: { caption: "Hello", privacy_level: "SELF_ONLY" },
 * });
 * for await (const now of tiktok.watch(job.id)) console.log(now.status);
 * ```
 *
 * @module
 */

export { analytics, analyticsCsv, type AnalyticsOptions } from "./analytics.ts";
export { createTikTokClient, type TikTokClient } from "./client.ts";
export {
  completeConnection,
  type CompleteOptions,
  connect,
  type ConnectOptions,
  isTikTokRedirect,
} from "./connect.ts";
export { type Abortable, connections, creator, disconnect } from "./connections.ts";
export { type ErrorCode, type Failure, TikTokIntegrationError } from "./error.ts";
export { cancel, isSettled, job, jobs, type JobsOptions } from "./jobs.ts";
export {
  check,
  type FileSource,
  type NewMedia,
  type NewPost,
  type PhotosInfo,
  publish,
  type StoredPost,
  type VideoInfo,
} from "./publish.ts";
export type { Supabase } from "./supabase.ts";
export type {
  Analytics,
  Authorization,
  Capability,
  Check,
  Connection,
  ConnectionStatus,
  Creator,
  DirectPost,
  DraftPost,
  FieldError,
  InitiateRequest,
  Job,
  JobStatus,
  PhotosMedia,
  PostInfo,
  Problem,
  ProblemCode,
  ProfileFigures,
  StorageSource,
  UrlSource,
  VideoFigures,
  VideoMedia,
} from "./types.ts";
export { type Progress, upload, type UploadOptions } from "./upload.ts";
export { watch, watchConnections, watchJobs } from "./watch.ts";
