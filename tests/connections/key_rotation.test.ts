/** A new key becomes current, every row is sealed again, the old one goes; a wrong ring loses nothing. */

import { equal, isProblem, ok, same } from "../functions/support/assert.ts";
import { startWorld, type World } from "../functions/support/world.ts";
import {
  HOUR,
  keyRing,
  openTokens,
  refresh,
  REVOKE,
  rowOf,
  use,
  waitingRevocations,
} from "./support.ts";

const setKeys = (...ids: [string, ...string[]]) =>
  Deno.env.set("TOKEN_ENCRYPTION_KEYS", keyRing(...ids));

const keysInUse = async (world: World) =>
  (await world.host.sql.query<{ id: string }>("select private.sealing_key_ids() as id"))
    .map(({ id }) => id);

const misconfigured = (world: World) =>
  world.console.lines().filter(({ event }) => event === "misconfigured").map(({ problem }) =>
    problem
  );

Deno.test("the sweep seals so many a tick, goes on where it was, and ends", async () => {
  await using world = await startWorld({ env: { TOKEN_ENCRYPTION_KEYS: keyRing("k1") } });
  const person = await world.person();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push((await person.connect()).id);
  const before = await Promise.all(ids.map(async (id) => openTokens(await rowOf(world, id))));
  setKeys("k2", "k1");
  const left: number[] = [];
  for (let tick = 0; tick < 3; tick++) {
    await refresh(world, { limit: 2 });
    const rows = await Promise.all(ids.map((id) => rowOf(world, id)));
    left.push(rows.filter(({ sealing_key_id }) => sealing_key_id === "k1").length);
  }
  same(left, [3, 1, 0]);
  same(await keysInUse(world), ["k2"]);
  setKeys("k2");
  const after = await Promise.all(ids.map(async (id) => openTokens(await rowOf(world, id))));
  same(after, before, "the tokens are the same");
  for (const id of ids) equal((await use(person, id)).status, 200);
});

Deno.test("sweeps at the same time seal each row, and the tokens of one that is refreshed stay right", async () => {
  await using world = await startWorld({ env: { TOKEN_ENCRYPTION_KEYS: keyRing("k1") } });
  const person = await world.person();
  const ids: string[] = [];
  for (let n = 0; n < 4; n++) ids.push((await person.connect()).id);
  await world.skip(1.7 * HOUR);
  setKeys("k2", "k1");
  await Promise.all([
    ...Array.from({ length: 4 }, () => refresh(world, { limit: 100 })),
    ...ids.map((id) => use(person, id)),
  ]);
  same(await keysInUse(world), ["k2"]);
  setKeys("k2");
  for (const id of ids) equal((await use(person, id)).status, 200);
});

Deno.test("tokens that wait for their revocation are sealed anew, and old keys can go", async () => {
  await using world = await startWorld({ env: { TOKEN_ENCRYPTION_KEYS: keyRing("k1") } });
  const ann = await world.person();
  const connection = await ann.connect();
  world.tiktok.faults.add({ path: REVOKE, kind: "refuse", times: Infinity });
  await ann.post("tiktok-disconnect", { connection_id: connection.id });
  same(await keysInUse(world), ["k1"]);
  setKeys("k2", "k1");
  await refresh(world);
  same(await keysInUse(world), ["k2"]);
  setKeys("k2");
  world.tiktok.faults.clear();
  await world.skip(HOUR);
  await refresh(world);
  same(await waitingRevocations(world), []);
  same(await keysInUse(world), []);
});

Deno.test("rows that do not open hold up no others", async () => {
  await using world = await startWorld({ env: { TOKEN_ENCRYPTION_KEYS: keyRing("k1") } });
  const person = await world.person();
  const ids: string[] = [];
  for (let n = 0; n < 4; n++) ids.push((await person.connect()).id);
  await world.host.sql.query(
    `update public.platform_connections set access_token_sealed = refresh_token_sealed
      where id <> (select max(id::text)::uuid from public.platform_connections)`,
  );
  setKeys("k2", "k1");
  let ticks = 0;
  while (!(await keysInUse(world)).includes("k2") && ticks < 60) {
    await refresh(world, { limit: 1 });
    ticks += 1;
  }
  same((await keysInUse(world)).sort(), ["k1", "k2"], `after ${ticks} ticks`);
});

Deno.test("a ring without a key that is in use", async (t) => {
  await using world = await startWorld({ env: { TOKEN_ENCRYPTION_KEYS: keyRing("k1") } });
  const person = await world.person();
  const { id } = await person.connect();
  const before = await rowOf(world, id);
  setKeys("k2");
  await t.step("is misconfigured for whoever uses such a row, and named", async () => {
    isProblem(await use(person, id), 500, "misconfigured");
    ok(misconfigured(world).includes("has no key k1, under which a row is sealed"));
  });
  await t.step("is told by each tick, that nobody finds it out too late", async () => {
    world.console.text.length = 0;
    await refresh(world);
    same(misconfigured(world), ["has no key k1, under which rows are sealed"]);
  });
  await t.step("leaves the row as it is", async () => {
    await world.skip(1.7 * HOUR);
    equal((await refresh(world)).retried_later, 1);
    const { status, access_token_sealed, last_error } = await rowOf(world, id);
    same([status, access_token_sealed, last_error], ["active", before.access_token_sealed, null]);
  });
  await t.step("and all is well once the key is back", async () => {
    setKeys("k2", "k1");
    await world.skip(150);
    equal((await use(person, id)).status, 200);
  });
});

Deno.test("another key under a known name is misconfigured too, and nothing is lost", async () => {
  await using world = await startWorld({ env: { TOKEN_ENCRYPTION_KEYS: keyRing("k1") } });
  const person = await world.person();
  const { id } = await person.connect();
  const mixedUp = keyRing("k2").replaceAll('"k2"', '"k1"');
  Deno.env.set("TOKEN_ENCRYPTION_KEYS", mixedUp);
  isProblem(await use(person, id), 500, "misconfigured");
  same(misconfigured(world), ["has another key k1 than the one under which a row is sealed"]);
  await world.skip(1.7 * HOUR);
  equal((await refresh(world)).retried_later, 1);
  equal((await rowOf(world, id)).status, "active");
  setKeys("k1");
  await world.skip(150);
  equal((await use(person, id)).status, 200);
});
