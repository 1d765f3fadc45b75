/** Ending a connection: by its user, by the deletion of that user, by TikTok's word. */

import { signWebhook } from "../../local/tiktok/index.ts";
import { equal, isProblem, ok, same } from "../functions/support/assert.ts";
import { readClip, videoPost } from "../functions/support/media.ts";
import { startWorld, type World } from "../functions/support/world.ts";
import { HOUR, refresh, REVOKE, rowOf, TOKEN, use, waitingRevocations } from "./support.ts";

const ERASED = {
  access_token_sealed: null,
  refresh_token_sealed: null,
  sealing_key_id: null,
};

const sealedOf = async (world: World, id: string) => {
  const { access_token_sealed, refresh_token_sealed, sealing_key_id } = await rowOf(world, id);
  return { access_token_sealed, refresh_token_sealed, sealing_key_id };
};

/** Whether TikTok still honours anything of this account's grant. */
const isGrantAlive = (world: World, account: string) =>
  world.tiktok.state.events.filter(({ event, user_openid }) =>
    event === "authorization.removed" && user_openid === account
  ).length === 0;

Deno.test("TikTok can't be reached: the tokens are gone at once, and the grant as soon as it can", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const account = world.takeAccount();
  const { id } = await person.connect({ account });
  world.tiktok.faults.add({ path: REVOKE, kind: "refuse", times: Infinity });
  const answer = await person.post("tiktok-disconnect", { connection_id: id });
  same([answer.status, answer.body.connection.status], [200, "disconnected"]);
  same(await sealedOf(world, id), ERASED);
  isProblem(await use(person, id), 409, "reconnect_required");
  ok(isGrantAlive(world, account));

  const tries = [world.calls(REVOKE)];
  for (let n = 0; n < 4; n++) {
    await refresh(world);
    await world.skip(40 * 60);
    await refresh(world);
    tries.push(world.calls(REVOKE));
  }
  ok(tries.every((count, n) => n === 0 || count > tries[n - 1]!), `${tries}`);
  const entry = (await world.errorLog()).at(-1);
  same([entry?.code, entry?.connection_id, entry?.function_slug], [
    "tiktok_unavailable",
    id,
    "tiktok-refresh",
  ]);

  // Its access token has expired by now: it is renewed, to be revoked.
  world.tiktok.faults.clear();
  await world.skip(HOUR);
  await refresh(world);
  ok(!isGrantAlive(world, account));
  same(await waitingRevocations(world), []);
});

Deno.test("a revocation whose answer is lost is tried again, and then known to be done", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const { id } = await person.connect();
  world.tiktok.faults.add({ path: REVOKE, kind: "lose_reply" });
  equal((await person.post("tiktok-disconnect", { connection_id: id })).status, 200);
  equal((await waitingRevocations(world)).length, 1);
  await world.skip(5 * 60);
  await refresh(world);
  same(await waitingRevocations(world), []);
});

Deno.test("connecting again before TikTok could be reached calls the revocation off", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const account = world.takeAccount();
  const { id } = await person.connect({ account });
  world.tiktok.faults.add({ path: REVOKE, kind: "refuse" });
  await person.post("tiktok-disconnect", { connection_id: id });
  equal((await person.connect({ account })).id, id);
  for (let n = 0; n < 3; n++) {
    await world.skip(40 * 60);
    await refresh(world);
  }
  equal((await use(person, id)).status, 200);
  ok(isGrantAlive(world, account));
});

Deno.test("a user is deleted: what he had ends as if he had disconnected it", async () => {
  await using world = await startWorld();
  const [ann, bob] = [await world.person(), await world.person()];
  const [own, shared] = [world.takeAccount(), world.takeAccount()];
  const anns = [await ann.connect({ account: own }), await ann.connect({ account: shared })];
  const bobs = await bob.connect({ account: shared });
  const path = await ann.upload("clip.mp4", await readClip());
  const scheduled_at = new Date(Date.now() + 864e5).toISOString();
  const job = await ann.publish(videoPost(anns[0]!.id, path, { scheduled_at }));

  await world.host.sql.query("delete from auth.users where id = $1", [ann.id]);
  for (const { id } of anns) {
    same(await sealedOf(world, id), ERASED);
    const [row] = await world.host.sql.query(
      "select user_id, status, username, display_name, avatar_url from public.platform_connections where id = $1",
      [id],
    );
    same(row, {
      user_id: null,
      status: "disconnected",
      username: null,
      display_name: null,
      avatar_url: null,
    });
  }
  const [post] = await world.host.sql.query(
    "select status, user_id, post from public.publish_jobs where id = $1",
    [job.id],
  );
  same(post, { status: "cancelled", user_id: null, post: null });

  await refresh(world);
  same([isGrantAlive(world, own), isGrantAlive(world, shared)], [false, true]);
  equal((await use(bob, bobs.id)).status, 200, "another user's connection of that account lives");
  same(await waitingRevocations(world), []);
});

/** An event as TikTok sends it, at a time of its own. */
async function sendRemoval(world: World, account: string, create_time: number, reason = 1) {
  const body = JSON.stringify({
    client_key: Deno.env.get("TIKTOK_CLIENT_KEY"),
    event: "authorization.removed",
    create_time,
    user_openid: account,
    content: JSON.stringify({ reason }),
  });
  const signed_at = Math.floor(Date.now() / 1000);
  const signature = await signWebhook(Deno.env.get("TIKTOK_CLIENT_SECRET")!, signed_at, body);
  const response = await fetch(`${world.host.url}/functions/v1/tiktok-webhook`, {
    method: "POST",
    headers: { "content-type": "application/json", "tiktok-signature": signature },
    body,
  });
  await response.body?.cancel();
  equal(response.status, 200);
}

Deno.test("TikTok says that the authorization was removed", async (t) => {
  await using world = await startWorld();
  const [ann, bob] = [await world.person(), await world.person()];
  const [account, another] = [world.takeAccount(), world.takeAccount()];
  const anns = await ann.connect({ account });
  const bobs = await bob.connect({ account });
  const other = await ann.connect({ account: another });
  const connected_at = (id: string) =>
    [anns, bobs].find((connection) => connection.id === id)!.connected_at;
  const second = (at: string) => Math.floor(Date.parse(at) / 1000);

  await t.step("before the connection: nothing", async () => {
    await sendRemoval(world, account, second(connected_at(anns.id)) - 1);
    same([(await rowOf(world, anns.id)).status, (await rowOf(world, bobs.id)).status], [
      "active",
      "active",
    ]);
  });
  await t.step("after it: the connections of that account end, with the reason", async () => {
    await sendRemoval(world, account, second(connected_at(bobs.id)) + 1, 2);
    for (const { id } of [anns, bobs]) {
      const { status, last_error } = await rowOf(world, id);
      equal(status, "reconnect_required");
      equal(last_error?.code, "authorization_removed");
      ok(last_error?.detail.startsWith("The TikTok account was deleted."));
      same(await sealedOf(world, id), ERASED);
    }
    isProblem(await use(ann, anns.id), 409, "reconnect_required");
  });
  await t.step("no other account's", async () => {
    equal((await rowOf(world, other.id)).status, "active");
    equal((await use(ann, other.id)).status, 200);
  });
  await t.step("and TikTok is asked for nothing: the tokens are dead", async () => {
    await refresh(world);
    same([world.calls(REVOKE), await waitingRevocations(world)], [0, []]);
  });
  await t.step("connecting again revives the row; the old event does not end it", async () => {
    await world.skip(5);
    equal((await ann.connect({ account })).id, anns.id);
    await sendRemoval(world, account, second(connected_at(bobs.id)) + 2, 3);
    const { status, last_error } = await rowOf(world, anns.id);
    same([status, last_error], ["active", null]);
  });
});

Deno.test("a dead grant that is disconnected asks TikTok for nothing", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const account = world.takeAccount();
  const { id } = await person.connect({ account });
  world.tiktok.users.removeAuthorization(account);
  isProblem(await use(person, id), 409, "reconnect_required");
  const before = [world.calls(REVOKE), world.calls(TOKEN)];
  equal((await person.post("tiktok-disconnect", { connection_id: id })).status, 200);
  same([world.calls(REVOKE), world.calls(TOKEN)], before);
});
