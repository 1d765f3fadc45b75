/** Events that TikTok signed, and that are not new, not about what they name, or not readable. */

import { equal } from "../../functions/support/assert.ts";
import { readClip, videoDraft } from "../../functions/support/media.ts";
import type { Attack } from "../support/attack.ts";
import { dated, now_seconds, removal, send, sign, signed, write } from "../support/events.ts";
import type { Stage } from "../support/stage.ts";

const ONE_EVENT = { "private.webhook_events": 1 };

/** A draft that TikTok has all bytes of. */
async function submitted(stage: Stage) {
  const { person, account, id } = await stage.connected();
  const path = await person.upload("clip.mp4", await readClip());
  const { id: job_id } = await person.publish(videoDraft(id, path));
  await stage.world.host.idle();
  const { publish_id, status } = await person.job(job_id);
  equal(status, "processing");
  return { person, account, job_id, publish_id: publish_id ?? "" };
}

export const attacks: Attack[] = [
  {
    name: "an event that was taken before comes again",
    refused: [200],
    async prepare(stage) {
      const { body, signature } = await takenAndReconnected(stage);
      return { strike: () => send(stage, body, signature) };
    },
  },
  {
    name: "an event that was taken before comes again under a new signature",
    refused: [200],
    async prepare(stage) {
      const { body } = await takenAndReconnected(stage);
      const signature = await sign(body, { at: now_seconds() + 1 });
      return { strike: () => send(stage, body, signature) };
    },
  },
  {
    name: "an event comes ten times at once: it is taken once",
    refused: [200],
    leaves: { rows: { ...ONE_EVENT, "public.platform_connections": 1 } },
    async prepare(stage) {
      const { account, person, id } = await stage.connected();
      const body = removal(stage, { user_openid: account });
      const signature = await sign(body);
      return {
        strike: () => Promise.all(Array.from({ length: 10 }, () => send(stage, body, signature))),
        async after() {
          equal((await stage.use(person, id)).body.code, "reconnect_required");
        },
      };
    },
  },
  {
    name: "an authorization.removed that is older than the connection",
    refused: [200],
    leaves: { rows: ONE_EVENT },
    async prepare(stage) {
      const { account, person, id } = await stage.connected();
      const create_time = dated(stage) - 10;
      const body = removal(stage, { user_openid: account, create_time });
      const signature = await sign(body);
      return {
        strike: () => send(stage, body, signature),
        async after() {
          equal((await stage.use(person, id)).status, 200);
        },
      };
    },
  },
  {
    name: "an authorization.removed of an account that nobody has connected",
    refused: [200],
    leaves: { rows: ONE_EVENT },
    prepare: signed((stage) => removal(stage, { user_openid: stage.world.takeAccount() })),
  },
  ...["post.publish.complete", "post.publish.failed", "post.publish.publicly_available"].map((
    event,
  ): Attack => ({
    name: `${event} of another account for the victim's publish_id`,
    refused: [200],
    leaves: { rows: ONE_EVENT },
    async prepare(stage) {
      const { publish_id, person, job_id } = await submitted(stage);
      const body = write(stage, {
        event,
        user_openid: stage.attacker.account,
        content: { publish_id, post_id: "7000000000000000001", reason: "spam_risk" },
      });
      const signature = await sign(body);
      return {
        strike: () => send(stage, body, signature),
        async after() {
          equal((await person.job(job_id)).status, "processing");
          equal((await person.settle(job_id)).status, "sent_to_inbox");
        },
      };
    },
  })),
  {
    name: "post.publish.failed for a post that is published already",
    refused: [200],
    leaves: { rows: ONE_EVENT },
    async prepare(stage) {
      const { publish_id, account, person, job_id } = await submitted(stage);
      equal((await person.settle(job_id)).status, "sent_to_inbox");
      const done = write(stage, {
        event: "post.publish.complete",
        user_openid: account,
        content: { publish_id, publish_type: "INBOX_SHARE" },
      });
      equal((await send(stage, done, await sign(done))).status, 200);
      const body = write(stage, {
        event: "post.publish.failed",
        user_openid: account,
        content: { publish_id, reason: "internal" },
      });
      const signature = await sign(body);
      return {
        strike: () => send(stage, body, signature),
        async after() {
          equal((await person.job(job_id)).status, "published");
        },
      };
    },
  },
  {
    name: "an event for a publish_id that nobody has",
    refused: [200],
    leaves: { rows: ONE_EVENT },
    prepare: signed((stage) =>
      write(stage, {
        event: "post.publish.complete",
        user_openid: stage.victim.account,
        content: { publish_id: "v_pub_file~v2-1.7000000000000000001" },
      })
    ),
  },
  {
    name: "an event that nobody knows",
    refused: [200],
    leaves: { rows: ONE_EVENT },
    prepare: signed((stage) =>
      write(stage, {
        event: "account.promoted'; drop table private.webhook_events; --",
        user_openid: stage.victim.account,
        content: {},
      })
    ),
  },
  {
    name: "a signed event that is no JSON",
    refused: [200],
    prepare: signed(() => '{"client_key": "'),
  },
  {
    name: "a signed event whose content is no JSON",
    refused: [200],
    prepare: signed((stage) => removal(stage, { content: "{reason" })),
  },
  {
    name: "a signed event that is a list",
    refused: [200],
    prepare: signed(() => "[1, 2]"),
  },
  {
    name: "a signed event at a time that is none",
    refused: [200],
    prepare: signed((stage) => removal(stage, { create_time: 1e300 })),
  },
  {
    name: "a signed event with a NUL in the account's name",
    refused: [200],
    prepare: signed((stage) => removal(stage, { user_openid: `${stage.victim.account}\0` })),
  },
  {
    name: "a signed event with half a surrogate pair in its name",
    refused: [200],
    prepare: signed((stage) => removal(stage, { event: "authorization.removed\ud83d" })),
  },
  {
    name: "a signed event with a NUL in its content",
    refused: [200],
    prepare: signed((stage) =>
      write(stage, {
        event: "post.publish.complete",
        user_openid: stage.victim.account,
        content: { publish_id: "v_pub_file~v2-1.\0" },
      })
    ),
  },
  {
    name: "a signed event with the keys __proto__ and constructor",
    refused: [200],
    leaves: { rows: ONE_EVENT },
    prepare: signed((stage) =>
      removal(stage, {
        user_openid: "-000Nobody",
        content: '{"__proto__": {"reason": 4}, "constructor": {"prototype": {"isAdmin": true}}}',
      })
    ),
  },
];

/** The victim's connection ended by an event, and made again; the event is dated after that. */
async function takenAndReconnected(stage: Stage): Promise<{ body: string; signature: string }> {
  const { account, person, id } = await stage.connected();
  const create_time = dated(stage) + 60;
  const body = removal(stage, { user_openid: account, create_time });
  const signature = await sign(body);
  equal((await send(stage, body, signature)).status, 200);
  equal((await stage.use(person, id)).body.code, "reconnect_required");
  equal((await person.connect({ account })).status, "active");
  return { body, signature };
}
