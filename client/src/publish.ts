import { call } from "./call.ts";
import type { Abortable } from "./connections.ts";
import { invalid, TikTokIntegrationError } from "./error.ts";
import type { Supabase } from "./supabase.ts";
import type {
  Check,
  DirectPost,
  DraftPost,
  Job,
  PhotosMedia,
  PostInfo,
  StorageSource,
  UrlSource,
  VideoMedia,
} from "./types.ts";
import { mustBeFile, uploadAs, type UploadOptions } from "./upload.ts";

/** A video that is here and goes to Storage first. */
export type FileSource = { kind: "file"; file: Blob };

/** A post whose media the functions can reach. */
export type StoredPost = PostOf<VideoMedia>;

/** A post whose video may still be here. */
export type NewPost = PostOf<NewVideo>;

export type NewMedia = NewVideo | PhotosMedia;

type NewVideo = { type: "video"; source: StorageSource | UrlSource | FileSource };

/** What may be said of a video. */
export type VideoInfo = Without<PostInfo, "title">;

/** What may be said of photos. */
export type PhotosInfo = Without<
  PostInfo,
  "allow_duet" | "allow_stitch" | "cover_timestamp_ms" | "ai_generated"
>;

type Without<Type, Name extends keyof Type> = Omit<Type, Name> & { [_ in Name]?: never };

type Direct = Omit<DirectPost, "dry_run" | "media" | "post">;
type Draft = Omit<DraftPost, "dry_run" | "media">;

/** Where it is not known what the media are, nothing is said that only one of them may have. */
type PostOf<Video> =
  | Direct & { media: Video; post: VideoInfo }
  | Direct & { media: PhotosMedia; post: PhotosInfo }
  | Direct & { media: Video | PhotosMedia; post: VideoInfo & PhotosInfo }
  // What a draft says is written by the user in TikTok.
  | Draft & { media: Video | PhotosMedia; post?: never };

/**
 * Uploads the video if it is a file, and posts. Without an `idempotency_key` each call has its own.
 * A request whose answer is lost is sent again with the same key, so it can't become a second post.
 */
export async function publish(
  supabase: Supabase,
  post: NewPost,
  options: UploadOptions = {},
): Promise<Job> {
  mustBePost(post);
  const idempotency_key = post.idempotency_key ?? crypto.randomUUID();
  const { media, uploaded } = await place(supabase, post.media, idempotency_key, options);
  try {
    const answer = await call<{ job: Job }>(supabase, "tiktok-publish", {
      body: { ...post, media, idempotency_key },
      repeatable: true,
      signal: options.signal,
    });
    return answer.job;
  } catch (error) {
    if (uploaded && isRefused(error)) {
      await supabase.storage.from(uploaded.bucket).remove([uploaded.path]);
    }
    throw error;
  }
}

/** Makes every check of `publish()`, and posts nothing. */
export async function check(
  supabase: Supabase,
  post: StoredPost,
  { signal }: Abortable = {},
): Promise<Check[]> {
  mustBePost(post);
  const answer = await call<{ checks: Check[] }>(supabase, "tiktok-publish", {
    body: { ...post, dry_run: true },
    repeatable: true,
    signal,
  });
  return answer.checks;
}

/** What is in it is for the function to judge. */
function mustBePost(post: unknown): void {
  if (!post || typeof post !== "object") throw invalid("", "must be an object");
}

type Placed = { media: VideoMedia | PhotosMedia; uploaded?: StorageSource };

async function place(
  supabase: Supabase,
  media: NewMedia,
  key: string,
  options: UploadOptions,
): Promise<Placed> {
  // What is missing is named by the function, with all else that is wrong.
  if (media?.type !== "video" || media.source?.kind !== "file") {
    return { media: media as VideoMedia | PhotosMedia };
  }
  const { source } = media;
  mustBeFile("media.source.file", source.file);
  // Named after the key, so that the same call again finds its file there, and is the same request.
  const name = await nameFor(key);
  const placed = await uploadAs(supabase, source.file, name, options);
  return {
    media: { ...media, source: placed.source },
    ...(placed.is_new && { uploaded: placed.source }),
  };
}

/** A key may be any text; a name in Storage may not. */
async function nameFor(key: string): Promise<string> {
  if (/^[\w-]{1,64}$/.test(key)) return key;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether nothing can come of the post, so that its file is of no use. */
function isRefused(error: unknown): boolean {
  return error instanceof TikTokIntegrationError &&
    [400, 403, 404, 409, 422].includes(error.status) && error.code !== "idempotency_conflict";
}
