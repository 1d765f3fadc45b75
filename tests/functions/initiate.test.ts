/** `POST tiktok-initiate`. */

import { SCOPES } from "../../local/tiktok/index.ts";
import { equal, isProblem, match, ok, pathsOf, same } from "./support/assert.ts";
import { startWorld } from "./support/world.ts";

const FIRST = "https://app.nexus.example/connected";
const SECOND = "https://beta.nexus.example:8443/tiktok/done";

Deno.test("initiate answers with exactly its members, and TikTok's address parameter by parameter", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const before_ms = Date.now();
  const { status, body, headers } = await person.post("tiktok-initiate", {});
  equal(status, 200, JSON.stringify(body));
  const url = new URL(body.authorization_url);

  await t.step("the answer's members", () => {
    same(Object.keys(body).sort(), ["authorization_url", "expires_at", "scopes", "state"]);
    equal(headers.get("cache-control"), "no-store");
  });
  await t.step("TIKTOK_AUTHORIZE_URL is what the query is appended to", () => {
    equal(`${url.origin}${url.pathname}`, Deno.env.get("TIKTOK_AUTHORIZE_URL"));
  });
  await t.step("the query, and nothing else in it", () => {
    same(Object.fromEntries(url.searchParams), {
      client_key: Deno.env.get("TIKTOK_CLIENT_KEY"),
      response_type: "code",
      scope: body.scopes.join(","),
      redirect_uri: Deno.env.get("TIKTOK_REDIRECT_URI"),
      state: body.state,
      disable_auto_auth: "1",
    });
    match(url.search, /scope=user\.info\.basic%2Cuser/);
  });
  await t.step("the six scopes if left out", () => {
    same([...body.scopes].sort(), [...SCOPES].sort());
  });
  await t.step("a state of 256 bits", () => match(body.state, /^[A-Za-z0-9_-]{43}$/));
  await t.step("ten minutes", () => {
    const life_ms = Date.parse(body.expires_at) - before_ms;
    ok(life_ms >= 599_000 && life_ms <= 605_000, `${life_ms} ms`);
    match(body.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  });
  await t.step("only the state's hash is stored", async () => {
    const rows = await world.host.sql.query<{ row: unknown }>(
      "select to_jsonb(s) as row from private.oauth_states s",
    );
    equal(rows.length, 1);
    ok(!JSON.stringify(rows).includes(body.state));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body.state));
    ok(JSON.stringify(rows).includes(new Uint8Array(digest).toHex()));
  });
  await t.step("no two states are the same", async () => {
    const states = new Set<string>();
    for (let n = 0; n < 8; n++) states.add((await person.post("tiktok-initiate", {})).body.state);
    equal(states.size, 8);
  });
});

Deno.test("scopes: asked as given, old names replaced, the basic one always", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const asked: [string, unknown, string[]][] = [
    ["an empty list", [], ["user.info.basic"]],
    ["one", ["video.publish"], ["user.info.basic", "video.publish"]],
    ["the basic one alone", ["user.info.basic"], ["user.info.basic"]],
    [
      "in the order given",
      ["video.upload", "user.info.basic", "video.list"],
      ["video.upload", "user.info.basic", "video.list"],
    ],
    ["the old name", ["video.query"], ["user.info.basic", "video.list"]],
    ["old and new name are one", ["video.list", "video.query"], ["user.info.basic", "video.list"]],
    ["each once", ["video.list", "video.list"], ["user.info.basic", "video.list"]],
  ];
  for (const [what, scopes, expected] of asked) {
    await t.step(what, async () => {
      const { status, body } = await person.post("tiktok-initiate", { scopes, dry_run: true });
      equal(status, 200, JSON.stringify(body));
      same(body.scopes, expected);
      equal(new URL(body.authorization_url).searchParams.get("scope"), expected.join(","));
    });
  }
  const refused: [string, unknown][] = [
    ["an unknown one", ["video.delete"]],
    ["a known and an unknown one", ["video.list", "user.info.email"]],
    ["two in one text", ["video.list,video.publish"]],
    ["capitals", ["VIDEO.LIST"]],
    ["white space", [" video.list"]],
    ["an inherited name", ["constructor"]],
    ["an empty text", [""]],
    ["a text", "video.list"],
    ["null", null],
    ["a number in the list", [1]],
    ["an object", { 0: "video.list" }],
    ["too many", Array(100).fill("video.list")],
  ];
  for (const [what, scopes] of refused) {
    await t.step(`${what} is 400`, async () => {
      const answer = await person.post("tiktok-initiate", { scopes });
      isProblem(answer, 400, "invalid_request");
      ok(pathsOf(answer).every((path) => path.startsWith("scopes")), pathsOf(answer).join());
    });
  }
});

Deno.test("redirect_to is one of NEXUS_REDIRECT_URLS and nothing like one", async (t) => {
  await using world = await startWorld({ env: { NEXUS_REDIRECT_URLS: `${FIRST}, ${SECOND}` } });
  const person = await world.person();
  const stored = async () => {
    const [row] = await world.host.sql.query<{ redirect_to: string }>(
      "select redirect_to from private.oauth_states order by created_at desc limit 1",
    );
    return row?.redirect_to;
  };
  const taken: [string, string | undefined, string][] = [
    ["the first of them if left out", undefined, FIRST],
    ["the first", FIRST, FIRST],
    ["the second", SECOND, SECOND],
    ["capitals in the host", "https://APP.Nexus.Example/connected", FIRST],
    ["the default port", "https://app.nexus.example:443/connected", FIRST],
    ["dots that parsing resolves", "https://app.nexus.example/a/../connected", FIRST],
    ["encoded dots, likewise", "https://app.nexus.example/a/%2e%2E/connected", FIRST],
    ["backslashes, likewise", "https:\\\\app.nexus.example\\connected", FIRST],
  ];
  for (const [what, redirect_to, expected] of taken) {
    await t.step(`${what} is taken, and what the list says is stored`, async () => {
      const { status, body } = await person.post("tiktok-initiate", { redirect_to });
      equal(status, 200, JSON.stringify(body));
      equal(await stored(), expected);
    });
  }
  const refused: [string, unknown][] = [
    ["a trailing slash", `${FIRST}/`],
    ["a path below", `${FIRST}/more`],
    ["a path above", "https://app.nexus.example/"],
    ["a path that begins alike", `${FIRST}2`],
    ["capitals in the path", "https://app.nexus.example/Connected"],
    ["an encoded letter in the path", "https://app.nexus.example/%63onnected"],
    ["an encoded slash", "https://app.nexus.example%2fconnected"],
    ["a double slash", "https://app.nexus.example//connected"],
    ["a path of the other's", "https://app.nexus.example/tiktok/done"],
    ["a query", `${FIRST}?x=1`],
    ["an empty query", `${FIRST}?`],
    ["a fragment", `${FIRST}#x`],
    ["an empty fragment", `${FIRST}#`],
    ["a user", "https://me@app.nexus.example/connected"],
    ["a user and password", "https://me:pw@app.nexus.example/connected"],
    ["a host as user info", "https://app.nexus.example@evil.example/connected"],
    ["a host with backslash", "https://evil.example\\@app.nexus.example/connected"],
    ["plain http", "http://app.nexus.example/connected"],
    ["another port", "https://app.nexus.example:8443/connected"],
    ["another host", "https://evil.example/connected"],
    ["a host that ends alike", "https://evilapp.nexus.example/connected"],
    ["a host that begins alike", "https://app.nexus.example.evil.example/connected"],
    ["a host with a last dot", "https://app.nexus.example./connected"],
    ["no scheme", "//app.nexus.example/connected"],
    ["no host", "//evil"],
    ["a path alone", "/connected"],
    ["a script", "javascript:alert(1)//app.nexus.example/connected"],
    ["data", "data:text/html,x"],
    ["both, with a comma", `${FIRST},${SECOND}`],
    ["an empty text", ""],
    ["null", null],
    ["a list", [FIRST]],
  ];
  await world.host.sql.exec("delete from private.oauth_states");
  for (const [what, redirect_to] of refused) {
    await t.step(`${what} is 400`, async () => {
      const answer = await person.post("tiktok-initiate", { redirect_to });
      isProblem(answer, 400, "invalid_request");
      same(pathsOf(answer), ["redirect_to"]);
    });
  }
  await t.step(
    "and no state was stored for any of them",
    async () => equal(await stored(), undefined),
  );
});

Deno.test("at most ten live states a user", async (t) => {
  await using world = await startWorld();
  const [person, other] = [await world.person(), await world.person()];
  const states: string[] = [];
  await t.step("ten are given", async () => {
    for (let n = 0; n < 10; n++) {
      const answer = await person.post("tiktok-initiate", {});
      equal(answer.status, 200);
      states.push(answer.body.state);
    }
  });
  await t.step("the eleventh is 429, with the time until one expires", async () => {
    const answer = await person.post("tiktok-initiate", {});
    isProblem(answer, 429, "rate_limited");
    const seconds = answer.body.retry_after;
    ok(seconds > 590 && seconds <= 600, `${seconds}`);
    const entry = (await world.errorLog()).at(-1);
    same([entry?.code, entry?.user_id], ["rate_limited", person.id]);
  });
  await t.step("another user is not held up", async () => {
    equal((await other.post("tiktok-initiate", {})).status, 200);
  });
  await t.step("a dry run is not counted", async () => {
    const { status, body } = await person.post("tiktok-initiate", { dry_run: true });
    equal(status, 200);
    same(Object.keys(body).sort(), [
      "authorization_url",
      "dry_run",
      "expires_at",
      "scopes",
      "state",
    ]);
    equal(body.dry_run, true);
  });
  await t.step("a used one makes room", async () => {
    const answer = await person.post("tiktok-callback", {
      state: states[0],
      error: "access_denied",
    });
    isProblem(answer, 403, "access_denied");
    equal((await person.post("tiktok-initiate", {})).status, 200);
    isProblem(await person.post("tiktok-initiate", {}), 429, "rate_limited");
  });
  await t.step("after ten minutes there is room again", async () => {
    await world.skip(601);
    equal((await person.post("tiktok-initiate", {})).status, 200);
  });
  await t.step("twenty at once get ten between them", async () => {
    const crowd = await world.person();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => crowd.post("tiktok-initiate", {})),
    );
    equal(answers.filter(({ status }) => status === 200).length, 10);
    equal(answers.filter(({ status }) => status === 429).length, 10);
  });
});

Deno.test("the state of a dry run is not live", async () => {
  await using world = await startWorld();
  const person = await world.person();
  const { state } = (await person.post("tiktok-initiate", { dry_run: true })).body;
  isProblem(await world.anyone.get(`tiktok-callback?state=${state}&code=x`), 400, "state_invalid");
  isProblem(await person.post("tiktok-callback", { state, code: "x" }), 400, "state_invalid");
  const rows = await world.host.sql.query("select 1 from private.oauth_states");
  equal(rows.length, 0);
});

Deno.test("TIKTOK_PKCE=hex sends the challenge as TikTok's desktop page has it, and the verifier", async (t) => {
  await using world = await startWorld({
    env: { TIKTOK_PKCE: "hex" },
    // The stand-in then refuses whoever sends none, and compares the verifier's hash.
    tiktok_options: { app: { requires_pkce: true } as never },
  });
  const person = await world.person();
  const { authorization_url } = (await person.post("tiktok-initiate", {})).body;
  const query = new URL(authorization_url).searchParams;
  await t.step("64 hex digits, S256", () => {
    match(query.get("code_challenge") ?? "", /^[0-9a-f]{64}$/);
    equal(query.get("code_challenge_method"), "S256");
  });
  await t.step("the verifier is sealed", async () => {
    const [row] = await world.host.sql.query<{ code_verifier_sealed: string }>(
      "select code_verifier_sealed from private.oauth_states",
    );
    equal(row?.code_verifier_sealed.split(".").length, 5);
  });
  await t.step("another one each time", async () => {
    const next = new URL((await person.post("tiktok-initiate", {})).body.authorization_url);
    ok(next.searchParams.get("code_challenge") !== query.get("code_challenge"));
  });
  await t.step("the exchange succeeds", async () => {
    equal((await person.connect()).status, "active");
  });
});

Deno.test("a user who was deleted meanwhile is asked to sign in", async () => {
  await using world = await startWorld();
  const person = await world.person();
  await world.host.sql.query("delete from auth.users where id = $1::text::uuid", [person.id]);
  isProblem(await person.post("tiktok-initiate", {}), 401, "unauthorized");
});
