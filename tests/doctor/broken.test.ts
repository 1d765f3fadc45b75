/** Everything that can be wrong with a project: the doctor finds it, and it alone, and says what to do. */

import assert from "node:assert/strict";
import { SCHEDULED_FUNCTIONS } from "../../local/doctor/expected.ts";
import type { Cases } from "./cases/broken.ts";
import { database } from "./cases/database.ts";
import { functions } from "./cases/functions.ts";
import { keys } from "./cases/keys.ts";
import { schedule } from "./cases/schedule.ts";
import { settings } from "./cases/settings.ts";
import { type Change, makeKey, Project, SETTINGS } from "./support.ts";

const BROKEN: Cases = { ...settings, ...keys, ...functions, ...database, ...schedule };

const ring = (current: string, keys: Record<string, string>) => ({
  TOKEN_ENCRYPTION_KEYS: JSON.stringify({ current, keys }),
});

Deno.test("each thing that can be wrong", async (t) => {
  await using project = await Project.start();
  const { sql } = project.world.host;

  for (
    const [name, { sql: [breaks, mends] = ["", ""], change = {}, finds }] of Object.entries(BROKEN)
  ) {
    await t.step(name, async () => {
      await sql.exec(breaks);
      try {
        const given = typeof change === "function" ? change(project) : change;
        const { code, checks } = await project.examine(given);
        const unwell = checks.filter(({ result }) => result === "warn" || result === "fail");
        assert.deepEqual(
          [...new Set(unwell.map(({ name, result }) => `${result} ${name}`))].sort(),
          Object.entries(finds).map(([name, [result]]) => `${result} ${name}`).sort(),
          JSON.stringify(unwell, null, 2),
        );
        for (const { name, detail, advice } of unwell) {
          assert.match(`${detail} ${advice}`, finds[name]?.[1] ?? /^$/);
        }
        const is_wrong = Object.values(finds).some(([result]) => result === "fail");
        assert.equal(code, is_wrong ? 1 : 0);
      } finally {
        await sql.exec(mends);
      }
    });
  }

  await t.step("a function whose settings are not there", async () => {
    Deno.env.set("TIKTOK_CLIENT_SECRET", "");
    try {
      const { code, checks } = await project.examine();
      const found = checks.filter(({ area, result }) => area === "functions" && result === "fail");
      assert.equal(found.length, project.world.host.functions.length + 1, "each, and CORS");
      assert.match(found[0]?.detail ?? "", /a setting is missing or malformed/);
      assert.match(found[0]?.advice ?? "", /Its log names the setting/);
      assert.equal(code, 1);
    } finally {
      Deno.env.set("TIKTOK_CLIENT_SECRET", SETTINGS.TIKTOK_CLIENT_SECRET ?? "");
    }
  });

  await t.step("nobody at the project's address", async () => {
    const { code, checks } = await project.examine({
      answer: () => {
        throw new TypeError("no such host");
      },
    });
    assert.equal(code, 3, "as the command's exit codes say");
    const failed = checks.filter(({ result }) => result === "fail");
    assert.deepEqual(failed.map(({ name }) => name), ["project"], "told once, not of each part");
    assert.match(failed[0]?.detail ?? "", /nobody answers at http.*: no such host/);
    assert.ok(checks.some(({ name }) => name === "TIKTOK_CLIENT_KEY"), "the file is looked at");
  });

  await t.step("a host that is no Supabase project is sent no secret key", async () => {
    const { SUPABASE_SECRET_KEY, SUPABASE_CRON_KEY } = project.env;
    const given: string[] = [];
    const { code, checks } = await project.examine({
      answer: ({ url, headers }) => {
        given.push(`${url} ${JSON.stringify([...headers])}`);
        return new Response("<html>log in</html>");
      },
      opensSocket: () => Promise.reject(new Error("not asked for")),
    });
    assert.equal(code, 1);
    assert.ok(given.length > 0);
    for (const key of [SUPABASE_SECRET_KEY, SUPABASE_CRON_KEY]) {
      assert.ok(key !== undefined && !given.some((request) => request.includes(key)));
    }
    const skipped = checks.filter(({ result }) => result === "skip").map(({ name }) => name);
    assert.deepEqual(skipped, ["functions", "database", "schedule"]);
  });

  await t.step("TikTok that does not know the app, or cannot be reached", async () => {
    const settings = {
      TIKTOK_API_URL: project.world.host.tiktok_origin,
      TIKTOK_AUTHORIZE_URL: `${project.world.host.tiktok_origin}/v2/auth/authorize/`,
    };
    const ask = async (change: Change) => {
      const { code, checks } = await project.examine({ ...change, args: ["--online"] });
      return { code, app: checks.find(({ name }) => name === "app") };
    };
    const wrong = await ask({ settings: { ...settings, TIKTOK_CLIENT_SECRET: "another" } });
    assert.equal(wrong.code, 1);
    assert.match(wrong.app?.detail ?? "", /its secret is another/);
    const away = await ask({
      settings: { ...settings, TIKTOK_API_URL: "http://127.0.0.1:1" },
    });
    assert.equal(away.code, 1);
    assert.match(away.app?.advice ?? "", /way to the internet/);
  });

  await t.step("rows under keys that the ring has, has besides, has no more", async () => {
    await (await project.world.person()).connect();
    const keys = { k1: makeKey(0), k2: makeKey(40) };
    const lookAt = async (settings: Record<string, string>) => {
      const { checks } = await project.examine({ settings });
      return checks.find(({ name }) => name === "sealed rows");
    };
    assert.equal((await lookAt(ring("k1", { k1: keys.k1 })))?.detail, "all under the current key");
    const rotating = await lookAt(ring("k2", keys));
    assert.equal(rotating?.result, "warn");
    assert.match(rotating?.detail ?? "", /still sealed under k1/);
    const lost = await lookAt(ring("k2", { k2: keys.k2 }));
    assert.equal(lost?.result, "fail");
    assert.match(
      `${lost?.detail} ${lost?.advice}`,
      /k1, which the key ring lacks.*nothing is lost/,
    );
  });

  await t.step("work that is long overdue", async () => {
    // The doctor's own ticks take one each.
    const person = await project.world.person();
    for (const _ of SCHEDULED_FUNCTIONS) await person.connect();
    await project.world.skip(6 * 60 * 60);
    const { checks } = await project.examine();
    const backlog = checks.find(({ name }) => name === "backlog");
    assert.equal(backlog?.result, "warn");
    assert.match(backlog?.detail ?? "", /0 posts, [1-9] refreshes/);
  });

  await t.step("and nothing that it has ever said is a secret", () => {
    const { keys } = project.world.host;
    const text = project.said.join("\n");
    const secrets = [
      ...[keys.publishable, keys.secret, keys.cron, SETTINGS.TIKTOK_CLIENT_SECRET ?? ""],
      ...[makeKey(0), makeKey(40), "sb_secret_of_another", "eyJhbGci"],
    ];
    assert.ok(text.length > 100_000, "there is something to look at");
    for (const secret of secrets) assert.ok(!text.includes(secret), "a secret was said");
  });
});
