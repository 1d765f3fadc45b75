/** `POST tiktok-refresh`, and the refresh on use. */

import { equal, isProblem, ok, same } from "./support/assert.ts";
import { readClip, videoDraft } from "./support/media.ts";
import type { Person } from "./support/person.ts";
import { startWorld, type World } from "./support/world.ts";

const TOKEN = "/v2/oauth/token/";
const CREATOR = "/v2/post/publish/creator_info/query/";
const HOUR = 3600;
const DAY = 86_400;
const NOTHING = { claimed: 0, refreshed: 0, reconnect_required: 0, retried_later: 0 };

async function refresh(world: World, body: unknown = {}) {
  const answer = await world.schedule.post("tiktok-refresh", body);
  equal(answer.status, 200, JSON.stringify(answer.body));
  same(Object.keys(answer.body), ["claimed", "refreshed", "reconnect_required", "retried_later"]);
  const { claimed, refreshed, reconnect_required, retried_later } = answer.body;
  equal(refreshed + reconnect_required + retried_later, claimed);
  return answer.body;
}

async function rowOf(world: World, id: string) {
  const [row] = await world.host.sql.query<Record<string, never>>(
    `select status, last_error, last_refreshed_at, token_version, access_token_sealed is null as erased,
            extract(epoch from refresh_due_at - private.now())::float8 as due_in_seconds
       from public.platform_connections where id = $1`,
    [id],
  );
  return row!;
}

const use = (person: Person, id: string) => person.get(`tiktok-creator?connection_id=${id}`);

Deno.test("who is due: in use at a fifth of the access token's life, dormant at half of the refresh token's", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  await t.step("a fresh one is not", async () => same(await refresh(world), NOTHING));
  await t.step("with more than a fifth of two hours left it is not", async () => {
    await world.skip(95 * 60);
    same(await refresh(world), NOTHING);
  });
  await t.step("with less it is, once", async () => {
    await world.skip(2 * 60);
    same(await refresh(world), { ...NOTHING, claimed: 1, refreshed: 1 });
    same(await refresh(world), NOTHING);
    const { token_version, last_refreshed_at } = await rowOf(world, connection.id);
    equal(Number(token_version), 2);
    ok(last_refreshed_at);
    equal((await use(person, connection.id)).status, 200);
  });
  await t.step("a day without use, and it is left alone", async () => {
    // Warm refreshes go on until 24 hours after the last use.
    for (let hours = 0; hours < 26; hours += 1.5) {
      await world.skip(1.5 * HOUR);
      await refresh(world);
    }
    const before = (await rowOf(world, connection.id)).token_version;
    await world.skip(5 * DAY);
    same(await refresh(world), NOTHING);
    equal((await rowOf(world, connection.id)).token_version, before);
  });
  await t.step("until half of 180 days is gone", async () => {
    await world.skip(80 * DAY);
    same(await refresh(world), NOTHING);
    await world.skip(5 * DAY);
    same(await refresh(world), { ...NOTHING, claimed: 1, refreshed: 1 });
  });
  await t.step("a use wakes it: the token is refreshed at once, and kept warm again", async () => {
    await world.skip(3 * DAY);
    const before = world.calls(TOKEN);
    equal((await use(person, connection.id)).status, 200);
    equal(world.calls(TOKEN), before + 1);
    await world.skip(1.65 * HOUR);
    same(await refresh(world), { ...NOTHING, claimed: 1, refreshed: 1 });
  });
});

Deno.test("limit claims that many, the rest next time", async () => {
  await using world = await startWorld();
  const person = await world.person();
  for (let n = 0; n < 5; n++) await person.connect();
  await world.skip(1.7 * HOUR);
  equal((await refresh(world, { limit: 2 })).refreshed, 2);
  equal((await refresh(world, { limit: 100 })).refreshed, 3);
  same(await refresh(world), NOTHING);
});

Deno.test("two ticks at once refresh each token once", async () => {
  await using world = await startWorld();
  const person = await world.person();
  for (let n = 0; n < 5; n++) await person.connect();
  await world.skip(1.7 * HOUR);
  const before = world.calls(TOKEN);
  const ticks = await Promise.all(Array.from({ length: 8 }, () => refresh(world)));
  equal(ticks.reduce((sum, { refreshed }) => sum + refreshed, 0), 5);
  equal(world.calls(TOKEN) - before, 5);
});

Deno.test("what a failed refresh means", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  await t.step("invalid_grant: reconnect_required, tokens erased, and said so", async () => {
    const account = world.takeAccount();
    const connection = await person.connect({ account });
    world.tiktok.users.removeAuthorization(account);
    await world.skip(1.7 * HOUR);
    same(await refresh(world), { ...NOTHING, claimed: 1, reconnect_required: 1 });
    const { status, erased, last_error } = await rowOf(world, connection.id) as Record<
      string,
      unknown
    >;
    same([status, erased], ["reconnect_required", true]);
    same(Object.keys(last_error as object).sort(), ["at", "code", "detail"]);
    equal((last_error as { code: string }).code, "reconnect_required");
    same(await refresh(world), NOTHING);
    isProblem(await use(person, connection.id), 409, "reconnect_required");
    const entry = (await world.errorLog()).at(-2);
    same([entry?.code, entry?.connection_id, entry?.function_slug], [
      "reconnect_required",
      connection.id,
      "tiktok-refresh",
    ]);
  });
  const passing: [string, Parameters<typeof world.tiktok.faults.add>[0]][] = [
    ["a bare 500", { path: TOKEN, kind: "status", status: 500 }],
    ["server_error", { path: TOKEN, kind: "error", code: "server_error" }],
    ["temporarily_unavailable", { path: TOKEN, kind: "error", code: "temporarily_unavailable" }],
    ["no JSON", { path: TOKEN, kind: "garbage", body: "<html>" }],
    ["no connection", { path: TOKEN, kind: "refuse" }],
    ["a wrong client secret", { path: TOKEN, kind: "error", code: "invalid_client" }],
    ["an unknown code", { path: TOKEN, kind: "error", code: "never_heard_of" }],
    ["invalid_grant while the access token works", {
      path: TOKEN,
      kind: "error",
      code: "invalid_grant",
    }],
  ];
  for (const [what, fault] of passing) {
    await t.step(`${what}: retried later, the connection lives`, async () => {
      const connection = await person.connect();
      await world.skip(1.7 * HOUR);
      await refresh(world);
      await world.skip(1.7 * HOUR);
      world.tiktok.faults.add(fault);
      const answer = await refresh(world);
      world.tiktok.faults.clear();
      equal(answer.retried_later, 1, JSON.stringify(answer));
      const row = await world.host.sql.query<{ status: string }>(
        "select status from public.platform_connections where last_error is not null and status = 'active'",
      );
      ok(row.length >= 1);
      equal((await use(person, connection.id)).status, 200);
      await world.host.sql.exec("update public.platform_connections set last_error = null");
    });
  }
  await t.step("a lost reply: one more try tells, and only then is the user asked", async () => {
    const person = await world.person();
    const account = world.takeAccount();
    const connection = await person.connect({ account });
    await world.skip(2.5 * HOUR);
    world.tiktok.faults.add({ path: TOKEN, kind: "lose_reply" });
    isProblem(await use(person, connection.id), 503, "tiktok_unavailable");
    equal((await rowOf(world, connection.id)).status, "active");
    // The old refresh token is dead, TikTok rotated it, and the access token has expired: no way back.
    isProblem(await use(person, connection.id), 409, "reconnect_required");
    equal((await rowOf(world, connection.id)).status, "reconnect_required");
    const again = await person.connect({ account });
    equal(again.id, connection.id);
    same([again.status, again.last_error], ["active", null]);
  });
});

Deno.test("fifty callers with an expired token: one refresh, fifty answers", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const path = await person.upload("clip.mp4", await readClip());
  await world.skip(3 * HOUR);
  const before = world.calls(TOKEN);
  // TikTok lets creator_info be asked 20 times a minute; a draft's dry run only needs the token.
  const dryRun = () =>
    person.post("tiktok-publish", videoDraft(connection.id, path, { dry_run: true }));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => n % 3 === 0 ? use(person, connection.id) : dryRun()),
  );
  same(answers.map(({ status }) => status), Array(50).fill(200));
  equal(world.calls(TOKEN) - before, 1);
});

Deno.test("ten callers of whom TikTok refuses one early: one refresh", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  // Twenty creator infos a minute: ten, and ten once more.
  await world.skip(61);
  world.tiktok.faults.add({ path: CREATOR, kind: "expire_token" });
  const before = world.calls(TOKEN);
  const callers = Array.from({ length: 10 }, () => use(person, connection.id));
  same((await Promise.all(callers)).map(({ status }) => status), Array(10).fill(200));
  equal(world.calls(TOKEN) - before, 1);
});

Deno.test("a row sealed under a key that is gone is misconfigured, and nothing is lost", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const connection = await person.connect();
  const ring = Deno.env.get("TOKEN_ENCRYPTION_KEYS")!;
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  Deno.env.set("TOKEN_ENCRYPTION_KEYS", JSON.stringify({ current: "new", keys: { new: key } }));
  isProblem(await use(person, connection.id), 500, "misconfigured");
  const line = world.console.lines().find(({ event }) => event === "misconfigured");
  equal(line?.setting, "TOKEN_ENCRYPTION_KEYS");
  ok(String(line?.problem).includes("local"), "it names the key that is missing");
  await world.skip(1.7 * HOUR);
  equal((await refresh(world)).retried_later, 1);
  equal((await rowOf(world, connection.id)).status, "active");
  await world.skip(10 * 60);
  const both = { current: "new", keys: { ...JSON.parse(ring).keys, new: key } };
  Deno.env.set("TOKEN_ENCRYPTION_KEYS", JSON.stringify(both));
  equal((await refresh(world)).refreshed, 1);
  equal((await use(person, connection.id)).status, 200);
  const [row] = await world.host.sql.query(
    "select sealing_key_id from public.platform_connections",
  );
  equal(row?.sealing_key_id, "new");
  Deno.env.set("TOKEN_ENCRYPTION_KEYS", ring);
});
