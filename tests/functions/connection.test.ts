/** What becomes of a connection: partial grants, accounts that may not post, and coming again. */

import { ADA, CLEO_BANNED } from "./support/accounts.ts";
import { equal, isProblem, ok, same } from "./support/assert.ts";
import { startWorld } from "./support/world.ts";

const USER_INFO = "/v2/user/info/";
const REVOKE = "/v2/oauth/revoke/";
const CREATOR = "/v2/post/publish/creator_info/query/";

Deno.test("a partial consent is stored as it was given", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  await t.step("scopes and capabilities say what is missing", async () => {
    const connection = await person.connect({ scopes: ["user.info.basic", "video.upload"] });
    same(connection.scopes, ["user.info.basic", "video.upload"]);
    equal(connection.username, null, "the profile was not granted");
    const { direct_post, draft, profile_stats, video_stats } = connection.capabilities;
    equal(draft?.available, true);
    const missing: [typeof draft, string][] = [
      [direct_post, "video.publish"],
      [profile_stats, "user.info.stats"],
      [video_stats, "video.list"],
    ];
    for (const [capability, scope] of missing) {
      equal(capability?.available, false);
      same(capability?.missing_scopes, [scope]);
      ok(capability?.reason);
    }
  });
  await t.step("creator_info is not asked without video.publish", () => {
    equal(world.calls(CREATOR), 0);
  });
  await t.step("without the basic profile it is refused, and the grant revoked", async () => {
    // The consent page does not let go of the basic profile, so TikTok's answer is made up.
    const query = await person.authorize({ account: world.takeAccount() });
    const [access_token, refresh_token] = ["act.partial!1.va", "rft.partial!1.va"];
    world.tiktok.faults.add({
      path: "/v2/oauth/token/",
      kind: "garbage",
      body: JSON.stringify({
        open_id: "-000Partial",
        scope: "video.list",
        access_token,
        expires_in: 7200,
        refresh_token,
        refresh_expires_in: 15552000,
        token_type: "Bearer",
      }),
    });
    const answer = await person.complete(query);
    isProblem(answer, 403, "scope_missing");
    equal(world.calls(REVOKE), 1);
    const rows = await world.host.sql.query(
      "select 1 from public.platform_connections where platform_user_id = '-000Partial'",
    );
    equal(rows.length, 0);
    equal((await world.errorLog()).at(-1)?.code, "scope_missing");
  });
});

Deno.test("an account that TikTok bans is refused; what passes by itself is told", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  await t.step("banned: 403 account_not_eligible, revoked, nothing stored", async () => {
    const answer = await person.complete(await person.authorize({ account: CLEO_BANNED }));
    isProblem(answer, 403, "account_not_eligible");
    equal(answer.body.tiktok_code, "spam_risk_user_banned_from_posting");
    equal(world.calls(REVOKE), 1);
    equal((await world.host.sql.query("select 1 from public.platform_connections")).length, 0);
    ok(world.tiktok.state.events.some(({ event }) => event === "authorization.removed"));
  });
  for (const posting of ["spam_risk_too_many_posts", "reached_active_user_cap"] as const) {
    await t.step(`${posting}: accepted, and told in capabilities`, async () => {
      const account = world.takeAccount();
      world.tiktok.users.update(account, { posting });
      const connection = await person.connect({ account });
      equal(connection.status, "active");
      equal(connection.capabilities.direct_post?.available, false);
      ok(connection.capabilities.direct_post?.reason);
      same(connection.capabilities.direct_post?.missing_scopes, []);
      equal(connection.capabilities.draft?.available, true);
    });
  }
  await t.step("a ban is no reason to revoke what another user's connection lives on", async () => {
    const account = world.takeAccount();
    const other = await world.person();
    await other.connect({ account });
    world.tiktok.users.update(account, { posting: "spam_risk_user_banned_from_posting" });
    const before = world.calls(REVOKE);
    isProblem(
      await person.complete(await person.authorize({ account })),
      403,
      "account_not_eligible",
    );
    equal(world.calls(REVOKE), before);
  });
  await t.step("TikTok that cannot be asked to revoke changes nothing of the refusal", async () => {
    world.tiktok.faults.add({ path: REVOKE, kind: "status", status: 500, times: Infinity });
    const answer = await person.complete(await person.authorize({ account: CLEO_BANNED }));
    world.tiktok.faults.clear();
    isProblem(answer, 403, "account_not_eligible");
  });
});

Deno.test("connecting again", async (t) => {
  await using world = await startWorld();
  const [person, other] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const first = await person.connect({ account });
  await t.step("the same account keeps its id and gets new tokens", async () => {
    const sealed = () =>
      world.host.sql.query<{ access_token_sealed: string; token_version: string }>(
        "select access_token_sealed, token_version from public.platform_connections where id = $1",
        [first.id],
      );
    const [before] = await sealed();
    const again = await person.connect({ account, scopes: ["user.info.basic"] });
    const [after] = await sealed();
    equal(again.id, first.id);
    same(again.scopes, ["user.info.basic"]);
    ok(before?.access_token_sealed !== after?.access_token_sealed);
    ok(Number(after?.token_version) > Number(before?.token_version));
    ok(again.connected_at >= first.connected_at);
  });
  await t.step("two at once for one account end as one row", async () => {
    const queries = [await person.authorize({ account }), await person.authorize({ account })];
    const answers = await Promise.all(queries.map((query) => person.complete(query)));
    same(answers.map(({ status, body }) => [status, body.connection?.id]), [
      [200, first.id],
      [200, first.id],
    ]);
  });
  await t.step("two at once for a new account end as one row", async () => {
    const fresh = world.takeAccount();
    const queries = [
      await person.authorize({ account: fresh }),
      await person.authorize({ account: fresh }),
    ];
    const answers = await Promise.all(queries.map((query) => person.complete(query)));
    same(answers.map(({ status }) => status), [200, 200]);
    equal(answers[0]?.body.connection.id, answers[1]?.body.connection.id);
    equal(
      (await person.get(`tiktok-creator?connection_id=${answers[0]?.body.connection.id}`)).status,
      200,
    );
  });
  await t.step("a second TikTok account is a second row", async () => {
    const second = await person.connect();
    ok(second.id !== first.id);
  });
  await t.step("the same account of another user is his own row", async () => {
    const theirs = await other.connect({ account });
    ok(theirs.id !== first.id);
    equal((await other.get(`tiktok-creator?connection_id=${theirs.id}`)).status, 200);
  });
});

Deno.test("tiktok-creator", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const account = world.takeAccount();
  const connection = await person.connect({ account });
  const ask = () => person.get(`tiktok-creator?connection_id=${connection.id}`);
  await t.step("what may be posted, asked each time", async () => {
    const before = world.calls(CREATOR);
    const { status, body } = await ask();
    equal(status, 200);
    same(Object.keys(body), ["creator"]);
    same(body.creator, {
      nickname: connection.display_name,
      username: connection.username,
      avatar_url: body.creator.avatar_url,
      privacy_level_options: ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
      comment_disabled: false,
      duet_disabled: false,
      stitch_disabled: false,
      max_video_duration_seconds: 600,
      can_post: true,
      reason: null,
    });
    world.tiktok.users.update(account, { visibility: "private", comment_disabled: true });
    const again = (await ask()).body.creator;
    equal(again.comment_disabled && again.duet_disabled && again.stitch_disabled, true);
    same(again.privacy_level_options, [
      "FOLLOWER_OF_CREATOR",
      "MUTUAL_FOLLOW_FRIENDS",
      "SELF_ONLY",
    ]);
    equal(world.calls(CREATOR), before + 2);
  });
  const obstacles = [
    "spam_risk_too_many_posts",
    "spam_risk_user_banned_from_posting",
    "reached_active_user_cap",
  ] as const;
  for (const posting of obstacles) {
    await t.step(`${posting}: 200 with can_post false and the reason`, async () => {
      world.tiktok.users.update(account, { posting });
      const { status, body } = await ask();
      equal(status, 200);
      equal(body.creator.can_post, false);
      ok(body.creator.reason.length > 10);
      equal(Object.keys(body.creator).length, 10);
      equal(body.creator.nickname, connection.display_name);
    });
  }
  world.tiktok.users.update(account, { posting: "allowed" });
  await t.step("no video.publish: 403 scope_missing", async () => {
    const narrow = await person.connect({ scopes: ["user.info.basic", "video.upload"] });
    isProblem(await person.get(`tiktok-creator?connection_id=${narrow.id}`), 403, "scope_missing");
  });
  const failing: [string, Parameters<typeof world.tiktok.faults.add>[0], number, string][] = [
    [
      "TikTok's limit",
      { path: CREATOR, kind: "error", code: "rate_limit_exceeded" },
      429,
      "rate_limited",
    ],
    ["a bare 502", { path: CREATOR, kind: "status", status: 502 }, 503, "tiktok_unavailable"],
    ["a lost answer", { path: CREATOR, kind: "lose_reply" }, 503, "tiktok_unavailable"],
    ["no JSON", { path: CREATOR, kind: "garbage" }, 503, "tiktok_unavailable"],
    [
      "TikTok's scope error",
      { path: CREATOR, kind: "error", code: "scope_not_authorized" },
      403,
      "scope_missing",
    ],
    [
      "an unknown code",
      { path: CREATOR, kind: "error", code: "brand_new_code" },
      502,
      "tiktok_rejected",
    ],
  ];
  for (const [what, fault, status, code] of failing) {
    await t.step(`${what}: ${status} ${code}`, async () => {
      world.tiktok.faults.add(fault);
      const answer = await ask();
      world.tiktok.faults.clear();
      isProblem(answer, status, code);
      if (status === 429 || status === 503) ok(answer.body.retry_after >= 1);
      if (fault.kind === "error") equal(answer.body.tiktok_code, fault.code);
    });
  }
  await t.step("a token that TikTok refuses early is refreshed, and nobody notices", async () => {
    const before = world.calls("/v2/oauth/token/");
    world.tiktok.faults.add({ path: CREATOR, kind: "expire_token" });
    equal((await ask()).status, 200);
    equal(world.calls("/v2/oauth/token/"), before + 1);
  });
  await t.step("a dead grant is 409 reconnect_required, now and later", async () => {
    world.tiktok.users.removeAuthorization(account);
    isProblem(await ask(), 409, "reconnect_required");
    const calls = world.tiktok.state.calls.length;
    isProblem(await ask(), 409, "reconnect_required");
    equal(world.tiktok.state.calls.length, calls, "TikTok is not asked in vain");
  });
  await t.step("the profile is read at connecting alone", () => ok(world.calls(USER_INFO) < 6));
  await t.step("ADA, with videos on her profile, is as good as any", async () => {
    equal((await person.connect({ account: ADA })).username, "ada.films");
  });
});
