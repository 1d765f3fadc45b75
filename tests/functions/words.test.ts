/** What is wrong with an input is said in plain words, never in those of a library. */

import { doesNotMatch, equal, isProblem, match, ok, same } from "./support/assert.ts";
import type { Answer, Caller } from "./support/caller.ts";
import { startWorld } from "./support/world.ts";

const FOREIGN = /invalid|expected|received|too (small|big)|unrecognized|discriminator|[<>=]/i;
const ID = "0f8b6a52-7a0e-4c3f-8f1d-3c6a9d2e4b70";

type Message = { path: string; message: string };

function assertPlain(answer: Answer): void {
  isProblem(answer, 400, "invalid_request");
  const errors: Message[] = answer.body.errors;
  ok(errors.length > 0);
  for (const text of [answer.body.detail, ...errors.map(({ message }) => message)]) {
    doesNotMatch(text, FOREIGN);
  }
  for (const { message } of errors) match(message, /^[a-z].*[^.]$/);
}

/** A post that is right but for this. */
const post = (change: object) => ({
  connection_id: ID,
  mode: "direct",
  media: { type: "photos", urls: ["https://cdn.nexus.invalid/a.jpg"] },
  post: { privacy_level: "SELF_ONLY" },
  ...change,
});
const info = (change: object) => post({ post: { privacy_level: "SELF_ONLY", ...change } });
const photos = (change: object) =>
  post({ media: { type: "photos", urls: ["https://cdn.nexus.invalid/a.jpg"], ...change } });
const source = (source: unknown) => post({ media: { type: "video", source } });
const storage = (change: object) =>
  source({ kind: "storage", bucket: "videos", path: "a", ...change });

const stored = storage({}).media;

Deno.test("a post that is malformed", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const said: [unknown, Record<string, string>][] = [
    [{}, { connection_id: "is required", media: "is required", mode: "must be direct or draft" }],
    [[], { "": "must be a JSON object" }],
    [post({ surprise: 1 }), { surprise: "is not a field of this request" }],
    [post({ connection_id: 1 }), { connection_id: "must be a text" }],
    [post({ connection_id: "1" }), { connection_id: "must be a UUID" }],
    [post({ media: 1 }), { media: "must be a JSON object" }],
    [post({ media: {} }), { "media.type": "is required: one of video, photos" }],
    [post({ media: { type: "audio" } }), { "media.type": "must be one of video, photos" }],
    [post({ media: { type: "video" } }), { "media.source": "is required" }],
    [source({ kind: 1 }), { "media.source.kind": "must be one of storage, url" }],
    [storage({ bucket: undefined }), { "media.source.bucket": "is required" }],
    [storage({ path: "a".repeat(1025) }), {
      "media.source.path": "must be a path in the bucket",
    }],
    [photos({ urls: 1 }), { "media.urls": "must be a list" }],
    [photos({ urls: Array(201).fill("https://cdn.nexus.invalid/a.jpg") }), {
      "media.urls": "must have at most 200 items",
    }],
    [photos({ cover_index: "0" }), { "media.cover_index": "must be a whole number" }],
    [photos({ cover_index: 0.5 }), { "media.cover_index": "must be a whole number" }],
    [photos({ cover_index: -1 }), { "media.cover_index": "must be at least 0" }],
    [{ ...info({ cover_timestamp_ms: 2 ** 31 }), media: stored }, {
      "post.cover_timestamp_ms": "must be at most 2147483647",
    }],
    [info({ allow_comment: "x" }), { "post.allow_comment": "must be true or false" }],
    [info({ caption: null }), { "post.caption": "must be a text" }],
    [info({ privacy_level: "" }), {
      "post.privacy_level": "is required: one of the creator's privacy_level_options",
    }],
    [post({ post: null }), { post: "must be a JSON object" }],
    [info({ privacy_level: "x".repeat(65) }), {
      "post.privacy_level": "is required: one of the creator's privacy_level_options",
    }],
    [post({ idempotency_key: 1 }), { idempotency_key: "must be a text" }],
    [post({ idempotency_key: "" }), { idempotency_key: "must not be empty" }],
  ];
  for (const [body, errors] of said) {
    await t.step(JSON.stringify(errors), async () => {
      const answer = await person.post("tiktok-publish", body);
      assertPlain(answer);
      const told = answer.body.errors.map(({ path, message }: Message) => [path, message]);
      same(Object.fromEntries(told), errors);
    });
  }
});

Deno.test("every kind of mistake, at every field of every function", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const values = [undefined, null, "", 0, -1, 0.5, 1e300, true, "x".repeat(5000), [], [1], {}];
  const bodies: [string, Caller, string[]][] = [
    ["tiktok-initiate", person, ["scopes", "redirect_to", "dry_run"]],
    ["tiktok-callback", person, ["state", "code", "error", "error_description"]],
    ["tiktok-publish", person, Object.keys(post({ scheduled_at: 0, idempotency_key: 0 }))],
    ["tiktok-disconnect", person, ["connection_id"]],
    ["tiktok-refresh", world.schedule, ["limit"]],
    ["tiktok-status-poll", world.schedule, ["limit"]],
    ["tiktok-analytics", world.schedule, ["limit"]],
  ];
  for (const [slug, caller, fields] of bodies) {
    await t.step(`POST ${slug}`, async () => {
      let refused = 0;
      for (const field of fields) {
        for (const value of values) {
          const answer = await caller.post(slug, { [field]: value });
          if (answer.status !== 400 || answer.body.code !== "invalid_request") continue;
          assertPlain(answer);
          refused++;
        }
      }
      ok(refused >= fields.length);
    });
  }
  for (const slug of ["tiktok-creator", "tiktok-publish", "tiktok-analytics"]) {
    await t.step(`GET ${slug}`, async () => {
      for (const query of ["", "connection_id=1", "job_id=", `connection_id=${ID}&days=x`, "a=1"]) {
        const answer = await person.call("GET", `${slug}?${query}`);
        equal(answer.status === 200, false);
        if (answer.body.code === "invalid_request") assertPlain(answer);
      }
    });
  }
});
