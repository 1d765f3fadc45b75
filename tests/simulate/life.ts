/** What happens to the people of a seed, and to their accounts, in the time of the faults. */

import { makeWish, type Person } from "./people.ts";
import { keyRing } from "./process.ts";
import type { World } from "./world.ts";

/** One connection that somebody makes, and what follows from it. */
type Bond = { person: Person; open_id: string; connection_id: string };

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

export function live(world: World, people: Person[], span_ms: number): void {
  const { random, simulator, tiktok, process } = world;
  const accounts = tiktok.state.accounts.map(({ open_id }) => open_id);
  const within = (share: number) => random.between(0, span_ms * share);
  /** What somebody cancels while its bytes are on their way. */
  const cancelled = new Map<string, () => void>();
  world.onUpload = (total_bytes) => {
    const cancel = cancelled.get(`${total_bytes} bytes`);
    if (cancel !== undefined) simulator.after(random.whole(0, 60), "somebody cancels", cancel);
  };
  let wishes = 0;

  for (const [place, person] of people.entries()) {
    // Two users may connect the same account.
    const first = place + random.whole(0, 1);
    for (let count = random.pick([1, 1, 1, 2]); count > 0; count--) {
      const open_id = accounts[(first + count) % accounts.length]!;
      simulator.after(within(0.1), `somebody connects ${open_id}`, () => {
        // Not awaited here: it waits for events itself.
        void person.connect(open_id).then((connection_id) => {
          if (connection_id !== null) begin({ person, open_id, connection_id });
        });
      });
    }
  }
  if (random.chance(0.2)) {
    simulator.after(within(1), "the key for sealing changes", () => {
      process.setEnvironment({ TOKEN_ENCRYPTION_KEYS: keyRing("two") });
    });
  }

  function begin(bond: Bond): void {
    for (let count = random.pick([1, 1, 1, 2, 3, 6]); count > 0; count--) plan(bond, wishes++);
    for (let count = random.pick([0, 1, 2]); count > 0; count--) {
      simulator.after(within(1.5), "somebody finishes a draft", () => finishDraft(bond));
    }
    const { person, open_id, connection_id } = bond;
    if (random.chance(0.3)) {
      simulator.after(within(1), "somebody looks", () => void person.look(connection_id));
    }
    if (random.chance(0.2)) {
      const again_ms = random.chance(0.5) ? within(0.5) : null;
      simulator.after(within(1), "somebody disconnects", () => {
        void person.disconnect(connection_id);
        if (again_ms === null) return;
        simulator.after(again_ms, "somebody reconnects", () => void person.connect(open_id));
      });
    }
    if (random.chance(0.2)) {
      const again_ms = random.chance(0.6) ? within(1) : null;
      simulator.after(within(1), "the grant is removed at TikTok", () => {
        tiktok.users.removeAuthorization(open_id);
        if (again_ms === null) return;
        simulator.after(again_ms, "somebody reconnects", () => void person.connect(open_id));
      });
    }
    if (random.chance(0.1)) {
      const posting = random.pick(["spam_risk_too_many_posts", "reached_active_user_cap"] as const);
      simulator.after(within(1), `the account may not post: ${posting}`, () => {
        tiktok.users.update(open_id, { posting });
        simulator.after(random.between(0, 2 * HOUR_MS), "it may post again", () => {
          tiktok.users.update(open_id, { posting: "allowed" });
        });
      });
    }
  }

  function plan({ person, open_id, connection_id }: Bond, index: number): void {
    simulator.after(within(0.6), "somebody posts", () => {
      const wish = makeWish(world, { user: person.user, connection_id, open_id, index });
      void person.post(wish);
      const isKeyed = wish.request.idempotency_key !== undefined;
      if (isKeyed && random.chance(0.15)) void person.post(wish);
      if (random.chance(0.25)) {
        const most_ms = random.pick([100, SECOND_MS, 5 * SECOND_MS, 60 * SECOND_MS, HOUR_MS / 4]);
        const later_ms = random.between(0, most_ms);
        simulator.after(later_ms, "somebody cancels", () => void person.cancel(wish));
      }
      if (random.chance(0.15)) cancelled.set(wish.tag, () => void person.cancel(wish));
      if (random.chance(0.05)) {
        simulator.after(within(0.2), "a file is replaced", () => world.replaceFile(wish.tag));
      }
    });
  }

  function finishDraft({ open_id }: Bond): void {
    const drafts = tiktok.state.publishes.filter((publish) =>
      publish.open_id === open_id && publish.status === "in_inbox"
    );
    if (drafts.length > 0) tiktok.users.publishDraft(random.pick(drafts).publish_id);
  }
}
