/** The file of a post, wherever it is; null where TikTok fetches it itself. */

import type { SupabaseClient } from "@supabase/supabase-js";
import type { Media } from "../contract/post.ts";
import type { Context } from "../http/context.ts";
import { isAllowedUrl } from "./public_hosts.ts";
import { hurried, openRemoteSource, probeRemote, publicFetchFor } from "./remote_source.ts";
import type { MediaSource } from "./source.ts";
import { findObject, openStorageSource } from "./storage_source.ts";

type Known = { size_bytes: number; etag: string };

/**
 * Finds the file with the rights of the caller whose `client` it is. Throws `SourceError`; of a file
 * that TikTok fetches, only that its address is not public is to be taken at its word.
 */
export async function findSource(
  context: Context,
  client: SupabaseClient,
  media: Media,
): Promise<(Known & { source: MediaSource }) | null> {
  if (isPulled(media)) return await peekAtPulled(context, media.source.url);
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
  return await probeRemote(publicFetchFor(config.MEDIA_ALLOWED_HOSTS), media.source.url);
}

/** Who posts a file that TikTok fetches waits this long for us to look at it, and no longer. */
const PEEK_MS = 3_000;

/**
 * Opens a file that TikTok is going to fetch itself, to look at it beforehand; null for an address that
 * we would not go to. Throws `SourceError`, which says nothing of whether TikTok can read it.
 */
async function peekAtPulled(
  { config, now_ms }: Context,
  url: string,
): Promise<(Known & { source: MediaSource }) | null> {
  if (!isAllowedUrl(new URL(url), config.MEDIA_ALLOWED_HOSTS)) return null;
  const until_ms = now_ms() + PEEK_MS;
  const fetchFor = hurried(
    publicFetchFor(config.MEDIA_ALLOWED_HOSTS),
    () => until_ms - now_ms(),
  );
  const known = await probeRemote(fetchFor, url);
  return { ...known, source: openRemoteSource(fetchFor, url, known) };
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

/** A video in Storage. */
export function isStored(media: Media): boolean {
  return media.type === "video" && media.source.kind === "storage";
}

/** A video that TikTok fetches from its address. */
export function isPulled(
  media: Media,
): media is Media & { type: "video"; source: { kind: "url"; transfer: "pull" } } {
  return media.type === "video" && media.source.kind === "url" && media.source.transfer === "pull";
}

/** Whether the bytes go through us; else TikTok fetches, and its init can lead to a post by itself. */
export function isUploaded(media: Media): boolean {
  return media.type === "video" && !isPulled(media);
}

/** The field of the request that names the file. */
export function sourcePath(media: Media): string {
  if (media.type === "photos") return "media.urls";
  return media.source.kind === "storage" ? "media.source.path" : "media.source.url";
}
