import type { FailReason } from "../options.ts";
import type { Post, Publish, StoredFile } from "../records.ts";
import { recordEvent } from "../webhooks.ts";
import type { World } from "../world.ts";

/** All bytes are there: a direct post goes to the profile, a draft to the inbox. */
export function finishTransfer(
  world: World,
  publish_id: string,
  files: StoredFile[],
  rejected: FailReason | null,
): void {
  const publish = world.store.get("publishes", publish_id);
  // Cancelled, or its authorization removed, while the last bytes came in.
  if (publish === undefined || publish.status === "failed") return;
  if (rejected !== null) return failPublish(world, publish_id, rejected);
  const bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
  const polls_left = world.settings.processing_polls;
  const done = world.store.patch("publishes", publish_id, { bytes, files, polls_left });
  if (publish.mode === "direct") {
    publishPost(world, done, done.privacy_level ?? "SELF_ONLY");
  } else {
    world.store.patch("publishes", publish_id, { status: "in_inbox" });
    recordEvent(world, "post.publish.inbox_delivered", done.open_id, {
      publish_id,
      publish_type: "INBOX_SHARE",
    });
  }
}

/** Puts a post on the profile; a draft may become several. */
export function publishPost(world: World, publish: Publish, privacy_level: string): Post {
  const { publish_id, open_id, files } = publish;
  const post_id = world.minter.postId();
  const first = files[0];
  if (first === undefined) throw new Error(`nothing was transferred for ${publish_id}`);
  const post = world.store.put("posts", post_id, {
    post_id,
    publish_id,
    open_id,
    username: world.store.get("accounts", open_id)?.username ?? "",
    media: publish.media,
    caption: publish.title,
    description: publish.description,
    privacy_level,
    post_info: publish.post_info,
    ...first,
    files,
    published_at: world.settings.now(),
  });
  // Only a public post ever gets an id that the app may know.
  const is_public = privacy_level === "PUBLIC_TO_EVERYONE";
  const post_ids = is_public ? [...publish.post_ids, post_id] : publish.post_ids;
  world.store.patch("publishes", publish_id, { status: "published", post_ids });
  const publish_type = publish.mode === "draft" ? "INBOX_SHARE" : "DIRECT_POST";
  recordEvent(world, "post.publish.complete", open_id, { publish_id, publish_type });
  if (is_public) {
    const content = { publish_id, post_id: BigInt(post_id), publish_type };
    const at = world.settings.now() + world.settings.moderation_ms;
    recordEvent(world, "post.publish.publicly_available", open_id, content, at);
  }
  return post;
}

export function failPublish(world: World, publish_id: string, fail_reason: FailReason): void {
  const publish = world.store.patch("publishes", publish_id, { status: "failed", fail_reason });
  recordEvent(world, "post.publish.failed", publish.open_id, {
    publish_id,
    reason: fail_reason,
    publish_type: publish.mode === "draft" ? "INBOX_SHARE" : "DIRECT_POST",
  });
}
