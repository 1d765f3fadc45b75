/** `POST tiktok-callback`: the exchange by the signed-in user. */

import { equal, isProblem, match, ok, pathsOf, same } from "./support/assert.ts";
import { startWorld } from "./support/world.ts";

const TOKEN = "/v2/oauth/token/";

Deno.test("the user who initiated completes the connection, once", async (t) => {
  await using world = await startWorld();
  const [person, other] = [await world.person(), await world.person()];
  const account = world.takeAccount();
  const query = await person.authorize({ account });

  await t.step("another user cannot, and it stays live", async () => {
    isProblem(await other.complete(query), 400, "state_invalid");
    isProblem(
      await other.post("tiktok-callback", { state: query.get("state"), error: "access_denied" }),
      400,
      "state_invalid",
    );
    equal(world.calls(TOKEN), 0, "TikTok was not asked");
  });
  await t.step(
    "two at once: one is connected, the other is told that the state is used",
    async () => {
      const answers = await Promise.all([person.complete(query), person.complete(query)]);
      same(answers.map(({ status }) => status).sort(), [200, 400]);
      equal(world.calls(TOKEN), 1);
      const { body } = answers.find(({ status }) => status === 200)!;
      same(Object.keys(body), ["connection"]);
      same(Object.keys(body.connection).sort(), [
        "avatar_url",
        "capabilities",
        "connected_at",
        "display_name",
        "id",
        "last_error",
        "last_refreshed_at",
        "platform",
        "platform_user_id",
        "scopes",
        "status",
        "username",
      ]);
      equal(body.connection.platform, "tiktok");
      equal(body.connection.platform_user_id, account);
      equal(body.connection.status, "active");
      equal(body.connection.scopes.length, 6);
      equal(body.connection.last_error, null);
      equal(body.connection.last_refreshed_at, null);
      match(body.connection.connected_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      for (const feature of ["direct_post", "draft", "profile_stats", "video_stats"]) {
        same(body.connection.capabilities[feature], {
          available: true,
          reason: null,
          missing_scopes: [],
        });
      }
      same(Object.keys(body.connection.capabilities).length, 4);
    },
  );
  await t.step("the same code again is refused", async () => {
    isProblem(await person.complete(query), 400, "state_invalid");
  });
  await t.step("the code under a fresh state is refused by TikTok, with its code", async () => {
    const state = (await person.post("tiktok-initiate", {})).body.state;
    const answer = await person.post("tiktok-callback", { state, code: query.get("code") });
    isProblem(answer, 502, "tiktok_rejected");
    equal(answer.body.tiktok_code, "invalid_grant");
    match(answer.body.log_id, /\w+/);
    isProblem(await person.post("tiktok-callback", { state, code: "x" }), 400, "state_invalid");
  });
});

Deno.test("exactly one of code and error", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const { state } = (await person.post("tiktok-initiate", {})).body;
  const wrong: [string, object][] = [
    ["both", { state, code: "c", error: "access_denied" }],
    ["neither", { state }],
    ["neither but a description", { state, error_description: "x" }],
    ["an empty code", { state, code: "" }],
    ["an empty error", { state, error: "" }],
    ["a code that is null", { state, code: null }],
    ["a code that is a number", { state, code: 5 }],
    ["no state", { code: "c" }],
    ["an empty state", { state: "", code: "c" }],
    ["a state that is a list", { state: [state], code: "c" }],
  ];
  for (const [what, body] of wrong) {
    await t.step(`${what} is 400 and consumes nothing`, async () => {
      const answer = await person.post("tiktok-callback", body);
      isProblem(answer, 400, "invalid_request");
      ok(pathsOf(answer).length > 0);
      equal((await world.anyone.get(`tiktok-callback?state=${state}`)).status, 303);
    });
  }
  await t.step("what the page's address brought besides is passed over", async () => {
    const answer = await person.post("tiktok-callback", {
      state,
      error: "access_denied",
      scopes: "video.list",
      errCode: "10033",
    });
    isProblem(answer, 403, "access_denied");
  });
});

Deno.test("a refusal at TikTok consumes the state and is logged", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const lastLogged = async () => (await world.errorLog()).at(-1);

  await t.step("the user's own no: 403 access_denied", async () => {
    const query = await person.authorize({ deny: true });
    equal(query.get("error"), "access_denied");
    const answer = await person.complete(query);
    isProblem(answer, 403, "access_denied");
    const entry = await lastLogged();
    equal(entry?.code, "access_denied");
    equal(entry?.user_id, person.id);
    equal(entry?.function_slug, "tiktok-callback");
    equal(entry?.request_id, answer.body.request_id);
    equal(entry?.platform, "tiktok");
    isProblem(await person.complete(query), 400, "state_invalid");
  });
  for (
    const error of [
      "invalid_scope",
      "server_error",
      "temporarily_unavailable",
      "invented_by_tiktok",
    ]
  ) {
    await t.step(`${error}: 502 tiktok_rejected with that code`, async () => {
      const { state } = (await person.post("tiktok-initiate", {})).body;
      const answer = await person.post("tiktok-callback", {
        state,
        error,
        error_description: "because",
      });
      isProblem(answer, 502, "tiktok_rejected");
      equal(answer.body.tiktok_code, error);
      equal((await lastLogged())?.platform_code, error);
      isProblem(await person.post("tiktok-callback", { state, error }), 400, "state_invalid");
    });
  }
  await t.step("a text that is no code is not repeated, nor is the description", async () => {
    const { state } = (await person.post("tiktok-initiate", {})).body;
    const answer = await person.post("tiktok-callback", {
      state,
      error: "<script>alert(1)</script>",
      error_description: "call +1 555 for support",
    });
    isProblem(answer, 502, "tiktok_rejected");
    equal(answer.body.tiktok_code, "unknown");
    const entry = JSON.stringify(await lastLogged());
    ok(!/script|555/.test(JSON.stringify(answer.body) + entry));
  });
});

Deno.test("what TikTok's answers to the exchange mean", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const rows = async () =>
    (await world.host.sql.query("select 1 from public.platform_connections")).length;
  const failing: [string, Parameters<typeof world.tiktok.faults.add>[0], number, string][] = [
    [
      "a refused code",
      { path: TOKEN, kind: "error", code: "invalid_grant" },
      502,
      "tiktok_rejected",
    ],
    [
      "a wrong secret",
      { path: TOKEN, kind: "error", code: "invalid_client" },
      502,
      "tiktok_rejected",
    ],
    [
      "an unknown code",
      { path: TOKEN, kind: "error", code: "never_heard" },
      502,
      "tiktok_rejected",
    ],
    [
      "TikTok's access_denied",
      { path: TOKEN, kind: "error", code: "access_denied" },
      403,
      "access_denied",
    ],
    [
      "server_error",
      { path: TOKEN, kind: "error", code: "server_error" },
      503,
      "tiktok_unavailable",
    ],
    ["a bare 500", { path: TOKEN, kind: "status", status: 500 }, 503, "tiktok_unavailable"],
    ["a lost answer", { path: TOKEN, kind: "lose_reply" }, 503, "tiktok_unavailable"],
    ["no connection", { path: TOKEN, kind: "refuse" }, 503, "tiktok_unavailable"],
    ["no JSON", { path: TOKEN, kind: "garbage" }, 503, "tiktok_unavailable"],
    [
      "half a token answer",
      { path: TOKEN, kind: "garbage", body: '{"open_id":"x","scope":"user.info.basic"}' },
      503,
      "tiktok_unavailable",
    ],
    [
      "user info that fails",
      { path: "/v2/user/info/", kind: "status", status: 503 },
      503,
      "tiktok_unavailable",
    ],
    [
      "user info that is limited",
      { path: "/v2/user/info/", kind: "error", code: "rate_limit_exceeded" },
      429,
      "rate_limited",
    ],
  ];
  for (const [what, fault, status, code] of failing) {
    await t.step(`${what}: ${status} ${code}, and nothing is stored`, async () => {
      const query = await person.authorize({ account: world.takeAccount() });
      world.tiktok.faults.add(fault);
      const answer = await person.complete(query);
      world.tiktok.faults.clear();
      isProblem(answer, status, code);
      equal(await rows(), 0);
      equal((await world.errorLog()).at(-1)?.code, code);
    });
  }
});

Deno.test("errors with HTTP status 200 are errors", async () => {
  await using world = await startWorld({ tiktok_options: { oauth_error_status: 200 } });
  const person = await world.person();
  const { state } = (await person.post("tiktok-initiate", {})).body;
  const answer = await person.post("tiktok-callback", { state, code: "never-issued" });
  isProblem(answer, 502, "tiktok_rejected");
  equal(answer.body.tiktok_code, "invalid_grant");
});
