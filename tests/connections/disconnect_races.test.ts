/** TikTok's grant belongs to app and account: what one user ends, another may be about to hold. */

import { equal, isProblem, ok, same } from "../functions/support/assert.ts";
import { startWorld, type World } from "../functions/support/world.ts";
import { beforeCall, REVOKE, TOKEN, untilAsked, USER_INFO, waitingRevocations } from "./support.ts";

async function rowsOf(world: World) {
  return await world.host.sql.query(
    "select status, user_id from public.platform_connections order by created_at",
  );
}

Deno.test("a grant that another's disconnection ended before it was stored is not stored", async () => {
  await using world = await startWorld();
  const [ann, bob] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const connection = await ann.connect({ account });
  const query = await bob.authorize({ account });
  // Bob's code is exchanged and his account looked at; then Ann, whom alone the grant served, goes.
  using _ = beforeCall("store_connection", async () => {
    const ended = await ann.post("tiktok-disconnect", { connection_id: connection.id });
    equal(ended.status, 200);
    equal(world.calls(REVOKE), 1);
  });
  isProblem(await bob.complete(query), 503, "tiktok_unavailable");
  same(await rowsOf(world), [{ status: "disconnected", user_id: ann.id }]);
  // And what he is told to do helps.
  const again = await bob.connect({ account });
  equal((await bob.get(`tiktok-creator?connection_id=${again.id}`)).status, 200);
});

Deno.test("a grant that outlived another's disconnection is stored", async () => {
  await using world = await startWorld();
  const [ann, bob] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const connection = await ann.connect({ account });
  const query = await bob.authorize({ account });
  using _ = beforeCall("store_connection", async () => {
    // TikTok takes the revocation for done, and it was of no consequence.
    for (const path of [REVOKE, TOKEN]) {
      world.tiktok.faults.add({ path, kind: "error", code: "invalid_grant" });
    }
    await ann.post("tiktok-disconnect", { connection_id: connection.id });
  });
  const answer = await bob.complete(query);
  equal(answer.status, 200, JSON.stringify(answer.body));
  const use = await bob.get(`tiktok-creator?connection_id=${answer.body.connection.id}`);
  equal(use.status, 200);
});

Deno.test("a revocation that is under way is waited for, and then looked at", async () => {
  await using world = await startWorld();
  const [ann, bob] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const connection = await ann.connect({ account });
  const query = await bob.authorize({ account });
  const revoked = Promise.withResolvers<void>();
  world.tiktok.faults.add({ path: REVOKE, kind: "wait", until: revoked.promise });
  let ended: Promise<unknown> = Promise.resolve();
  using _ = beforeCall("store_connection", async () => {
    ended = ann.post("tiktok-disconnect", { connection_id: connection.id });
    await untilAsked(world, REVOKE, 1);
    setTimeout(revoked.resolve, 50);
  });
  isProblem(await bob.complete(query), 503, "tiktok_unavailable");
  await ended;
  same(await rowsOf(world), [{ status: "disconnected", user_id: ann.id }]);
});

Deno.test("whether the grant outlived it can't be asked: it is not kept, and ended by and by", async () => {
  await using world = await startWorld();
  const [ann, bob] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const connection = await ann.connect({ account });
  const query = await bob.authorize({ account });
  using _ = beforeCall("store_connection", async () => {
    for (const path of [REVOKE, TOKEN]) {
      world.tiktok.faults.add({ path, kind: "error", code: "invalid_grant" });
    }
    await ann.post("tiktok-disconnect", { connection_id: connection.id });
    world.tiktok.faults.add({ path: USER_INFO, kind: "status", status: 503 });
  });
  isProblem(await bob.complete(query), 503, "tiktok_unavailable");
  same(await rowsOf(world), [{ status: "disconnected", user_id: ann.id }]);
  equal(world.calls(REVOKE), 2, "the grant that nobody holds is revoked too");
});

Deno.test("a refused account's revocation ends another's new connection of it: he is told", async () => {
  await using world = await startWorld();
  const [ann, bob] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const refused = await ann.authorize({ account });
  const query = await bob.authorize({ account });
  using _ = beforeCall("store_connection", async () => {
    world.tiktok.users.update(account, { posting: "spam_risk_user_banned_from_posting" });
    isProblem(await ann.complete(refused), 403, "account_not_eligible");
  });
  isProblem(await bob.complete(query), 503, "tiktok_unavailable");
  same(await rowsOf(world), []);
});

Deno.test("a user who was deleted while he connected leaves no grant behind", async () => {
  await using world = await startWorld();
  const bob = await world.person();
  const account = world.takeAccount();
  const query = await bob.authorize({ account });
  using _ = beforeCall("store_connection", async () => {
    await world.host.sql.query("delete from auth.users where id = $1", [bob.id]);
  });
  isProblem(await bob.complete(query), 401, "unauthorized");
  equal(world.calls(REVOKE), 1);
  same(await rowsOf(world), []);
});

Deno.test("a user who was deleted while he connected again is not connected as nobody", async () => {
  await using world = await startWorld();
  const bob = await world.person();
  const account = world.takeAccount();
  await bob.connect({ account });
  const query = await bob.authorize({ account });
  using _ = beforeCall("store_connection", async () => {
    await world.host.sql.query("delete from auth.users where id = $1", [bob.id]);
  });
  isProblem(await bob.complete(query), 401, "unauthorized");
  same(await rowsOf(world), [{ status: "disconnected", user_id: null }]);
  await world.schedule.post("tiktok-refresh");
  same(await waitingRevocations(world), []);
  ok(world.calls(REVOKE) >= 1);
});
