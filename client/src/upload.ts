import type { Abortable } from "./connections.ts";
import {
  invalid,
  networkError,
  SIGN_IN,
  TikTokIntegrationError,
  unexpectedAnswer,
} from "./error.ts";
import { page } from "./page.ts";
import type { Supabase } from "./supabase.ts";
import type { StorageSource } from "./types.ts";

/** Bytes that are sent, and all that are to be: 0 of 0 for an empty file. */
export type Progress = { sent_bytes: number; total_bytes: number };

export type UploadOptions = Abortable & {
  /** Told again and again in a browser; elsewhere at the beginning and at the end. */
  onProgress?: ((progress: Progress) => void) | undefined;
};

/** Private; a user owns what lies below his id. */
export const BUCKET = "videos";

/** Puts a video into the user's own folder of Storage, for `media.source` of a post. */
export async function upload(
  supabase: Supabase,
  file: Blob,
  options: UploadOptions = {},
): Promise<StorageSource> {
  mustBeFile("file", file);
  const { source } = await uploadAs(supabase, file, crypto.randomUUID(), options);
  return source;
}

/** Any Blob, that of another window or of a polyfill too. */
export function mustBeFile(path: string, file: Blob): void {
  if (typeof file?.size !== "number") throw invalid(path, "must be a File or Blob");
}

/** `is_new` is false if the user has a file of this name already: then nothing is sent. */
export async function uploadAs(
  supabase: Supabase,
  file: Blob,
  name: string,
  { onProgress, signal }: UploadOptions,
): Promise<{ source: StorageSource; is_new: boolean }> {
  const { data: { session } } = await supabase.auth.getSession();
  if (!session) throw unexpectedAnswer(401, SIGN_IN);
  const type = typeOf(file);
  const path = `${session.user.id}/${name}.${type === "video/quicktime" ? "mov" : "mp4"}`;
  const source: StorageSource = { kind: "storage", bucket: BUCKET, path };
  signal?.throwIfAborted();
  // Good for two hours, unlike a session: a long upload outlives that.
  const { data, error } = await supabase.storage.from(BUCKET).createSignedUploadUrl(path);
  signal?.throwIfAborted();
  if (error) {
    if (isTaken(error)) return { source, is_new: false };
    throw error.status === undefined ? networkError(error) : refusal(error.status, error.message);
  }
  const total_bytes = file.size;
  const tell = (sent_bytes: number) => onProgress?.({ sent_bytes, total_bytes });
  tell(0);
  const answer = await send(data.signedUrl, file, type, tell, signal);
  if (answer.status >= 300) {
    const said = readRefusal(answer.text);
    if (isTaken(said)) return { source, is_new: false };
    throw refusal(answer.status, said.message);
  }
  tell(total_bytes);
  return { source, is_new: true };
}

/** A file from a disk often has no type but that of its name. */
function typeOf(file: Blob & { name?: string }): string {
  return file.type || (/\.mov$/i.test(file.name ?? "") ? "video/quicktime" : "video/mp4");
}

type Sent = { status: number; text: string };

function send(
  url: string,
  file: Blob,
  type: string,
  tell: (sent_bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<Sent> {
  const { XMLHttpRequest } = page();
  if (!XMLHttpRequest) return sendByFetch(url, file, type, signal);
  // `fetch` tells nothing of an upload's progress.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const end = (act: () => void) => () => {
      signal?.removeEventListener("abort", abort);
      act();
    };
    request.upload.onprogress = ({ loaded }) => tell(loaded);
    request.onload = end(() => resolve({ status: request.status, text: request.responseText }));
    request.onerror = end(() => reject(networkError(undefined)));
    request.onabort = end(() => reject(signal?.reason));
    request.open("PUT", url);
    request.setRequestHeader("content-type", type);
    signal?.addEventListener("abort", abort);
    request.send(file);
  });
}

async function sendByFetch(
  url: string,
  file: Blob,
  type: string,
  signal: AbortSignal | undefined,
): Promise<Sent> {
  try {
    const response = await fetch(url, {
      method: "PUT",
      headers: { "content-type": type },
      body: file,
      ...(signal && { signal }),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    signal?.throwIfAborted();
    throw networkError(error);
  }
}

/** Storage says the status that it means in the body, as a text. */
function readRefusal(text: string): { statusCode?: unknown; message: string } {
  try {
    return JSON.parse(text);
  } catch {
    return { message: "" };
  }
}

function isTaken(refusal: { statusCode?: unknown }): boolean {
  return String(refusal.statusCode) === "409";
}

function refusal(status: number, said: string): TikTokIntegrationError {
  return new TikTokIntegrationError({
    code: "upload_failed",
    status,
    detail: `Storage did not take the file: ${said || `HTTP status ${status}`}`,
  });
}
