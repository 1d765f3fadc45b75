import type { FailReason } from "../options.ts";
import type { Publish, StoredFile } from "../records.ts";
import type { World } from "../world.ts";
import { sealFile, writePieces } from "./media_file.ts";
import { failPublish, finishTransfer } from "./settle.ts";

/** TikTok gives a download this long. */
const DOWNLOAD_MS = 3600 * 1000;

/** Not reachable, redirected, cut off, too slow: TikTok has one word for all of it. */
class Unfetchable extends Error {}

/** Begins to fetch what a `PULL_FROM_URL` names; the init's answer does not wait for it. */
export function startPull(world: World, publish_id: string): void {
  const abort = new AbortController();
  const entry = { abort, bytes: 0, done: Promise.resolve() };
  world.pulls.set(publish_id, entry);
  const report = (bytes: number) => {
    entry.bytes += bytes;
  };
  entry.done = pull(world, publish_id, abort.signal, report)
    .catch((error) => {
      // Who aborted has settled the publish, or leaves it to be resumed.
      if (abort.signal.aborted) return;
      failPublish(world, publish_id, wordFailure(world, publish_id, error));
    })
    .finally(() => {
      world.pulls.delete(publish_id);
      world.store.commit();
    });
}

/** Begins again what a killed stand-in was fetching. */
export function resumePulls(world: World): void {
  for (const { publish_id, status } of world.store.all("publishes")) {
    if (status === "downloading") startPull(world, publish_id);
  }
}

async function pull(
  world: World,
  publish_id: string,
  signal: AbortSignal,
  report: (bytes: number) => void,
): Promise<void> {
  const publish = world.store.get("publishes", publish_id)!;
  const files: StoredFile[] = [];
  for (const [index, url] of publish.urls.entries()) {
    const file_path = `${world.media_dir}/${publish_id.replace(/[^\w.-]/g, "_")}.${index}`;
    const pieces = download(world, publish, url, signal, report);
    const size_bytes = await writePieces(file_path, 0, pieces);
    if (size_bytes === 0) throw new Unfetchable("nothing there");
    files.push(await sealFile(file_path, size_bytes));
  }
  const rejected = await inspectAll(world, files);
  signal.throwIfAborted();
  finishTransfer(world, publish_id, files, rejected);
}

async function* download(
  { settings }: World,
  { created_at }: Publish,
  url: string,
  signal: AbortSignal,
  report: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  // Cancelled while the file was being opened: a fetch that never heard of it would wait forever.
  signal.throwIfAborted();
  const response = await settings.fetch(url, { redirect: "manual", signal })
    .catch((cause) => {
      throw new Unfetchable("unreachable", { cause });
    });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Unfetchable(`answered ${response.status}`);
  }
  const reader = response.body.getReader();
  while (true) {
    const { done, value } = await reader.read().catch((cause) => {
      throw new Unfetchable("cut off", { cause });
    });
    if (done) return;
    if (settings.now() > created_at + DOWNLOAD_MS) throw new Unfetchable("took over an hour");
    report(value.length);
    yield value;
  }
}

function wordFailure(world: World, publish_id: string, error: unknown): FailReason {
  if (!(error instanceof Unfetchable)) return "internal";
  const is_video = world.store.get("publishes", publish_id)?.media === "video";
  return is_video ? "video_pull_failed" : "photo_pull_failed";
}

async function inspectAll(world: World, files: StoredFile[]): Promise<FailReason | null> {
  for (const { file_path } of files) {
    const rejected = await world.settings.inspect(file_path);
    if (rejected !== null) return rejected;
  }
  return null;
}
