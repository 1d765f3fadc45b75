/** Uploads among faults: exactly one post, whatever gets lost on the way. */

import { equal, ok, same } from "./support/assert.ts";
import type { Fault } from "../../local/tiktok/index.ts";
import { prepareFiles } from "./support/files.ts";
import { videoPost } from "./support/media.ts";
import { startWorld } from "./support/world.ts";

const INIT = "/v2/post/publish/video/init/";
const STATUS = "/v2/post/publish/status/fetch/";
const CREATOR = "/v2/post/publish/creator_info/query/";
const TOKEN = "/v2/oauth/token/";
const PUT = "/video/";

Deno.test("an upload survives what can go wrong, and is one post", async (t) => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "100" } });
  const { person, small, large, large_sha256 } = await prepareFiles(world);

  /** Posts, with these faults ahead; the job must end as one post. */
  const survives = async (faults: Fault[], path = small, expected_inits = 1) => {
    const account = world.takeAccount();
    const connection = await person.connect({ account });
    const before_seconds = world.ahead_seconds;
    for (const fault of faults) world.tiktok.faults.add(fault);
    const done = await person.settle((await person.publish(videoPost(connection.id, path))).id);
    world.tiktok.faults.clear();
    equal(done.status, "published", JSON.stringify(done.error));
    const mine = <Row extends { open_id: string }>(rows: Row[]) =>
      rows.filter(({ open_id }) => open_id === account);
    const posts = mine(world.tiktok.state.posts);
    equal(posts.length, 1, "posts");
    equal(mine(world.tiktok.state.publishes).length, expected_inits, "accepted inits");
    equal(posts[0]?.publish_id, done.publish_id);
    if (path === large) equal(posts[0]?.sha256, large_sha256);
    equal(done.bytes_sent, done.bytes_total);
    ok(world.ahead_seconds - before_seconds < 3600, "it took longer than an hour");
    equal(done.error, null);
    return { done, account };
  };

  const small_faults: [string, Fault[], number][] = [
    ["an init that never arrived", [{ path: INIT, kind: "refuse" }], 1],
    ["an init refused by the gateway before it acted", [{
      path: INIT,
      kind: "status",
      status: 502,
    }], 1],
    ["an init that was taken and its reply lost", [{ path: INIT, kind: "lose_reply" }], 2],
    ["an init that was taken and answered with 500", [{
      path: INIT,
      kind: "status_after",
      status: 500,
    }], 2],
    ["an init that was taken and answered with no JSON", [{ path: INIT, kind: "garbage" }], 2],
    ["two lost init replies", [{ path: INIT, kind: "lose_reply", times: 2 }], 3],
    ["TikTok's per-minute limit", [{ path: INIT, kind: "error", code: "rate_limit_exceeded" }], 1],
    ["an internal_error of TikTok's", [{ path: INIT, kind: "error", code: "internal_error" }], 1],
    ["the creator's options not answered when it starts", [{
      path: CREATOR,
      nth: 2,
      kind: "status",
      status: 500,
    }], 1],
    ["a chunk that gets a 503", [{ path: PUT, kind: "status", status: 503 }], 1],
    ["a chunk that gets 503 five times", [{ path: PUT, kind: "status", status: 503, times: 5 }], 1],
    ["a chunk cut off in the middle", [{ path: PUT, kind: "cut_upload", after_bytes: 100_000 }], 1],
    ["a chunk that never arrived", [{ path: PUT, kind: "refuse" }], 1],
    ["the only chunk's reply lost", [{ path: PUT, kind: "lose_reply" }], 1],
    ["the only chunk taken and answered with 500", [{
      path: PUT,
      kind: "status_after",
      status: 500,
    }], 1],
    ["the only chunk taken and answered with 500, and the address dead when it is sent again", [
      { path: PUT, kind: "status_after", status: 500 },
      { path: PUT, nth: 2, kind: "expire_upload" },
    ], 1],
    ["an upload address that has expired", [{ path: PUT, kind: "expire_upload" }], 2],
    ["a status that cannot be read", [{ path: STATUS, kind: "status", status: 500, times: 3 }], 1],
    ["a status reply lost", [{ path: STATUS, kind: "lose_reply" }], 1],
    ["a status that is no JSON", [{ path: STATUS, kind: "garbage" }], 1],
    ["a token refused at the init", [{ path: INIT, kind: "expire_token" }], 1],
    ["a token refused at the status", [{ path: STATUS, kind: "expire_token" }], 1],
    ["a token refused at the start's creator_info", [{
      path: CREATOR,
      nth: 2,
      kind: "expire_token",
    }], 1],
    ["a token refused at init, status and once more", [
      { path: INIT, kind: "expire_token" },
      { path: STATUS, kind: "expire_token", times: 2 },
    ], 1],
    ["a refresh that fails in the middle of it", [
      { path: INIT, kind: "expire_token" },
      { path: TOKEN, kind: "status", status: 503, nth: 2 },
    ], 1],
  ];
  for (const [what, faults, inits] of small_faults) {
    await t.step(`whole: ${what}`, async () => void await survives(faults, small, inits));
  }
  const large_faults: [string, Fault[], number][] = [
    ["nothing", [], 1],
    ["the first chunk gets a 500", [{ path: PUT, kind: "status", status: 500 }], 1],
    ["the third chunk's reply is lost: TikTok says 416 and where it is", [{
      path: PUT,
      nth: 3,
      kind: "lose_reply",
    }], 1],
    ["the third chunk is cut off", [{
      path: PUT,
      nth: 3,
      kind: "cut_upload",
      after_bytes: 1_000_000,
    }], 1],
    ["the last chunk's reply is lost", [{ path: PUT, nth: 6, kind: "lose_reply" }], 1],
    ["the last chunk is taken and answered with 502", [{
      path: PUT,
      nth: 6,
      kind: "status_after",
      status: 502,
    }], 1],
    ["the last chunk's reply is lost, and the address is dead when it is sent again", [
      { path: PUT, nth: 6, kind: "lose_reply" },
      { path: PUT, nth: 7, kind: "expire_upload" },
    ], 1],
    [
      "the address expires before the fourth chunk",
      [{ path: PUT, nth: 4, kind: "expire_upload" }],
      2,
    ],
    [
      "every other chunk gets a 500",
      [1, 3, 5, 7, 9, 11].map((nth): Fault => ({ path: PUT, nth, kind: "status", status: 500 })),
      1,
    ],
  ];
  for (const [what, faults, inits] of large_faults) {
    await t.step(`chunked: ${what}`, async () => void await survives(faults, large, inits));
  }
  await t.step("TikTok said 416 where a reply had been lost", () => {
    ok(world.tiktok.state.uploads.some(({ puts }) => puts.some(({ status }) => status === 416)));
  });
  await t.step("no request ever carried a body of unknown length", () => {
    const puts = world.tiktok.state.uploads.flatMap(({ puts }) => puts);
    ok(puts.length > 60);
    ok(
      puts.every(({ content_length, transfer_encoding, first, last }) =>
        transfer_encoding === null && Number(content_length) === last! - first! + 1
      ),
    );
  });
});

Deno.test("progress that TikTok names by the last index is understood as well", async () => {
  await using world = await startWorld({ tiktok_options: { upload_progress: "last_index" } });
  const { person, large, large_sha256 } = await prepareFiles(world);
  const connection = await person.connect();
  world.tiktok.faults.add({ path: PUT, nth: 2, kind: "lose_reply" });
  const done = await person.settle((await person.publish(videoPost(connection.id, large))).id);
  same([done.status, world.tiktok.state.posts[0]?.sha256], ["published", large_sha256]);
});

Deno.test("the schedule twice at once drives a job once", async (t) => {
  await using world = await startWorld({ env: { TIKTOK_DAILY_POST_LIMIT: "100" } });
  const { person, small, large } = await prepareFiles(world);
  for (const [what, path] of [["a small file", small], ["a large file", large]] as const) {
    await t.step(`${what}, ten ticks at once`, async () => {
      const account = world.takeAccount();
      const connection = await person.connect({ account });
      const job = await person.publish(videoPost(connection.id, path, {
        scheduled_at: new Date(Date.now() + 86_400_000).toISOString(),
      }));
      await world.skip(86_401);
      const ticks = await Promise.all(
        Array.from({ length: 10 }, () => world.schedule.post("tiktok-status-poll", {})),
      );
      equal(ticks.reduce((sum, { body }) => sum + body.claimed, 0), 1);
      for (const { status, body } of ticks) {
        equal(status, 200);
        const { claimed, ...rest } = body as Record<string, number>;
        same(Object.keys(body), [
          "claimed",
          "published",
          "sent_to_inbox",
          "failed",
          "unconfirmed",
          "waiting",
        ]);
        equal(Object.values(rest).reduce((sum, n) => sum + n, 0), claimed);
      }
      equal((await person.settle(job.id)).status, "published");
      equal(world.tiktok.state.posts.filter(({ open_id }) => open_id === account).length, 1);
      equal(world.tiktok.state.publishes.filter(({ open_id }) => open_id === account).length, 1);
    });
  }
});
