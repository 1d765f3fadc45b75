/**
 * Moves one file from the source to TikTok's upload address, in a process of its own, and says what that
 * cost: as the uploader does it, or as one usually does, with the whole file in memory.
 */
import process from "node:process";
import {
  chunkAt,
  createTikTokClient,
  planChunks,
} from "../../supabase/functions/_shared/tiktok/index.ts";
import { openRemoteSource } from "../../supabase/functions/_shared/media/remote_source.ts";
import { createFetchOnce } from "../../supabase/functions/_shared/transport/index.ts";
import { TEST_AUTHORITY } from "../../tests/transport/tls_identity.ts";

export type Moved = { seconds: number; cpu_seconds: number; peak_bytes: number };

const [way = "", origin = "", size = ""] = Deno.args;
const size_bytes = Number(size);

async function byUploader(): Promise<void> {
  const fetchOnce = createFetchOnce({ ca: TEST_AUTHORITY });
  const client = createTikTokClient({
    api_url: origin,
    client_key: "key",
    client_secret: "secret",
    fetch: fetchOnce,
  });
  const source = openRemoteSource(() => fetchOnce, `${origin}/${size_bytes}`, {
    size_bytes,
    etag: "zeros",
  });
  const plan = planChunks(size_bytes);
  for (let offset = 0; offset < size_bytes;) {
    const chunk = chunkAt(plan, size_bytes, offset);
    if (chunk === null) throw new Error("the plan has a gap");
    const { first, last } = chunk;
    const outcome = await client.uploadChunk({
      upload_url: `${origin}/upload`,
      content_type: "video/mp4",
      first,
      last,
      total: size_bytes,
      body: await source.openRange(first, last),
    });
    if (outcome.kind !== "stored" && outcome.kind !== "complete") throw new Error(outcome.kind);
    offset = last + 1;
  }
}

async function inMemory(): Promise<void> {
  const client = Deno.createHttpClient({ caCerts: [TEST_AUTHORITY] });
  const file = await (await fetch(`${origin}/${size_bytes}`, { client })).arrayBuffer();
  const response = await fetch(`${origin}/upload`, {
    method: "PUT",
    headers: { "content-range": `bytes 0-${size_bytes - 1}/${size_bytes}` },
    body: file,
    client,
  });
  if (response.status !== 201) throw new Error(`HTTP ${response.status}`);
}

/** The most that was ever resident: the kernel keeps count. */
function peakBytes(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const before = process.cpuUsage();
const started_at = performance.now();
await (way === "uploader" ? byUploader() : inMemory());
const seconds = (performance.now() - started_at) / 1000;
const { user, system } = process.cpuUsage(before);
const moved: Moved = { seconds, cpu_seconds: (user + system) / 1_000_000, peak_bytes: peakBytes() };
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(moved)));
Deno.exit(0);
