/**
 * Whatever TikTok answers in place of what it should: no call fails as ours (500), a job stays in a
 * state that has a name, and nothing is posted twice.
 */

import fc from "fast-check";
import { ok } from "./support/assert.ts";
import { pullPost, readClip, videoPost } from "./support/media.ts";
import { CDN, pullable } from "./support/pulls.ts";
import { startWorld } from "./support/world.ts";

const TOKEN = "/v2/oauth/token/";
const USER = "/v2/user/info/";
const CREATOR = "/v2/post/publish/creator_info/query/";
const INIT = "/v2/post/publish/video/init/";
const STATUS = "/v2/post/publish/status/fetch/";
const VIDEOS = "/v2/video/list/";

const RUNS = 12;
const HOUR_SECONDS = 3_600;
const REMOVED = Symbol("removed");
const ODD = [
  ...[null, true, "", "x", "0", "9".repeat(400), "a\0b\ud83d", 0, -1, 1.5, 1e30],
  ...[[], {}, [null], [[]], REMOVED],
];

/** One part of an answer, whole answer included, that is something else. */
type Oddity = { place: number; value: unknown };
const oddities = fc.record({ place: fc.nat(), value: fc.constantFrom(...ODD) });

function spoil(answer: string, { place, value }: Oddity): string {
  const root = { answer: JSON.parse(answer) };
  const places: [Record<string, unknown>, string][] = [];
  const collect = (holder: Record<string, unknown>) => {
    for (const [name, inner] of Object.entries(holder)) {
      places.push([holder, name]);
      if (typeof inner === "object" && inner !== null) collect(inner as Record<string, unknown>);
    }
  };
  collect(root);
  const [holder, name] = places[place % places.length]!;
  if (value === REMOVED) delete holder[name];
  else holder[name] = value;
  return JSON.stringify(root.answer) ?? "";
}

Deno.test("whatever TikTok answers", async (t) => {
  await using world = await startWorld({
    env: { TIKTOK_DAILY_POST_LIMIT: "1000", TIKTOK_DAILY_QUERY_LIMIT: "100000" },
    tiktok_options: pullable(),
  });
  const account = world.takeAccount();
  let [person, path, connection_id] = [await world.person(), "", ""];
  /** Another user each time: nothing is left of what the last one was answered. */
  const begin = async () => {
    person = await world.person();
    path = await person.upload("clip.mp4", await readClip());
    connection_id = (await person.connect({ account })).id;
    // Minutes are counted an account.
    await world.skip(61);
  };

  const figures = async () => {
    // Those of today are known by now.
    await world.skip(25 * HOUR_SECONDS);
    return await person.get(`tiktok-analytics?connection_id=${connection_id}`);
  };
  const post = async (request: { post: object }) => {
    const caption = crypto.randomUUID();
    const answer = await person.post("tiktok-publish", {
      ...request,
      post: { ...request.post, caption },
    });
    if (answer.status !== 202) return answer;
    for (let ticks = 0; ticks < 3; ticks++) {
      await world.host.idle();
      await person.tickWhenDue(answer.body.job);
    }
    await world.tiktok.pullsDone();
    await world.host.idle();
    const posts = world.tiktok.state.posts.filter((post) => post.caption === caption);
    ok(posts.length <= 1, `${posts.length} posts`);
    const looked = await person.get(`tiktok-publish?job_id=${answer.body.job.id}`);
    ok(looked.body.job.error?.code !== "internal", JSON.stringify(looked.body));
    return looked;
  };
  type Act = () => Promise<{ status: number; body: unknown }>;
  const lines: [string, string, Act][] = [
    ["to an exchange", TOKEN, async () => person.complete(await person.authorize({ account }))],
    ["of the account", USER, async () => person.complete(await person.authorize({ account }))],
    ["of the creator", CREATOR, async () => person.complete(await person.authorize({ account }))],
    ["to a refresh", TOKEN, async () => {
      await world.skip(3 * HOUR_SECONDS);
      return await person.get(`tiktok-creator?connection_id=${connection_id}`);
    }],
    ["to an upload's init", INIT, () => post(videoPost(connection_id, path))],
    ["to a pull's init", INIT, () => post(pullPost(connection_id, `${CDN}a.mp4`))],
    ["of a post's status", STATUS, () => post(videoPost(connection_id, path))],
    ["of the profile's figures", USER, figures],
    ["of the videos' figures", VIDEOS, figures],
  ];
  for (const [what, address, act] of lines) {
    await t.step(`${what}, it is nobody's fault here`, async () => {
      let asked = 0;
      await fc.assert(
        fc.asyncProperty(oddities, async (oddity) => {
          await begin();
          const body = (answer: string) => (asked++, spoil(answer, oddity));
          world.tiktok.faults.add({ path: address, kind: "garbage", body });
          const answer = await act();
          world.tiktok.faults.clear();
          ok(answer.status !== 500, JSON.stringify(answer.body));
        }),
        { numRuns: RUNS },
      );
      ok(asked > 0, `${address} was asked`);
    });
  }
});
