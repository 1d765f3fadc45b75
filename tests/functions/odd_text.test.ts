/** Text that JSON can say and Postgres refuses: a NUL, half a character. It costs nobody anything. */

import { equal, match, same } from "./support/assert.ts";
import { readClip, videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const ODD = "a\0b\ud83d";
const READ = "a\uFFFDb\uFFFD";

const STATUS = "/v2/post/publish/status/fetch/";
const INIT = "/v2/post/publish/video/init/";

Deno.test("names, titles, scopes and reasons with odd text are taken, and told with U+FFFD", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const open_id = world.takeAccount();
  const account = world.tiktok.state.accounts.find((one) => one.open_id === open_id);
  if (account === undefined) throw new Error("no such account");
  account.nickname = ODD;
  account.videos = [{
    id: "7600000000000000123",
    create_time: Math.floor(Date.now() / 1000) - 7_200,
    title: ODD,
    duration: 20,
    width: 1080,
    height: 1920,
    view_count: 1,
    like_count: 1,
    comment_count: 1,
    share_count: 1,
  }];
  const connection = await person.connect({ account: open_id });
  const path = await person.upload("clip.mp4", await readClip());

  await t.step("the account", () => equal(connection.display_name, READ));
  await t.step("the creator", async () => {
    const creator = (await person.get(`tiktok-creator?connection_id=${connection.id}`)).body;
    equal(creator.creator.nickname, READ);
  });
  await t.step("the videos", async () => {
    const figures = await person.get(
      `tiktok-analytics?connection_id=${connection.id}`,
    );
    equal(figures.status, 200, JSON.stringify(figures.body));
    same(figures.body.videos.map(({ title }: { title: string }) => title), [READ]);
  });
  await t.step("an init's refusal", async () => {
    world.tiktok.faults.add({ path: INIT, kind: "error", code: `odd${ODD}` });
    const { id } = await person.publish(videoPost(connection.id, path));
    const job = await person.settle(id);
    same([job.status, job.error?.tiktok_code], ["failed", `odd${READ}`]);
  });
  await t.step("a failure's reason", async () => {
    const { id } = await person.publish(videoPost(connection.id, path));
    const body = JSON.stringify({
      data: { status: "FAILED", fail_reason: ODD },
      error: { code: "ok", message: ODD },
    });
    world.tiktok.faults.add({ path: STATUS, kind: "garbage", body, times: 100 });
    const job = await person.settle(id);
    same([job.status, job.error?.tiktok_code], ["failed", READ]);
    match(job.error?.detail ?? "", /\w/);
  });
});
