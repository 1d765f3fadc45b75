/** What TikTok is going to fetch itself is looked at beforehand, as far as we can read it. */

import { equal, isProblem, ok, pathsOf, same } from "./support/assert.ts";
import { clip_path, pullPost } from "./support/media.ts";
import { type Misbehaviour, serveFile } from "./support/source.ts";
import { startWorld } from "./support/world.ts";

const unfit_path = new URL("./fixtures/unfit.mp4", import.meta.url).pathname;

Deno.test("a video that TikTok fetches", async (t) => {
  await using source = serveFile(clip_path);
  await using unfit = serveFile(unfit_path);
  await using world = await startWorld({
    env: { MEDIA_ALLOWED_HOSTS: `${source.host},${unfit.host}`, TIKTOK_DAILY_POST_LIMIT: "100" },
  });
  const person = await world.person();
  const connection = await person.connect();
  const post = (url: string, change: object = {}) =>
    person.post("tiktok-publish", pullPost(connection.id, url, change));
  const failing = (checks: { ok: boolean; name: string }[]) =>
    checks.filter(({ ok }) => !ok).map(({ name }) => name);

  await t.step("is checked by all the rules, and read by parts", async () => {
    source.behave();
    const { body } = await post(source.url, { dry_run: true });
    same(failing(body.checks), []);
    const names = body.checks.map(({ name }: { name: string }) => name);
    for (const rule of ["container", "codec", "duration", "resolution", "size"]) {
      ok(names.includes(rule), `${rule} is among ${names}`);
    }
    ok(source.asked() > 1);
  });
  await t.step(
    "that breaks rules is refused before TikTok is asked, with everything at once",
    async () => {
      const before = world.calls("/v2/post/publish/video/init/");
      const answer = await post(unfit.url);
      isProblem(answer, 422, "media_rejected");
      ok(pathsOf(answer).length > 2);
      same([...new Set(pathsOf(answer))], ["media.source.url"]);
      equal(world.calls("/v2/post/publish/video/init/"), before);
    },
  );
  const unread: Misbehaviour[] = ["whole", "missing", "unavailable", "cut", "endless", "elsewhere"];
  for (const how of unread) {
    await t.step(`that we cannot read (${how}) is left to TikTok`, async () => {
      source.misbehave(how, 2, Infinity);
      const { status, body } = await post(source.url, { dry_run: true });
      equal(status, 200);
      same(failing(body.checks), []);
      source.misbehave(how, 1, Infinity);
      same(failing((await post(source.url, { dry_run: true })).body.checks), []);
      ok(source.sent_bytes() < 20_000_000);
    });
  }
  await t.step(
    "on a host that is not public is refused, after its name was looked up",
    async () => {
      // A name of this machine by RFC 6761.
      const answer = await post("https://localhost:1/video.mp4");
      isProblem(answer, 422, "media_rejected");
      same(pathsOf(answer), ["media.source.url"]);
    },
  );
});
