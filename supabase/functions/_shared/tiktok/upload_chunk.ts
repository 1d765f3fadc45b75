import { readLogHeader, readRetryAfter } from "./call.ts";
import { readTransportFailure, sendForHead } from "./send.ts";
import type { Incoming } from "./send.ts";
import { TikTokError } from "./tiktok_error.ts";
import type { ChunkOutcome, ChunkUpload, FetchLike, ServerProgress } from "./types.ts";
import { allowUploadUrl } from "./upload_url.ts";

const OPERATION = "uploadChunk";

type Head = Omit<Incoming, "text">;

/**
 * Sends one chunk. TikTok's verdict is the HTTP status alone
 * (https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide). The address carries
 * a token of its own, so there is no Authorization header, and no error repeats it.
 */
export async function uploadChunk(
  wire: { api_origin: string; fetch: FetchLike },
  chunk: ChunkUpload & { timeout_ms: number },
): Promise<ChunkOutcome> {
  if (!allowUploadUrl(chunk.upload_url, wire.api_origin)) {
    await chunk.body.cancel().catch(() => undefined);
    return { kind: "refused", error: localError("upload_url_not_allowed", "rejected") };
  }
  const { first, last, total } = chunk;
  let head: Head;
  try {
    head = await sendForHead(wire.fetch, {
      operation: OPERATION,
      url: chunk.upload_url,
      method: "PUT",
      headers: {
        "content-type": chunk.content_type,
        "content-length": String(last - first + 1),
        "content-range": `bytes ${first}-${last}/${total}`,
      },
      body: chunk.body,
      timeout_ms: chunk.timeout_ms,
    });
  } catch (error) {
    return judgeFailure(error);
  }
  return judgeStatus(head, chunk);
}

/** A lost connection leaves open whether the chunk arrived; a broken source means that it did not. */
function judgeFailure(error: unknown): ChunkOutcome {
  const { code, sent, from_body, cause } = readTransportFailure(error);
  if (from_body) {
    return {
      kind: "source_failed",
      cause,
      error: localError("upload_source_failed", "rejected"),
    };
  }
  return { kind: "retry", error: localError(code, sent ? "unknown" : "rejected") };
}

function judgeStatus(head: Head, chunk: ChunkUpload): ChunkOutcome {
  const { status } = head;
  const uploaded_bytes = chunk.last + 1;
  const is_last = uploaded_bytes === chunk.total;
  if (status === 206) return { kind: "stored", uploaded_bytes };
  if (status === 201) return { kind: "complete", uploaded_bytes: chunk.total };
  // Not documented, but seen on the last chunk.
  if (status === 200) return { kind: is_last ? "complete" : "stored", uploaded_bytes };
  if (status === 403) return { kind: "expired", error: httpError("upload_url_expired", head) };
  if (status === 404) return { kind: "gone", error: httpError("upload_not_found", head) };
  if (status === 416) {
    return {
      kind: "out_of_step",
      progress: readProgress(head.headers),
      error: httpError("upload_out_of_step", head),
    };
  }
  if (status >= 500) return { kind: "retry", error: httpError("http_5xx", head) };
  if (status === 429) return { kind: "retry", error: httpError("rate_limit_exceeded", head) };
  return { kind: "refused", error: httpError("upload_refused", head) };
}

/** `bytes 0-N/TOTAL`: see `ServerProgress` for the two readings of N. */
function readProgress(headers: Headers): ServerProgress | null {
  const match = /^bytes 0-(\d{1,15})\/(?:\d+|\*)$/.exec(headers.get("content-range") ?? "");
  if (match === null) return null;
  const named = Number(match[1]);
  return { if_count_bytes: named, if_last_index_bytes: named + 1 };
}

function httpError(code: string, head: Head): TikTokError {
  return new TikTokError({
    code,
    operation: OPERATION,
    outcome: head.status >= 500 ? "unknown" : "rejected",
    message: `HTTP ${head.status}`,
    http_status: head.status,
    log_id: readLogHeader(head.headers),
    retry_after_seconds: readRetryAfter(head.headers),
  });
}

function localError(code: string, outcome: "rejected" | "unknown"): TikTokError {
  return new TikTokError({ code, operation: OPERATION, outcome });
}
