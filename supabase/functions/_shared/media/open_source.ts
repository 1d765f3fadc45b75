/** The file of a post, wherever it is; null where TikTok fetches it itself. */

import type { SupabaseClient } from "@supabase/supabase-js";
import type { Media } from "../contract/post.ts";
import type { Context } from "../http/context.ts";
import { openRemoteSource, probeRemote, publicFetchFor } from "./remote_source.ts";
import type { MediaSource } from "./source.ts";
import { SourceError } from "./source_error.ts";
import { findObject, openStorageSource } from "./storage_source.ts";

type Known = { size_bytes: number; etag: string };

/** Finds the file with the rights of the caller whose `client` it is. Throws `SourceError`. */
export async function findSource(
  context: Context,
  client: SupabaseClient,
  media: Media,
): Promise<(Known & { source: MediaSource }) | null> {
  const known = await findKnown(context, client, media);
  if (known === null) return null;
  const source = openKnownSource(context, media, known);
  return source === null ? null : { ...known, source };
}

async function findKnown(
  { config }: Context,
  client: SupabaseClient,
  media: Media,
): Promise<Known | null> {
  if (media.type !== "video") return null;
  if (media.source.kind === "storage") return await findObject(client, media.source);
  if (media.source.transfer === "pull") return null;
  try {
    return await probeRemote(publicFetchFor(config.MEDIA_ALLOWED_HOSTS), media.source.url);
  } catch (error) {
    // While the caller waits, a server that does not answer is his input's fault, not ours.
    if (!(error instanceof SourceError) || error.fault !== "unreachable") throw error;
    throw new SourceError("not_found", error.message, { cause: error });
  }
}

/** Opens the file that was found when the post was taken. */
export function openKnownSource(
  { config, fetchOnce }: Context,
  media: Media,
  known: Known,
): MediaSource | null {
  if (media.type !== "video") return null;
  if (media.source.kind === "storage") {
    return openStorageSource(config, fetchOnce, media.source, known);
  }
  if (media.source.transfer === "pull") return null;
  return openRemoteSource(publicFetchFor(config.MEDIA_ALLOWED_HOSTS), media.source.url, known);
}

/** Whether the bytes go through us; else TikTok fetches, and its init can lead to a post by itself. */
export function isUploaded(media: Media): boolean {
  return media.type === "video" &&
    (media.source.kind === "storage" || media.source.transfer === "relay");
}

/** The field of the request that names the file. */
export function sourcePath(media: Media): string {
  if (media.type === "photos") return "media.urls";
  return media.source.kind === "storage" ? "media.source.path" : "media.source.url";
}
