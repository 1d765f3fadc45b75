import { failPublish } from "./posting/settle.ts";
import type { World } from "./world.ts";
import { recordEvent } from "./webhooks.ts";

/** https://developers.tiktok.com/doc/webhooks-events: who ended the authorization. */
export const REMOVED_BY = { user: 1, account_deleted: 2, banned: 4, developer: 5 } as const;

/** The grant belongs to app and account: every token of it dies, and so do unfinished posts. */
export function removeGrant(world: World, open_id: string, reason: number = REMOVED_BY.user): void {
  for (const token of world.store.all("tokens")) {
    if (token.open_id === open_id) world.store.patch("tokens", token.token, { dead: true });
  }
  for (const publish of world.store.all("publishes")) {
    const unfinished = publish.status === "uploading" || publish.status === "downloading";
    if (publish.open_id !== open_id || !unfinished) continue;
    world.pulls.get(publish.publish_id)?.abort.abort();
    failPublish(world, publish.publish_id, "auth_removed");
  }
  recordEvent(world, "authorization.removed", open_id, { reason });
}
