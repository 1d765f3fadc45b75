import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import {
  verifyWebhook,
  WEBHOOK_TOLERANCE_SECONDS,
} from "../../supabase/functions/_shared/tiktok/index.ts";

const SECRET = "secret_test";
const SIGNED_AT_SECONDS = 1_633_174_587;
const BODY =
  '{"client_key":"ck_test","event":"authorization.removed","create_time":1615338610,"user_openid":"open_test","content":"{\\"reason\\":1}"}';
const SIGNATURE = "0ca75d109e1f69e383f370befd200bffe6d261084b17dbd216bf3a5a87c17ea4";

function deliver(overrides: Partial<Parameters<typeof verifyWebhook>[0]> = {}) {
  return verifyWebhook({
    secret: SECRET,
    header: `t=${SIGNED_AT_SECONDS},s=${SIGNATURE}`,
    raw_body: new TextEncoder().encode(BODY),
    now_ms: SIGNED_AT_SECONDS * 1000,
    tolerance_seconds: WEBHOOK_TOLERANCE_SECONDS,
    ...overrides,
  });
}

/** A delivery whose signature is right, made independently of the code under test. */
function deliverSigned(body: string) {
  const mac = createHmac("sha256", SECRET).update(`${SIGNED_AT_SECONDS}.${body}`).digest("hex");
  return deliver({
    raw_body: new TextEncoder().encode(body),
    header: `t=${SIGNED_AT_SECONDS},s=${mac}`,
  });
}

function eventBody(event: string, content: string): string {
  const fields = { client_key: "ck_test", event, create_time: 1615338610, content };
  return JSON.stringify(fields);
}

Deno.test("the known vector is genuine, and its content is parsed too", async () => {
  assert.deepEqual(await deliver(), {
    ok: true,
    event: {
      client_key: "ck_test",
      event: "authorization.removed",
      created_at: "2021-03-10T01:10:10.000Z",
      user_open_id: "open_test",
      content: { reason: 1 },
    },
  });
});

Deno.test("a header with blanks and capitals is the same header", async () => {
  const header = `s=${SIGNATURE.toUpperCase()}, t=${SIGNED_AT_SECONDS}`;
  assert.equal((await deliver({ header })).ok, true);
});

const BAD_HEADERS: Record<string, string | null> = {
  "is missing": null,
  "is empty": "",
  "has no signature": `t=${SIGNED_AT_SECONDS}`,
  "has no time": `s=${SIGNATURE}`,
  "has a short signature": `t=${SIGNED_AT_SECONDS},s=${SIGNATURE.slice(2)}`,
  "has a time that is none": `t=1e9,s=${SIGNATURE}`,
  "names the signature twice": `t=${SIGNED_AT_SECONDS},s=${SIGNATURE},s=${SIGNATURE}`,
};
for (const [name, header] of Object.entries(BAD_HEADERS)) {
  Deno.test(`a delivery whose header ${name} is unsigned`, async () => {
    assert.deepEqual(await deliver({ header }), { ok: false, refusal: "unsigned" });
  });
}

Deno.test("any changed bit of body, time or signature is a forgery", async () => {
  const bytes = new TextEncoder().encode(BODY);
  await fc.assert(fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
    const raw_body = bytes.slice();
    raw_body[bit >> 3]! ^= 1 << (bit & 7);
    assert.deepEqual(await deliver({ raw_body }), { ok: false, refusal: "forged" });
  }));
  for (const header of [`t=${SIGNED_AT_SECONDS + 1},s=${SIGNATURE}`, `t=1,s=${"0".repeat(64)}`]) {
    assert.deepEqual(await deliver({ header }), { ok: false, refusal: "forged" });
  }
});

Deno.test("another secret, and an empty one, are forgeries", async () => {
  for (const secret of ["secret_tesT", ""]) {
    assert.deepEqual(await deliver({ secret }), { ok: false, refusal: "forged" });
  }
});

const AGES: [age_seconds: number, ok: boolean][] = [
  [0, true],
  [WEBHOOK_TOLERANCE_SECONDS, true],
  [WEBHOOK_TOLERANCE_SECONDS + 1, false],
  [-300, true],
  [-301, false],
];
for (const [age_seconds, ok] of AGES) {
  Deno.test(`a signature ${age_seconds} s old is ${ok ? "taken" : "stale"}`, async () => {
    const verdict = await deliver({ now_ms: (SIGNED_AT_SECONDS + age_seconds) * 1000 });
    assert.equal(verdict.ok || verdict.refusal, ok ? true : "stale");
  });
}

Deno.test("a post id that is a number keeps its digits through both parsings", async () => {
  const verdict = await deliverSigned(
    eventBody(
      "post.publish.publicly_available",
      '{"publish_id":"v","post_id":7678907398077074696}',
    ),
  );
  assert.ok(verdict.ok);
  assert.equal(verdict.event.content.post_id, "7678907398077074696");
  assert.equal(verdict.event.user_open_id, null);
});

for (const word of ["publicly", "publicaly"]) {
  Deno.test(`${word} comes out in one spelling`, async () => {
    for (const prefix of ["", "no_longer_"]) {
      const verdict = await deliverSigned(
        eventBody(`post.publish.${prefix}${word}_available`, "{}"),
      );
      assert.ok(verdict.ok);
      assert.equal(verdict.event.event, `post.publish.${prefix}publicly_available`);
    }
  });
}

Deno.test("an unknown event without content is an event", async () => {
  const verdict = await deliverSigned(eventBody("something.new", ""));
  assert.ok(verdict.ok);
  assert.deepEqual(verdict.event.content, {});
});

const UNREADABLE: Record<string, string> = {
  "is not JSON": "<xml/>",
  "lacks its fields": "{}",
  "has content that is not JSON": eventBody("post.publish.failed", "{"),
  "has content that is a list": eventBody("post.publish.failed", "[]"),
};
for (const [name, body] of Object.entries(UNREADABLE)) {
  Deno.test(`a genuine delivery that ${name} is unreadable`, async () => {
    assert.deepEqual(await deliverSigned(body), { ok: false, refusal: "unreadable" });
  });
}
