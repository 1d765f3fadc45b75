/** What the creator changes between the taking of a post and its start counts at the start. */

import { equal, match, same } from "./support/assert.ts";
import { readClip, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const DAY_SECONDS = 86_400;

type Change = {
  what: string;
  set: { duet_disabled: true } | { visibility: "private" };
  post: { privacy_level: string; allow_duet?: true };
  path: string;
  message: RegExp;
};

const changes: Change[] = [
  {
    what: "duet is turned off",
    set: { duet_disabled: true },
    post: { privacy_level: "SELF_ONLY", allow_duet: true },
    path: "post.allow_duet",
    message: /turned duet off/,
  },
  {
    what: "an audience is offered no more",
    set: { visibility: "private" },
    post: { privacy_level: "PUBLIC_TO_EVERYONE" },
    path: "post.privacy_level",
    message: /^Choose what the account offers: (?!.*PUBLIC_TO_EVERYONE)/,
  },
];

Deno.test("a post that was taken is looked at again when it starts", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const path = await person.upload("clip.mp4", await readClip());
  for (const { what, set, post, ...wrong } of changes) {
    await t.step(`${what}: it is failed, and nothing is sent`, async () => {
      const account = world.takeAccount();
      const connection = await person.connect({ account });
      const job = await person.publish(videoPost(connection.id, path, {
        scheduled_at: new Date(Date.now() + (world.ahead_seconds + DAY_SECONDS) * 1000)
          .toISOString(),
        post,
      }));
      world.tiktok.users.update(account, set);
      const { inits } = world.tiktok.state;
      await world.skip(DAY_SECONDS + 1);
      const done = await person.settle(job.id);
      same([done.status, done.error?.code], ["failed", "media_rejected"]);
      const [error, ...others] = done.error?.errors ?? [];
      same([error?.path, others], [wrong.path, []]);
      match(error?.message ?? "", wrong.message);
      equal(world.tiktok.state.inits, inits, "an init was sent");
    });
  }
});
