import { REMOVED_BY, removeGrant } from "./grants.ts";
import { publishPost } from "./posting/settle.ts";
import type { Account, Post } from "./records.ts";
import type { World } from "./world.ts";

/** What people do in TikTok's app, away from its API. */
export interface Users {
  /** Makes a post of a draft in the inbox; again makes another one. */
  publishDraft(publish_id: string, choice?: { privacy_level?: string; caption?: string }): Post;
  /** Disconnects the app: its tokens die, and `authorization.removed` goes into the outbox. */
  removeAuthorization(open_id: string, reason?: number): void;
  /** Changes the account: its counters, its visibility, what it may post. */
  update(open_id: string, change: Partial<Omit<Account, "open_id">>): Account;
}

export function usersOf(world: World): Users {
  const committed = <T>(change: () => T): T => {
    const result = change();
    world.store.commit();
    return result;
  };
  return {
    publishDraft: (publish_id, { privacy_level = "PUBLIC_TO_EVERYONE", caption } = {}) =>
      committed(() => {
        const draft = world.store.get("publishes", publish_id);
        const ready = draft?.mode === "draft" && ["in_inbox", "published"].includes(draft.status);
        if (!ready) throw new Error(`${publish_id} is no draft in an inbox`);
        const edited = { ...draft, polls_left: 0, title: caption ?? draft.title };
        world.store.put("publishes", publish_id, edited);
        return publishPost(world, edited, privacy_level);
      }),
    removeAuthorization: (open_id, reason = REMOVED_BY.user) =>
      committed(() => removeGrant(world, open_id, reason)),
    update: (open_id, change) => committed(() => world.store.patch("accounts", open_id, change)),
  };
}
