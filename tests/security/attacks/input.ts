/** Bodies and queries that are made to break something: refused before anything happens. */

import { equal } from "../../functions/support/assert.ts";
import type { Answer, Caller } from "../../functions/support/caller.ts";
import { videoDraft } from "../../functions/support/media.ts";
import type { Attack } from "../support/attack.ts";
import type { Resident, Stage } from "../support/stage.ts";

const MAX_BODY_BYTES = 256 * 1024;

type Body = [what: string, body: string | Uint8Array];

const BROKEN: Body[] = [
  ["JSON that was cut off", '{"connection_id": "'],
  ["two JSON values", "{}{}"],
  ["bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ["a list", "[]"],
  ["null", "null"],
  ["lists in lists, sixty thousand deep", "[".repeat(60_000) + "]".repeat(60_000)],
  ["objects in objects, thirty thousand deep", '{"a":'.repeat(30_000) + "1" + "}".repeat(30_000)],
];

/** Keys that would mean something to JavaScript itself. */
const POLLUTING: Body[] = [
  ["__proto__", '{"__proto__": {"dry_run": true, "isAdmin": true}}'],
  ["constructor.prototype", '{"constructor": {"prototype": {"isAdmin": true}}}'],
  ["toString", '{"toString": "x"}'],
];

/** Everything that takes a body, with who may send one. */
function receivers({ world, attacker }: Stage): [string, Caller][] {
  return [
    ["tiktok-initiate", attacker.person],
    ["tiktok-callback", attacker.person],
    ["tiktok-publish", attacker.person],
    ["tiktok-disconnect", attacker.person],
    ["tiktok-refresh", world.schedule],
    ["tiktok-status-poll", world.schedule],
  ];
}

async function toAll(
  stage: Stage,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [slug, caller] of receivers(stage)) {
    answers.push(await caller.post(slug, body, { headers }));
  }
  return answers;
}

/** A post with one thing in it that does not belong there. */
const post = (attacker: Resident, change: object) =>
  videoDraft(attacker.connection_id, attacker.path, change);

export const attacks: Attack[] = [
  ...BROKEN.map(([what, body]): Attack => ({
    name: `every function that takes a body gets ${what}`,
    refused: [400, "invalid_request"],
    prepare: (stage) => ({ strike: () => toAll(stage, body) }),
  })),
  {
    name: "every function that takes a body gets more than 256 KiB",
    refused: [413, "invalid_request"],
    prepare: (stage) => ({
      strike: () => toAll(stage, `{"x": "${"a".repeat(MAX_BODY_BYTES)}"}`),
    }),
  },
  {
    name: "TikTok's function gets more than 256 KiB from nobody",
    refused: [413, "invalid_request"],
    prepare: ({ world }) => ({
      strike: () => world.anyone.post("tiktok-webhook", "a".repeat(MAX_BODY_BYTES + 1)),
    }),
  },
  ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"].map((
    type,
  ): Attack => ({
    // What a page may send without a preflight.
    name: `every function that takes a body gets JSON as ${type}`,
    refused: [415, "invalid_request"],
    prepare: (stage) => ({ strike: () => toAll(stage, "{}", { "content-type": type }) }),
  })),
  ...POLLUTING.map(([what, body]): Attack => ({
    name: `every function that takes a body gets the key ${what}`,
    refused: [400, "invalid_request"],
    prepare: (stage) => ({
      strike: () => toAll(stage, body),
      after() {
        equal("isAdmin" in {}, false, "the prototype of all objects was changed");
      },
    }),
  })),
  {
    name: "a post with the keys __proto__ and constructor, at every level",
    refused: [400, "invalid_request"],
    prepare: ({ attacker }) => ({
      async strike() {
        const good = JSON.stringify(post(attacker, {}));
        const answers: Answer[] = [];
        for (const key of ["__proto__", "constructor"]) {
          for (const at of good.matchAll(/\{/g)) {
            const body = `${good.slice(0, at.index + 1)}"${key}": {"isAdmin": true}, ` +
              good.slice(at.index + 1);
            answers.push(await attacker.person.post("tiktok-publish", body));
          }
        }
        return answers;
      },
      after() {
        equal("isAdmin" in {}, false, "the prototype of all objects was changed");
      },
    }),
  },
  ...Object.entries({
    status: "published",
    publish_id: "v_pub_file~v2-1.1",
    user_id: crypto.randomUUID(),
    next_attempt_at: "2020-01-01T00:00:00Z",
    upload_url: "https://evil.example/",
    source: { size_bytes: 1, etag: "x", content_type: "video/mp4" },
  }).map(([name, value]): Attack => ({
    name: `a post brings ${name}, which only the server sets`,
    refused: [400, "invalid_request"],
    prepare: ({ attacker }) => ({
      strike: () => attacker.person.post("tiktok-publish", post(attacker, { [name]: value })),
    }),
  })),
  {
    name: "a NUL and half a surrogate pair in every text of a post",
    refused: [400, "invalid_request"],
    prepare: ({ attacker }) => ({
      async strike() {
        const good = post(attacker, { idempotency_key: "k" });
        const answers: Answer[] = [];
        for (const text of ["a\0b", "a\ud83d"]) {
          const bodies = [
            { ...good, idempotency_key: text },
            { ...good, mode: "direct", post: { privacy_level: "SELF_ONLY", caption: text } },
            post({ ...attacker, path: `${attacker.path}${text}` }, {}),
          ];
          for (const body of bodies) {
            answers.push(await attacker.person.post("tiktok-publish", body));
          }
        }
        return answers;
      },
    }),
  },
  {
    name: "SQL where ids belong",
    refused: [400, "invalid_request"],
    prepare: ({ attacker: { person } }) => ({
      async strike() {
        const sql = encodeURIComponent("' or true; drop table private.error_log; --");
        return [
          await person.get(`tiktok-creator?connection_id=${sql}`),
          await person.get(`tiktok-publish?job_id=${sql}`),
          await person.delete(`tiktok-publish?job_id=${sql}`),
          await person.post("tiktok-disconnect", { connection_id: decodeURIComponent(sql) }),
        ];
      },
    }),
  },
  {
    name: "an id that is given twice, the second time somebody else's",
    refused: [400, "invalid_request"],
    prepare: ({ attacker, victim }) => ({
      strike: async () => [
        await attacker.person.get(
          `tiktok-creator?connection_id=${attacker.connection_id}&connection_id=${victim.connection_id}`,
        ),
        await attacker.person.delete(
          `tiktok-publish?job_id=${attacker.job_id}&job_id=${victim.job_id}`,
        ),
      ],
    }),
  },
  {
    name: "an id in the query of a request that takes it from its body",
    refused: [400, "invalid_request"],
    prepare: ({ attacker: { person, connection_id } }) => ({
      strike: () => person.post(`tiktok-disconnect?connection_id=${connection_id}`, {}),
    }),
  },
  {
    name: "a limit that would claim everything, or nothing for ever",
    refused: [400, "invalid_request"],
    prepare: ({ world }) => ({
      async strike() {
        const answers: Answer[] = [];
        for (const limit of [0, -1, 101, 1e300, "100", null]) {
          answers.push(await world.schedule.post("tiktok-refresh", { limit }));
          answers.push(await world.schedule.post("tiktok-status-poll", { limit }));
        }
        return answers;
      },
    }),
  },
];
