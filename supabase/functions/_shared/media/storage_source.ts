/**
 * Videos in Supabase Storage. Whether the caller may use an object is asked with his own client;
 * later the service reads it by ranges, and only while its ETag is the one that was seen then.
 */

import type { SupabaseClient } from "@supabase/supabase-js";
import type { Config } from "../config/config.ts";
import type { Fetch } from "../http/context.ts";
import { bareEtag, checkRange } from "./range_response.ts";
import type { MediaSource } from "./source.ts";
import { SourceError } from "./source_error.ts";

export type StorageObject = { bucket: string; path: string };

/** One part of a file should be on its way within this time; its bytes follow at their own pace. */
const READ_TIMEOUT_MS = 90_000;

/** Size and ETag of an object that this user may read. Throws `SourceError`. */
export async function findObject(
  userClient: SupabaseClient,
  { bucket, path }: StorageObject,
): Promise<{ size_bytes: number; etag: string }> {
  const { data, error } = await userClient.storage.from(bucket).info(encodePath(path));
  if (error !== null) {
    // Storage says 400 or 404 for what is not there and for what one may not see.
    const status = Number("status" in error ? error.status : 0);
    throw status >= 400 && status < 500
      ? new SourceError("not_found", `Storage answered ${status}`)
      : new SourceError("unreachable", `Storage answered ${status || "nothing"}`);
  }
  const { size, etag } = data;
  if (typeof size !== "number" || typeof etag !== "string" || etag === "") {
    throw new SourceError("unreachable", "Storage told no size or ETag");
  }
  return { size_bytes: size, etag: bareEtag(etag) };
}

/**
 * For an address: the object that the caller is asked about must be the one that is read later.
 * `storage-js` puts a path into its address as it is, where `#`, `?` and `%2e%2e` would mean another.
 */
function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Reads an object with the service's own key. */
export function openStorageSource(
  config: Config,
  fetch: Fetch,
  object: StorageObject,
  known: { size_bytes: number; etag: string },
): MediaSource {
  const path = `${object.bucket}/${encodePath(object.path)}`;
  const url = `${config.SUPABASE_URL}/storage/v1/object/authenticated/${path}`;
  const keys = config.SUPABASE_SECRET_KEYS;
  const key = keys.default ?? Object.values(keys)[0] ?? "";
  return {
    size_bytes: known.size_bytes,
    async openRange(first, last) {
      const response = await fetch(url, {
        headers: { apikey: key, Authorization: `Bearer ${key}`, Range: `bytes=${first}-${last}` },
        redirect: "manual",
        timeout_ms: READ_TIMEOUT_MS,
      }).catch((error) => {
        throw new SourceError("unreachable", "Storage did not answer", { cause: error });
      });
      try {
        checkRange(response, first, last, known);
      } catch (error) {
        await response.body?.cancel();
        throw error;
      }
      if (response.body === null) throw new SourceError("unreachable", "Storage sent no bytes");
      return response.body;
    },
  };
}
