import { analytics, analyticsCsv, type AnalyticsOptions } from "./analytics.ts";
import {
  completeConnection,
  type CompleteOptions,
  connect,
  type ConnectOptions,
} from "./connect.ts";
import { type Abortable, connections, creator, disconnect } from "./connections.ts";
import { cancel, job, jobs, type JobsOptions } from "./jobs.ts";
import { check, type NewPost, publish, type StoredPost } from "./publish.ts";
import type { Supabase } from "./supabase.ts";
import type {
  Analytics,
  Authorization,
  Check,
  Connection,
  Creator,
  Job,
  StorageSource,
} from "./types.ts";
import { upload, type UploadOptions } from "./upload.ts";
import { watch, watchConnections, watchJobs } from "./watch.ts";

/** Every function of this package, with the `SupabaseClient` already given. */
export interface TikTokClient {
  /** Starts a connection; with `navigate`, TikTok's page opens in this window. */
  connect(options?: ConnectOptions): Promise<Authorization>;
  /** Completes it on the page that `redirect_to` names; null if there is nothing to complete. */
  completeConnection(options?: CompleteOptions): Promise<Connection | null>;
  /** The user's TikTok connections, newest first; the disconnected ones too. */
  connections(options?: Abortable): Promise<Connection[]>;
  /** What the account may post right now. Ask whenever the form is shown: TikTok demands it. */
  creator(connection_id: string, options?: Abortable): Promise<Creator>;
  /** Ends a connection: its tokens are gone, and TikTok is told. */
  disconnect(connection_id: string, options?: Abortable): Promise<Connection>;
  /** Puts a video into the user's own folder of Storage, for `media.source` of a post. */
  upload(file: Blob, options?: UploadOptions): Promise<StorageSource>;
  /** Makes every check of `publish()`, and posts nothing. */
  check(post: StoredPost, options?: Abortable): Promise<Check[]>;
  /** Uploads the video if it is a file, and posts; never twice, whatever gets lost on the way. */
  publish(post: NewPost, options?: UploadOptions): Promise<Job>;
  /** The user's posts, newest first. */
  jobs(options?: JobsOptions): Promise<Job[]>;
  /** One post, as it is now. */
  job(job_id: string, options?: Abortable): Promise<Job>;
  /** Cancels a post. Throws `not_cancellable` once it is too late. */
  cancel(job_id: string, options?: Abortable): Promise<Job>;
  /** A post as it is now, and then whenever it changes, until it is settled. */
  watch(job_id: string, options?: Abortable): AsyncGenerator<Job, void, void>;
  /** The list of `jobs()`, and again whenever it changes, until `signal` is aborted. */
  watchJobs(options?: JobsOptions): AsyncGenerator<Job[], void, void>;
  /** The list of `connections()`, and again whenever it changes, until `signal` is aborted. */
  watchConnections(options?: Abortable): AsyncGenerator<Connection[], void, void>;
  /** The figures of an account and of its videos, with how they came to be. */
  analytics(connection_id: string, options?: AnalyticsOptions): Promise<Analytics>;
  /** The same as CSV, for a download. */
  analyticsCsv(connection_id: string, options?: AnalyticsOptions): Promise<string>;
}

/** The integration for the user who is signed in to `supabase`. */
export function createTikTokClient(supabase: Supabase): TikTokClient {
  return {
    connect: (options) => connect(supabase, options),
    completeConnection: (options) => completeConnection(supabase, options),
    connections: (options) => connections(supabase, options),
    creator: (connection_id, options) => creator(supabase, connection_id, options),
    disconnect: (connection_id, options) => disconnect(supabase, connection_id, options),
    upload: (file, options) => upload(supabase, file, options),
    check: (post, options) => check(supabase, post, options),
    publish: (post, options) => publish(supabase, post, options),
    jobs: (options) => jobs(supabase, options),
    job: (job_id, options) => job(supabase, job_id, options),
    cancel: (job_id, options) => cancel(supabase, job_id, options),
    watch: (job_id, options) => watch(supabase, job_id, options),
    watchJobs: (options) => watchJobs(supabase, options),
    watchConnections: (options) => watchConnections(supabase, options),
    analytics: (connection_id, options) => analytics(supabase, connection_id, options),
    analyticsCsv: (connection_id, options) => analyticsCsv(supabase, connection_id, options),
  };
}
