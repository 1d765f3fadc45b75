/** How a video would come to TikTok. */

import type { Media } from "../../supabase/functions/_shared/contract/post.ts";
import { chunkRange, planChunks } from "../../supabase/functions/_shared/tiktok/index.ts";

export type Transfer =
  | { method: "whole"; size_bytes: number }
  | {
    method: "chunks";
    size_bytes: number;
    chunk_count: number;
    chunk_bytes: number;
    /** The last one takes the rest. */
    last_chunk_bytes: number;
  }
  | { method: "pull" | "relay" };

/** `size_bytes`: of the file on this machine; null if there is none, or none that could be sent. */
export function planTransfer(media: Media, size_bytes: number | null): Transfer | null {
  if (media.type === "video" && media.source.kind === "url") {
    return { method: media.source.transfer };
  }
  if (size_bytes === null) return null;
  const plan = planChunks(size_bytes);
  if (plan.total_chunk_count === 1) return { method: "whole", size_bytes };
  const { first, last } = chunkRange(plan, size_bytes, plan.total_chunk_count - 1);
  return {
    method: "chunks",
    size_bytes,
    chunk_count: plan.total_chunk_count,
    chunk_bytes: plan.chunk_size,
    last_chunk_bytes: last - first + 1,
  };
}

export function describeTransfer(transfer: Transfer): string {
  switch (transfer.method) {
    case "whole":
      return `uploaded whole, ${transfer.size_bytes} bytes`;
    case "chunks":
      return `uploaded in ${transfer.chunk_count} chunks of ${transfer.chunk_bytes} bytes, ` +
        `the last of ${transfer.last_chunk_bytes}; ${transfer.size_bytes} bytes in all`;
    case "pull":
      return "TikTok fetches the URL; its domain or prefix must be verified with TikTok";
    case "relay":
      return "Nexus fetches the URL and uploads it, in chunks from 50 MB on";
  }
}
