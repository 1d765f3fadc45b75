/** `GET tiktok-callback`: the browser, back from TikTok. */

import { doesNotMatch, equal, isProblem, same } from "./support/assert.ts";
import { startWorld } from "./support/world.ts";

const PAGE = "https://app.nexus.example/connected";

Deno.test("the browser is sent on to the page of a live state, and to nowhere else", async (t) => {
  await using world = await startWorld({ env: { NEXUS_REDIRECT_URLS: PAGE } });
  const person = await world.person();
  const initiate = async () => (await person.post("tiktok-initiate", {})).body.state as string;
  const visit = (query: Record<string, string> | string) =>
    world.anyone.get(`tiktok-callback?${new URLSearchParams(query)}`);
  const states = async () =>
    JSON.stringify(
      await world.host.sql.query("select * from private.oauth_states order by created_at"),
    );
  const state = await initiate();

  await t.step("303, with no store and no referrer", async () => {
    const { status, headers, body } = await visit({ state, code: "c" });
    equal(status, 303);
    equal(headers.get("cache-control"), "no-store");
    equal(headers.get("referrer-policy"), "no-referrer");
    equal(body, "");
  });
  const back: [string, Record<string, string>, Record<string, string>][] = [
    [
      "a success",
      { code: "a*b!1 2+3&4%25", scopes: "user.info.basic,video.list", state },
      { code: "a*b!1 2+3&4%25", scopes: "user.info.basic,video.list", state },
    ],
    [
      "a refusal",
      { error: "access_denied", error_description: "User said no", state },
      { error: "access_denied", error_description: "User said no", state },
    ],
    ["the state alone", { state }, { state }],
    ["empty values as they came", { state, code: "" }, { state, code: "" }],
    [
      "what TikTok's mobile page adds is dropped",
      {
        error: "invalid_client",
        errCode: "10033",
        error_type: "x",
        state,
        redirect_to: "https://evil.example",
      },
      { error: "invalid_client", state },
    ],
    [
      "what an attacker adds is dropped",
      { state, code: "c", access_token: "t", next: "//evil.example", "": "x", __proto__x: "y" },
      { state, code: "c" },
    ],
  ];
  for (const [what, query, expected] of back) {
    await t.step(`${what}`, async () => {
      const { status, headers } = await visit(query);
      equal(status, 303);
      const location = new URL(headers.get("location") ?? "");
      equal(`${location.origin}${location.pathname}`, PAGE);
      same(Object.fromEntries(location.searchParams), expected);
      equal(location.hash, "");
    });
  }
  await t.step("nothing was changed by all that", async () => {
    const before = await states();
    await visit({ state, code: "c" });
    equal(await states(), before);
    doesNotMatch(before, /"consumed_at":"/);
  });
  await t.step("a live state's page is the one that it was made for", async () => {
    Deno.env.set("NEXUS_REDIRECT_URLS", `https://other.nexus.example/x,${PAGE}`);
    const { headers } = await visit({ state, code: "c" });
    equal(new URL(headers.get("location") ?? "").origin, new URL(PAGE).origin);
    Deno.env.set("NEXUS_REDIRECT_URLS", PAGE);
  });

  const used = await initiate();
  isProblem(
    await person.post("tiktok-callback", { state: used, error: "access_denied" }),
    403,
    "access_denied",
  );
  const invalid: [string, () => Promise<string>][] = [
    ["no query", () => Promise.resolve("")],
    ["an empty state", () => Promise.resolve("state=&code=c")],
    ["a code and no state", () => Promise.resolve("code=c")],
    ["an unknown state", () => Promise.resolve(`state=${"A".repeat(43)}&code=c`)],
    ["a state with more behind it", () => Promise.resolve(`state=${state}x&code=c`)],
    ["a state in capitals", () => Promise.resolve(`state=${state.toUpperCase()}0&code=c`)],
    ["the hash instead of the state", async () => {
      const [row] = await world.host.sql.query<{ state_hash: string }>(
        "select state_hash from private.oauth_states limit 1",
      );
      return `state=${row?.state_hash}`;
    }],
    ["a used state", () => Promise.resolve(`state=${used}&code=c`)],
    ["a used state with an error", () => Promise.resolve(`state=${used}&error=access_denied`)],
    ["a quote", () => Promise.resolve("state='%20or%20true--")],
    ["a NUL", () => Promise.resolve("state=%00")],
    ["a very long one", () => Promise.resolve(`state=${"A".repeat(7000)}`)],
    ["an expired state", async () => {
      const expired = await initiate();
      await world.skip(601);
      return `state=${expired}&code=c`;
    }],
  ];
  for (const [what, query] of invalid) {
    await t.step(`${what}: 400 and no redirect`, async () => {
      const answer = await visit(await query());
      isProblem(answer, 400, "state_invalid");
      equal(answer.headers.get("location"), null);
      equal(answer.headers.get("cache-control"), "no-store");
    });
  }
  await t.step("a state is good for ten minutes and not for longer", async () => {
    const late = await initiate();
    await world.skip(590);
    equal((await visit({ state: late })).status, 303);
    await world.skip(15);
    isProblem(await visit({ state: late }), 400, "state_invalid");
    isProblem(
      await person.post("tiktok-callback", { state: late, code: "c" }),
      400,
      "state_invalid",
    );
  });
});
