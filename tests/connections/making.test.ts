/** Making a connection: what it costs, whose it is, and that nothing is left of one that failed. */

import { equal, isProblem, match, ok, same } from "../functions/support/assert.ts";
import { startWorld } from "../functions/support/world.ts";
import {
  HOUR,
  REVOKE,
  TOKEN,
  use,
  USER_INFO,
  waitingRevocations,
  watchDatabase,
} from "./support.ts";

Deno.test("one call to the database to initiate, two to complete", async () => {
  await using world = await startWorld();
  const person = await world.person();
  using watch = watchDatabase();
  const databaseCalls = async (work: () => Promise<unknown>) => {
    watch.calls.length = 0;
    await work();
    return [...watch.calls];
  };
  for (const account of [world.takeAccount(), world.takeAccount()]) {
    const query = await person.authorize({ account });
    same(await databaseCalls(() => person.post("tiktok-initiate", {})), ["create_oauth_state"]);
    same(await databaseCalls(() => person.complete(query)), [
      "consume_oauth_state",
      "store_connection",
    ]);
  }
  const { state } = (await person.post("tiktok-initiate", {})).body;
  same(await databaseCalls(() => world.anyone.get(`tiktok-callback?state=${state}`)), [
    "read_oauth_state",
  ]);
});

Deno.test("TikTok's answers that name two accounts make no connection, and leave no grant", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const query = await person.authorize({ account: world.takeAccount() });
  world.tiktok.faults.add({
    path: USER_INFO,
    kind: "garbage",
    body: JSON.stringify({
      data: { user: { open_id: "-000SomebodyElse", display_name: "Somebody else" } },
      error: { code: "ok", message: "", log_id: "1" },
    }),
  });
  isProblem(await person.complete(query), 502, "tiktok_rejected");
  equal(world.calls(REVOKE), 1);
  same(await world.host.sql.query("select 1 from public.platform_connections"), []);
  same(await waitingRevocations(world), []);
});

Deno.test("the exchange names the redirect URI that the state was made for, whatever it is now", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const query = await person.authorize({ account: world.takeAccount() });
  Deno.env.set("TIKTOK_REDIRECT_URI", "https://nexus.example.com/another/callback");
  const answer = await person.complete(query);
  equal(answer.status, 200, JSON.stringify(answer.body));
});

Deno.test("every way in which a connection fails is its own problem, and an entry in the error log", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  type Way = { code: string; platform_code: string | null; fail: () => Promise<unknown> };
  const complete = async (fault: Parameters<typeof world.tiktok.faults.add>[0]) => {
    const query = await person.authorize({ account: world.takeAccount() });
    world.tiktok.faults.add(fault);
    await person.complete(query);
    world.tiktok.faults.clear();
  };
  const back = async (answer: { code: unknown } | { error: string }) => {
    const { state } = (await person.post("tiktok-initiate", {})).body;
    await person.post("tiktok-callback", { state, ...answer });
  };
  const ways: Record<string, Way> = {
    "a state that nobody has made": {
      code: "state_invalid",
      platform_code: null,
      fail: () => person.post("tiktok-callback", { state: "made-up", code: "c" }),
    },
    "the user's no": {
      code: "access_denied",
      platform_code: "access_denied",
      fail: () => back({ error: "access_denied" }),
    },
    "a scope that the app was not approved for": {
      code: "tiktok_rejected",
      platform_code: "invalid_scope",
      fail: () => back({ error: "invalid_scope" }),
    },
    "a wrong client secret": {
      code: "tiktok_rejected",
      platform_code: "invalid_client",
      fail: () => complete({ path: TOKEN, kind: "error", code: "invalid_client" }),
    },
    "an error with HTTP 200": {
      code: "tiktok_rejected",
      platform_code: "unauthorized_client",
      fail: () =>
        complete({ path: TOKEN, kind: "error", code: "unauthorized_client", status: 200 }),
    },
    "a code that was used": {
      code: "tiktok_rejected",
      platform_code: "invalid_grant",
      async fail() {
        const query = await person.authorize({ account: world.takeAccount() });
        await person.complete(query);
        await back({ code: query.get("code") });
      },
    },
    "TikTok that is down": {
      code: "tiktok_unavailable",
      platform_code: "http_5xx",
      fail: () => complete({ path: TOKEN, kind: "status", status: 503 }),
    },
  };
  for (const [name, { code, platform_code, fail }] of Object.entries(ways)) {
    await t.step(name, async () => {
      const before = (await world.errorLog()).length;
      await fail();
      const entries = (await world.errorLog()).slice(before);
      equal(entries.length, 1, JSON.stringify(entries));
      const [entry] = entries;
      same([entry?.code, entry?.platform_code, entry?.user_id], [code, platform_code, person.id]);
      same([entry?.function_slug, entry?.platform], ["tiktok-callback", "tiktok"]);
      match(String(entry?.request_id), /^[0-9a-f-]{36}$/);
    });
  }
});

Deno.test("one account of two users: each has his own, and ending the one leaves the other alive", async () => {
  await using world = await startWorld();
  const [ann, bob] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const anns = await ann.connect({ account });
  const bobs = await bob.connect({ account });
  ok(anns.id !== bobs.id);
  await ann.post("tiktok-disconnect", { connection_id: anns.id });
  equal(world.calls(REVOKE), 0);
  equal((await use(bob, bobs.id)).status, 200);
  await world.skip(3 * HOUR);
  equal((await use(bob, bobs.id)).status, 200, "and can be refreshed");
  await bob.post("tiktok-disconnect", { connection_id: bobs.id });
  equal(world.calls(REVOKE), 1, "the last one ends the grant");
});
