/** Posts that are malformed: 400, each mistake with its path, and never a 500. */

import { equal, isProblem, ok, pathsOf, same } from "./support/assert.ts";
import { pullPost, readClip, videoDraft, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

Deno.test("a malformed post is 400", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  const good = videoPost(connection.id, path);
  const post = (change: object) => ({ ...good, post: { ...good.post, ...change } });
  const storage = (change: object) => ({
    ...good,
    media: { type: "video", source: { kind: "storage", bucket: "videos", path, ...change } },
  });
  const photos = (change: object) => ({
    ...good,
    media: { type: "photos", urls: ["https://cdn.nexus.invalid/a.jpg"], ...change },
  });
  const wrong: [string, unknown, string[]][] = [
    ["a connection_id that is no UUID", { ...good, connection_id: "1" }, ["connection_id"]],
    ["no mode", { ...good, mode: undefined }, ["mode"]],
    ["an unknown mode", { ...good, mode: "story" }, ["mode"]],
    ["a direct post without post", { ...good, post: undefined }, ["post"]],
    ["a direct post whose post is null", { ...good, post: null }, ["post"]],
    ["a draft with post", { ...good, mode: "draft" }, ["post"]],
    ["no privacy_level: there is no default", { ...good, post: { caption: "x" } }, [
      "post.privacy_level",
    ]],
    ["an empty privacy_level", post({ privacy_level: "" }), ["post.privacy_level"]],
    ["an unknown field", { ...good, user_id: person.id }, ["user_id"]],
    ["an unknown field of post", post({ auto_add_music: true }), ["post.auto_add_music"]],
    ["an unknown field of media", { ...good, media: { ...good.media, url: "x" } }, ["media.url"]],
    ["an unknown field of the source", storage({ etag: "x" }), ["media.source.etag"]],
    ["an unknown type", { ...good, media: { type: "audio" } }, ["media.type"]],
    ["an unknown kind", storage({ kind: "ftp" }), ["media.source.kind"]],
    [
      "an unknown transfer",
      pullPost(connection.id, "https://a.invalid/", {
        media: {
          type: "video",
          source: { kind: "url", url: "https://a.invalid/", transfer: "push" },
        },
      }),
      ["media.source.transfer"],
    ],
    ["a switch that is a text", post({ allow_comment: "false" }), ["post.allow_comment"]],
    ["a switch that is null", post({ brand_content: null }), ["post.brand_content"]],
    ["a cover before the start", post({ cover_timestamp_ms: -1 }), ["post.cover_timestamp_ms"]],
    ["a cover between milliseconds", post({ cover_timestamp_ms: 0.5 }), [
      "post.cover_timestamp_ms",
    ]],
    ["a cover beyond 32 bits", post({ cover_timestamp_ms: 2 ** 31 }), ["post.cover_timestamp_ms"]],
    ["a title on a video", post({ title: "x" }), ["post.title"]],
    ["an idempotency key of 256 characters", { ...good, idempotency_key: "k".repeat(256) }, [
      "idempotency_key",
    ]],
    ["an empty idempotency key", { ...good, idempotency_key: "" }, ["idempotency_key"]],
    ["an idempotency key that is a number", { ...good, idempotency_key: 1 }, ["idempotency_key"]],
    ["a dry_run that is a text", { ...good, dry_run: "true" }, ["dry_run"]],
    ["a time without a zone", { ...good, scheduled_at: "2026-12-01T09:00:00" }, ["scheduled_at"]],
    ["a date alone", { ...good, scheduled_at: "2026-12-01" }, ["scheduled_at"]],
    ["a day that is not", { ...good, scheduled_at: "2026-02-30T09:00:00Z" }, ["scheduled_at"]],
    ["an hour that is not", { ...good, scheduled_at: "2026-12-01T25:00:00Z" }, ["scheduled_at"]],
    ["a word for a time", { ...good, scheduled_at: "tomorrow" }, ["scheduled_at"]],
    ["seconds since 1970", { ...good, scheduled_at: 1_800_000_000 }, ["scheduled_at"]],
    ["no photos", photos({ urls: [] }), ["media.urls"]],
    ["a photo without scheme", photos({ urls: ["cdn.nexus.invalid/a.jpg"] }), ["media.urls.0"]],
    ["a photo with a password", photos({ urls: ["https://u:p@cdn.nexus.invalid/a.jpg"] }), [
      "media.urls.0",
    ]],
    ["a photo from a file", photos({ urls: ["file:///etc/passwd"] }), ["media.urls.0"]],
    ["a cover beyond the photos", photos({ cover_index: 1 }), ["media.cover_index"]],
    ["a cover before the photos", photos({ cover_index: -1 }), ["media.cover_index"]],
    ["a bucket with a slash", storage({ bucket: "videos/../secret" }), ["media.source.bucket"]],
    ["a bucket of dots", storage({ bucket: ".." }), ["media.source.bucket"]],
    ["an empty path", storage({ path: "" }), ["media.source.path"]],
    ["a path that begins with a slash", storage({ path: `/${path}` }), ["media.source.path"]],
    ["a path that ends with a slash", storage({ path: `${path}/` }), ["media.source.path"]],
    ["a path with an empty segment", storage({ path: path.replace("/", "//") }), [
      "media.source.path",
    ]],
    ["a path with .", storage({ path: `./${path}` }), ["media.source.path"]],
    ["a path with ..", storage({ path: `x/../${path}` }), ["media.source.path"]],
    ["a path that is a list", storage({ path: [path] }), ["media.source.path"]],
  ];
  for (const [what, request, paths] of wrong) {
    await t.step(what, async () => {
      const answer = await person.post("tiktok-publish", request);
      isProblem(answer, 400, "invalid_request");
      same([...new Set(pathsOf(answer))], paths);
      ok(answer.body.errors.every(({ message }: { message: string }) => message.length > 3));
    });
  }
  await t.step("several mistakes are listed at once", async () => {
    const answer = await person.post("tiktok-publish", {
      ...post({ allow_duet: 1 }),
      mode: "x",
      scheduled_at: "y",
    });
    same(pathsOf(answer), ["mode", "post.allow_duet", "scheduled_at"]);
  });
  await t.step("texts that no database takes: a NUL, half a surrogate pair", async () => {
    for (const text of ["a\0b", "a\ud83d", "\udc00b"]) {
      const photo = "https://cdn.nexus.invalid/a.jpg";
      const bodies = {
        "post.caption": post({ caption: text }),
        "idempotency_key": { ...good, idempotency_key: text },
        "media.source.path": storage({ path: `${path}${text}` }),
        "media.urls.1": photos({ urls: [photo, `https://cdn.nexus.invalid/${text}`] }),
        "post.privacy_level": post({ privacy_level: text }),
      };
      for (const [field, body] of Object.entries(bodies)) {
        const answer = await person.post("tiktok-publish", body);
        isProblem(answer, 400, "invalid_request");
        same(pathsOf(answer), [field]);
      }
    }
  });
  await t.step("times that no database takes are 400, or now", async () => {
    const times = [
      "0000-01-01T00:00:00Z",
      "0001-01-01T00:00:00+14:00",
      "9999-12-31T23:59:59-14:00",
      "1969-12-31T23:59:59Z",
    ];
    for (const scheduled_at of times) {
      const answer = await person.post(
        "tiktok-publish",
        videoDraft(connection.id, path, { scheduled_at }),
      );
      ok([202, 400].includes(answer.status), `${scheduled_at}: ${JSON.stringify(answer.body)}`);
      if (answer.status === 202) await person.delete(`tiktok-publish?job_id=${answer.body.job.id}`);
    }
  });
  await t.step("TikTok was never asked to take anything of that", async () => {
    await world.host.idle();
    equal(world.tiktok.state.publishes.filter(({ mode }) => mode === "direct").length, 0);
  });
});

Deno.test("whose object it is, is asked with the caller's own rights", async (t) => {
  await using world = await startWorld();
  const [person, victim] = [await world.person(), await world.person()];
  const connection = await person.connect();
  const clip = await readClip();
  const [own, theirs] = [
    await person.upload("clip.mp4", clip),
    await victim.upload("clip.mp4", clip),
  ];
  const draftOf = (path: string) => videoDraft(connection.id, path, { dry_run: true });
  const refused: [string, string][] = [
    ["another user's path", theirs],
    ["another user's path in capitals", theirs.toUpperCase()],
    ["encoded dots from mine to theirs", `${person.id}/%2e%2e/${theirs}`],
    ["encoded dots from theirs to mine", `${victim.id}/%2e%2e/${own}`],
    ["doubly encoded dots", `${person.id}/%252e%252e/${theirs}`],
    ["an encoded slash", own.replace("/", "%2F")],
    ["backslashes", `${person.id}\\..\\${theirs}`],
    ["a query behind mine", `${own}?x=1`],
    ["a fragment behind mine", `${own}#x`],
    ["a query before theirs", `${own}?/x/${theirs}`],
    ["dots with a blank", `${person.id}/.. /${theirs}`],
    ["a tab in the dots", `${person.id}/.\t./${theirs}`],
    ["a new line at the end", `${own}\n`],
    ["the bucket before it", `videos/${own}`],
    ["nothing of that name", `${person.id}/none.mp4`],
  ];
  for (const [what, path] of refused) {
    await t.step(`${what} is 422`, async () => {
      const answer = await person.post("tiktok-publish", videoDraft(connection.id, path));
      isProblem(answer, 422, "media_rejected");
      same(pathsOf(answer), ["media.source.path"]);
      const { body } = await person.post("tiktok-publish", draftOf(path));
      same(body.checks.filter((check: { ok: boolean }) => !check.ok).length, 1);
    });
  }
  await t.step("what is not there and what is not his look the same", async () => {
    const [missing, foreign] = await Promise.all(
      [`${person.id}/none.mp4`, theirs].map((path) =>
        person.post("tiktok-publish", videoDraft(connection.id, path))
      ),
    );
    same(missing?.body.errors, foreign?.body.errors);
    equal(missing?.body.detail, foreign?.body.detail);
  });
  const names = [
    "mein schöner Clip.mp4",
    "a+b (1).mp4",
    "100% done.mp4",
    "what?.mp4",
    "no#1.mp4",
    "日本.mp4",
  ];
  for (const name of names) {
    await t.step(`a file that is really called ${name} is found and sent`, async () => {
      await person.upload(encodeURIComponent(name), clip);
      const job = await person.publish(videoDraft(connection.id, `${person.id}/${name}`));
      equal((await person.settle(job.id)).status, "sent_to_inbox");
      await world.skip(24 * 3600);
    });
  }
});
