/** Refresh that cannot go wrong: what TikTok says counts, and nobody's late word undoes it. */

import { equal, isProblem, ok, same } from "../functions/support/assert.ts";
import { startWorld } from "../functions/support/world.ts";
import {
  beforeCall,
  CREATOR,
  DAY,
  HOUR,
  openTokens,
  refresh,
  rowOf,
  TOKEN,
  until,
  untilAsked,
  use,
  watchDatabase,
} from "./support.ts";
import { keyRing } from "./support.ts";

const NOTHING = { claimed: 0, refreshed: 0, reconnect_required: 0, retried_later: 0 };

/** TikTok's answer to a refresh, made up. */
const answer = (fields: Record<string, unknown>) =>
  JSON.stringify({
    access_token: "act.made-up",
    expires_in: 7200,
    token_type: "Bearer",
    ...fields,
  });

Deno.test("lifetimes are those of TikTok's answers", async (t) => {
  const cases = [
    ["2 hours and 180 days", 2 * HOUR, 180 * DAY],
    ["24 hours and 365 days", 24 * HOUR, 365 * DAY],
  ] as const;
  for (const [name, access_ttl_seconds, refresh_ttl_seconds] of cases) {
    await t.step(name, async () => {
      await using world = await startWorld({
        tiktok_options: { access_ttl_seconds, refresh_ttl_seconds },
      });
      const { id } = await (await world.person()).connect();
      for (const moment of ["connected", "refreshed"]) {
        const row = await rowOf(world, id);
        ok(Math.abs(row.access_in_seconds - access_ttl_seconds) < 5, moment);
        ok(Math.abs(row.refresh_in_seconds - refresh_ttl_seconds) < 5, moment);
        ok(Math.abs(row.due_in_seconds! - 0.8 * access_ttl_seconds) < 5, moment);
        await world.skip(0.8 * access_ttl_seconds - 10);
        same(await refresh(world), NOTHING, "not a moment before");
        await world.skip(11);
        if (moment === "connected") {
          same(await refresh(world), { ...NOTHING, claimed: 1, refreshed: 1 });
        }
      }
    });
  }
});

Deno.test("a blank refresh token keeps the old one, sealed anew", async (t) => {
  for (const fields of [{ refresh_token: "" }, { refresh_token: null }, {}]) {
    await t.step(JSON.stringify(fields), async () => {
      await using world = await startWorld({ env: { TOKEN_ENCRYPTION_KEYS: keyRing("k1") } });
      const person = await world.person();
      const { id } = await person.connect();
      const before = await rowOf(world, id);
      const { refresh: refresh_token } = await openTokens(before);
      Deno.env.set("TOKEN_ENCRYPTION_KEYS", keyRing("k2", "k1"));
      await world.skip(1.7 * HOUR);
      world.tiktok.faults.add({ path: TOKEN, kind: "garbage", body: answer(fields) });
      same(await refresh(world), { ...NOTHING, claimed: 1, refreshed: 1 });
      Deno.env.set("TOKEN_ENCRYPTION_KEYS", keyRing("k2"));
      const after = await rowOf(world, id);
      same(await openTokens(after), { access: "act.made-up", refresh: refresh_token });
      ok(after.refresh_token_sealed !== before.refresh_token_sealed);
      ok(after.refresh_in_seconds > 179 * DAY, "its life goes on as it was told");
    });
  }
});

Deno.test("a grant that shrank is kept as it is now", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const { id } = await person.connect();
  await world.skip(3 * HOUR);
  world.tiktok.faults.add({
    path: TOKEN,
    kind: "garbage",
    body: answer({ scope: "user.info.basic,video.upload", refresh_token: "rft.made-up" }),
  });
  isProblem(await use(person, id), 403, "scope_missing");
  const [row] = await world.host.sql.query<{ scopes: string[]; capabilities: never }>(
    "select scopes, capabilities from public.platform_connections where id = $1",
    [id],
  );
  same(row?.scopes, ["user.info.basic", "video.upload"]);
  same(row?.capabilities["direct_post"], {
    available: false,
    reason: "Connect again and allow video.publish to use this.",
    missing_scopes: ["video.publish"],
  });
});

Deno.test("who slept past his lease ends nothing, and has what the other one got", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const { id } = await person.connect();
  await world.skip(3 * HOUR);
  const wakes = Promise.withResolvers<void>();
  const asked = world.calls(TOKEN);
  world.tiktok.faults.add({ path: TOKEN, kind: "wait", until: wakes.promise });
  const sleeper = use(person, id);
  await untilAsked(world, TOKEN, asked + 1);
  await world.skip(61);
  equal((await use(person, id)).status, 200, "another one has the lease now, and refreshes");
  // TikTok has rotated meanwhile: to the sleeper it says invalid_grant, which is true no more.
  wakes.resolve();
  equal((await sleeper).status, 200);
  const row = await rowOf(world, id);
  same([row.status, row.token_version, row.last_error], ["active", 2, null]);
});

Deno.test("who slept while his user reconnected neither ends nor overwrites that", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const account = world.takeAccount();
  const { id } = await person.connect({ account });
  await world.skip(1.7 * HOUR);
  const wakes = Promise.withResolvers<void>();
  const asked = world.calls(TOKEN);
  world.tiktok.faults.add({ path: TOKEN, kind: "wait", until: wakes.promise });
  const tick = refresh(world);
  await untilAsked(world, TOKEN, asked + 1);
  equal((await person.connect({ account })).id, id);
  const connected = await rowOf(world, id);
  wakes.resolve();
  same(await tick, { ...NOTHING, claimed: 1, retried_later: 1 });
  const row = await rowOf(world, id);
  same([row.status, row.token_version, row.access_token_sealed], [
    "active",
    connected.token_version,
    connected.access_token_sealed,
  ]);
});

Deno.test("callers wait for a refresh that is under way", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const { id } = await person.connect();
  await world.skip(3 * HOUR);
  const answers = Promise.withResolvers<void>();
  const asked = world.calls(TOKEN);
  world.tiktok.faults.add({ path: TOKEN, kind: "wait", until: answers.promise });
  const callers = Array.from({ length: 5 }, () => use(person, id));
  await untilAsked(world, TOKEN, asked + 1);
  answers.resolve();
  same((await Promise.all(callers)).map(({ status }) => status), Array(5).fill(200));
  equal(world.calls(TOKEN), asked + 1);
});

Deno.test("callers who waited for a refresh that failed share its result", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const { id } = await person.connect();
  await world.skip(3 * HOUR);
  const asked = world.calls(TOKEN);
  world.tiktok.faults.add({ path: TOKEN, kind: "status", status: 503, times: Infinity });
  using watch = watchDatabase();
  const asks = () => watch.calls.filter((name) => name === "lease_tokens_for_call").length;
  using _ = beforeCall("fail_token_refresh", () => until(() => asks() >= 8));
  const answers = await Promise.all(Array.from({ length: 8 }, () => use(person, id)));
  for (const answer of answers) isProblem(answer, 503, "tiktok_unavailable");
  equal(world.calls(TOKEN) - asked, 1);
  world.tiktok.faults.clear();
  equal((await use(person, id)).status, 200, "who comes later tries himself");
});

Deno.test("a lost answer after TikTok has rotated: the connection works on, and its user is told", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const account = world.takeAccount();
  const { id } = await person.connect({ account });
  await world.skip(1.7 * HOUR);
  world.tiktok.faults.add({ path: TOKEN, kind: "lose_reply" });
  equal((await refresh(world)).retried_later, 1);
  equal((await rowOf(world, id)).last_error?.code, "tiktok_unavailable");
  await world.skip(90);
  equal((await refresh(world)).retried_later, 1);
  const { status, last_error } = await rowOf(world, id);
  same([status, last_error?.code], ["active", "tiktok_rejected"]);
  ok(last_error?.detail.startsWith("An answer of the platform was lost"));
  equal((await world.errorLog()).at(-1)?.platform_code, "invalid_grant");
  equal((await use(person, id)).status, 200);
  const again = await person.connect({ account });
  same([again.id, again.last_error], [id, null]);
});

Deno.test("refreshes that fail are tried again with growing pauses, each at a moment of its own", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const ids = [];
  for (let n = 0; n < 6; n++) ids.push((await person.connect()).id);
  await world.skip(1.7 * HOUR);
  world.tiktok.faults.add({ path: TOKEN, kind: "status", status: 503, times: Infinity });
  const pauses: number[][] = [];
  for (let round = 0; round < 5; round++) {
    equal((await refresh(world)).retried_later, 6);
    const rows = await Promise.all(ids.map((id) => rowOf(world, id)));
    pauses.push(rows.map(({ due_in_seconds }) => due_in_seconds!));
    await world.skip(Math.max(...pauses.at(-1)!) + 1);
  }
  for (const round of pauses) ok(new Set(round.map(Math.round)).size > 1, `${round}`);
  const longest = pauses.map((round) => Math.max(...round));
  ok(longest[4]! > longest[0]! && longest[4]! > 60, `${longest}`);
  world.tiktok.faults.clear();
  equal((await use(person, ids[0]!)).status, 200, "and none was given up");
});

Deno.test("TikTok is asked for a token by the schedule for those alone who need one", async () => {
  await using world = await startWorld();
  const [busy, idle] = [await world.person(), await world.person()];
  const used = await busy.connect();
  const unused = await idle.connect();
  await world.skip(2 * DAY);
  await refresh(world);
  await use(busy, used.id);
  const before = world.calls(TOKEN);
  for (let tick = 0; tick < 24; tick++) {
    await world.skip(HOUR);
    await refresh(world);
  }
  const cost = world.calls(TOKEN) - before;
  ok(cost >= 10 && cost <= 15, `one connection for a day: ${cost}`);
  equal((await rowOf(world, unused.id)).token_version, 1);
  equal(world.calls(CREATOR) > 0, true);
});
