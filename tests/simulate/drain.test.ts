/** A queue that is longer than TikTok's limits let through in a day; `deno task drain` has a longer one. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Drained } from "./drain.ts";

const USERS = 8;
const POSTS = 17;

Deno.test("a long queue drains fairly, and no account ever exceeds a limit, as TikTok counts", async (t) => {
  const program = new URL("run_drain.ts", import.meta.url).pathname;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, "--users", `${USERS}`, "--posts", `${POSTS}`],
  }).output();
  ok(success, new TextDecoder().decode(stderr));
  const drained: Drained = JSON.parse(new TextDecoder().decode(stdout));

  await t.step("each post is published once", () => {
    deepStrictEqual([drained.published, drained.wrong_captions], [USERS * POSTS, []]);
  });
  await t.step("five a day, which are all used: in the fourth day it is done", () => {
    strictEqual(drained.most_posts_a_day, 5);
    ok(drained.virtual_days > 3 && drained.virtual_days < 3.1, `${drained.virtual_days} days`);
  });
  await t.step("never more requests a minute than TikTok takes, and none was refused", () => {
    const limits = { "creator_info/query": 20, "video/init": 6, "status/fetch": 30 };
    for (const [name, limit] of Object.entries(limits)) {
      const most = drained.most_a_minute[`/v2/post/publish/${name}/`];
      ok(most !== undefined && most <= limit, `${name}: ${most}`);
    }
    strictEqual(drained.refused, 0);
  });
  await t.step("nobody is ever more than a day's posts ahead of another", () => {
    ok(drained.furthest_apart <= 5, `${drained.furthest_apart}`);
  });
});
