/** `idempotency_key`: the same request again is the first job again. */

import { equal, isProblem, same } from "./support/assert.ts";
import { readClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

Deno.test("a key belongs to one request of one user", async (t) => {
  await using world = await startWorld();
  const [person, other] = [await world.person(), await world.person()];
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const request = videoPost(connection.id, path, { idempotency_key: "first" });
  const job = await person.publish(request);
  const again = (body: unknown) => person.post("tiktok-publish", body);

  const same_as: [string, unknown][] = [
    ["the same", request],
    ["its members in another order", Object.fromEntries(Object.entries(request).reverse())],
    ["its defaults written out", {
      ...request,
      dry_run: false,
      post: { ...request.post, allow_comment: false, allow_duet: false, brand_content: false },
    }],
    ["its id in capitals", { ...request, connection_id: connection.id.toUpperCase() }],
  ];
  for (const [what, body] of same_as) {
    await t.step(`${what}: 200 with the first job`, async () => {
      const answer = await again(body);
      equal(answer.status, 200);
      equal(answer.body.job.id, job.id);
    });
  }
  const others: [string, unknown][] = [
    ["another caption", { ...request, post: { ...request.post, caption: "Other" } }],
    ["another audience", {
      ...request,
      post: { ...request.post, privacy_level: "PUBLIC_TO_EVERYONE" },
    }],
    ["a switch more", { ...request, post: { ...request.post, allow_duet: true } }],
    ["a draft", videoDraft(connection.id, path, { idempotency_key: "first" })],
    ["another time", { ...request, scheduled_at: "2030-01-01T00:00:00Z" }],
    [
      "another file",
      videoPost(connection.id, `${person.id}/other.mp4`, { idempotency_key: "first" }),
    ],
    ["another connection", { ...request, connection_id: crypto.randomUUID() }],
  ];
  for (const [what, body] of others) {
    await t.step(`${what}: 422 idempotency_conflict`, async () => {
      isProblem(await again(body), 422, "idempotency_conflict");
    });
  }
  await t.step("it is still the first job once that is settled", async () => {
    await person.settle(job.id);
    const answer = await again(request);
    equal(answer.status, 200);
    equal(answer.body.job.status, "published");
  });
  await t.step("and once the account is gone", async () => {
    world.tiktok.users.removeAuthorization(connection.platform_user_id);
    equal((await again(request)).body.job.id, job.id);
  });
  await t.step("another user's key of that name is his own", async () => {
    const theirs = await other.connect();
    const file = await other.upload("clip.mp4", await readClip());
    const answer = await other.post(
      "tiktok-publish",
      videoDraft(theirs.id, file, { idempotency_key: "first" }),
    );
    equal(answer.status, 202);
    await other.settle(answer.body.job.id);
  });
  await t.step("a time in another zone is the same time", async () => {
    const theirs = await other.connect();
    const file = await other.upload("clip.mp4", await readClip());
    const at = (scheduled_at: string) =>
      videoDraft(theirs.id, file, { idempotency_key: "zone", scheduled_at });
    const first = await other.publish(at("2030-01-01T12:00:00Z"));
    const answer = await other.post("tiktok-publish", at("2030-01-01T13:00:00.000+01:00"));
    equal(answer.status, 200);
    equal(answer.body.job.id, first.id);
  });
  await t.step("without a key, the same request twice is two jobs", async () => {
    const theirs = await other.connect();
    const file = await other.upload("clip.mp4", await readClip());
    const [a, b] = [
      await other.publish(videoDraft(theirs.id, file)),
      await other.publish(videoDraft(theirs.id, file)),
    ];
    equal(a.id === b.id, false);
    await world.host.idle();
  });
});

Deno.test("twenty at once with one key are one job and one post", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const request = videoDraft(connection.id, path, { idempotency_key: "crowd" });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => person.post("tiktok-publish", request)),
  );
  same(answers.map(({ status }) => status).sort(), [...Array(19).fill(200), 202]);
  const ids = new Set(answers.map(({ body }) => body.job.id));
  equal(ids.size, 1);
  const [id] = ids;
  equal((await person.settle(id!)).status, "sent_to_inbox");
  equal(world.tiktok.state.inits, 1);
  equal((await world.host.sql.query("select 1 from public.publish_jobs")).length, 1);
});

Deno.test("twenty at once with one key and two bodies: one job, the other body is a conflict", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const bodies = ["2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"].map((scheduled_at) =>
    videoDraft(connection.id, path, { idempotency_key: "crowd", scheduled_at })
  );
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => person.post("tiktok-publish", bodies[n % 2])),
  );
  same(answers.map(({ status }) => status).sort(), [
    ...Array(9).fill(200),
    202,
    ...Array(10).fill(422),
  ]);
  equal((await world.host.sql.query("select 1 from public.publish_jobs")).length, 1);
});
