/** The rows of `storage.objects`, touched with the caller's rights: the policies decide. */
import { randomUUID } from "node:crypto";
import { actAs, type Caller } from "../caller.ts";
import { isDatabaseError, type Queryable, type Sql } from "../database/index.ts";
import { StorageFailure } from "./failure.ts";
import type { StoredFile } from "./files.ts";

export interface StorageObject {
  id: string;
  bucket_id: string;
  name: string;
  version: string;
  size_bytes: number;
  etag: string;
  mime_type: string;
  cache_control: string;
  user_metadata: Record<string, unknown> | null;
  created_at: Date;
  updated_at: Date;
}

/** An upload that may come; `mime_type` is null while it is not known. */
export interface PlannedUpload {
  bucket: string;
  name: string;
  version: string;
  mime_type: string | null;
  cache_control: string;
  user_metadata: string | null;
  upsert: boolean;
}

export interface Upload extends PlannedUpload {
  mime_type: string;
}

const object_columns = `
  id, bucket_id, name, version, user_metadata, created_at, updated_at,
  (metadata ->> 'size')::float8 as size_bytes,
  metadata ->> 'eTag' as etag,
  metadata ->> 'mimetype' as mime_type,
  metadata ->> 'cacheControl' as cache_control`;

/** The object, if the caller may read it. */
export async function findObject(
  sql: Sql,
  caller: Caller,
  bucket: string,
  name: string,
): Promise<StorageObject> {
  const [object] = await actAs(sql, caller, (tx) =>
    tx.query<StorageObject>(
      `select ${object_columns} from storage.objects where bucket_id = $1 and name = $2`,
      [bucket, name],
    ));
  if (object) return object;
  throw new StorageFailure(404, "NoSuchKey", "Object not found");
}

/** The object for somebody with a signed address, or for anybody if its bucket is public. */
export async function findShared(
  sql: Sql,
  bucket: string,
  name: string,
  { only_public }: { only_public: boolean },
): Promise<StorageObject> {
  const [object] = await sql.query<StorageObject>(
    `select ${object_columns} from storage.objects where bucket_id = $1 and name = $2
       and (not $3::boolean or bucket_id in (select id from storage.buckets where public))`,
    [bucket, name, only_public],
  );
  if (object) return object;
  throw new StorageFailure(404, "NoSuchKey", "Object not found");
}

/**
 * Throws if the caller may not put this object; nothing is kept. Asked before the bytes come. Gives
 * the bucket's size limit.
 */
export async function checkUpload(
  sql: Sql,
  caller: Caller,
  upload: PlannedUpload,
): Promise<{ max_bytes: number }> {
  const [bucket] = await sql.query<{ max_bytes: number | null; types: string[] | null }>(
    `select file_size_limit::float8 as max_bytes, allowed_mime_types as types
     from storage.buckets where id = $1`,
    [upload.bucket],
  );
  if (!bucket) throw new StorageFailure(404, "NoSuchBucket", "Bucket not found");
  const type = upload.mime_type?.split(";")[0]?.trim();
  const is_allowed = type === undefined ||
    (bucket.types?.some((allowed) =>
      allowed === type || (allowed.endsWith("/*") && type.startsWith(allowed.slice(0, -1)))
    ) ?? true);
  if (!is_allowed) {
    throw new StorageFailure(415, "InvalidMimeType", `mime type ${type} is not supported`);
  }
  const undo = new Error("rolled back on purpose");
  try {
    await actAs(sql, caller, async (tx) => {
      await insert(tx, caller, upload, { size_bytes: 0, etag: "" });
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw classify(error);
  }
  return { max_bytes: bucket.max_bytes ?? Infinity };
}

/** Makes or replaces the row; gives the version that it replaced. */
export async function putObject(
  sql: Sql,
  caller: Caller,
  upload: Upload,
  file: StoredFile,
): Promise<{ id: string; replaced: string | null }> {
  // Read with the host's rights: a caller who may replace an object need not be able to read it.
  const [before] = await sql.query<{ id: string; version: string }>(
    "select id, version from storage.objects where bucket_id = $1 and name = $2",
    [upload.bucket, upload.name],
  );
  try {
    const id = await actAs(sql, caller, (tx) => insert(tx, caller, upload, file));
    return { id: before?.id ?? id, replaced: before?.version ?? null };
  } catch (error) {
    throw classify(error);
  }
}

/** Deletes what the caller may delete of these names; gives name and version of each. */
export function deleteObjects(
  sql: Sql,
  caller: Caller,
  bucket: string,
  names: string[],
): Promise<{ name: string; version: string }[]> {
  return actAs(sql, caller, (tx) =>
    tx.query<{ name: string; version: string }>(
      `delete from storage.objects where bucket_id = $1
         and name in (select json_array_elements_text($2::text::json))
       returning name, version`,
      [bucket, JSON.stringify(names)],
    ));
}

async function insert(
  tx: Queryable,
  caller: Caller,
  upload: PlannedUpload,
  { size_bytes, etag }: StoredFile,
): Promise<string> {
  const id = randomUUID();
  const metadata = {
    eTag: etag,
    size: size_bytes,
    mimetype: upload.mime_type,
    cacheControl: upload.cache_control,
    lastModified: new Date().toISOString(),
    contentLength: size_bytes,
    httpStatusCode: 200,
  };
  const replace = `on conflict (bucket_id, name) do update set
    owner = excluded.owner, owner_id = excluded.owner_id, version = excluded.version,
    metadata = excluded.metadata, user_metadata = excluded.user_metadata, updated_at = now()`;
  await tx.query(
    `insert into storage.objects
       (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
     values ($1::text::uuid, $2, $3, $4::text::uuid, $4::text, $5, $6::text::jsonb, $7::text::jsonb)
     ${upload.upsert ? replace : ""}`,
    [
      id,
      upload.bucket,
      upload.name,
      caller.user_id,
      upload.version,
      JSON.stringify(metadata),
      upload.user_metadata,
    ],
  );
  return id;
}

function classify(error: unknown): unknown {
  if (!isDatabaseError(error)) return error;
  switch (error.code) {
    case "42501":
      return new StorageFailure(403, "AccessDenied", error.message);
    case "23505":
      return new StorageFailure(409, "ResourceAlreadyExists", "The resource already exists");
    case "23503":
      return new StorageFailure(404, "NoSuchBucket", "Bucket not found");
    default:
      return error;
  }
}
