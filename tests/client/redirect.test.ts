/** The page that TikTok's redirect leads to: shown twice, reloaded, come back to, cut off. */

import assert from "node:assert/strict";
import {
  completeConnection,
  connect,
  type Connection,
  isTikTokRedirect,
} from "../../client/src/index.ts";
import { json, offline, problem, scriptNetwork } from "./support/scripted_network.ts";

const PAGE = "https://nexus.example.com/connections";
const connection = { id: "c1" } as Connection;

/** As much of a browser's page as the client looks at. */
function showPage(href: string) {
  const visited: string[] = [];
  const location = { href, assign: (url: string) => visited.push(url) };
  const history = {
    state: { kept: true },
    replaceState(state: unknown, _: string, url: string) {
      assert.deepEqual(state, { kept: true }, "the router's own state stays");
      location.href = url;
    },
  };
  const names = { document: {}, location, history };
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return {
    location,
    visited,
    [Symbol.dispose]() {
      for (const name of Object.keys(names)) Reflect.deleteProperty(globalThis, name);
    },
  };
}

/** A state can be used once, so each test has its own. */
const redirect = (query: Record<string, string> = { code: "c" }) =>
  `${PAGE}?${new URLSearchParams({ tab: "all", state: crypto.randomUUID(), ...query })}#top`;

Deno.test("the address is cleaned at once, of nothing but what TikTok brought", async () => {
  using page = showPage(redirect({ code: "c", scopes: "a,b", error_description: "" }));
  const { supabase, sent } = scriptNetwork([json({ connection })]);
  const completing = completeConnection(supabase);
  assert.equal(page.location.href, `${PAGE}?tab=all#top`);
  assert.deepEqual(await completing, connection);
  assert.equal(sent.length, 1);
});

Deno.test("a page that is shown twice completes once", async () => {
  using _ = showPage(redirect());
  const { supabase, sent } = scriptNetwork([json({ connection })]);
  // StrictMode makes a second client, too.
  const again = scriptNetwork([]);
  const both = [completeConnection(supabase), completeConnection(again.supabase)];
  assert.deepEqual(await Promise.all(both), [connection, connection]);
  assert.equal(sent.length + again.sent.length, 1);
});

Deno.test("with an address from a router, too, even when it is completed already", async () => {
  using page = showPage(redirect());
  const url = page.location.href;
  const { supabase, sent } = scriptNetwork([json({ connection })]);
  assert.deepEqual(await completeConnection(supabase, { url }), connection);
  assert.equal(page.location.href, `${PAGE}?tab=all#top`);
  assert.deepEqual(await completeConnection(supabase, { url }), connection);
  assert.equal(sent.length, 1);
});

Deno.test("a page that is come back to has nothing to complete", async () => {
  using _ = showPage(redirect());
  const { supabase } = scriptNetwork([json({ connection })]);
  await completeConnection(supabase);
  assert.equal(await completeConnection(supabase), null);
});

Deno.test("nor has it a refusal to show again", async () => {
  using _ = showPage(redirect({ error: "access_denied", error_description: "no" }));
  const { supabase, sent } = scriptNetwork([problem(403, "access_denied")]);
  await assert.rejects(completeConnection(supabase), { code: "access_denied" });
  assert.equal((sent[0]?.body as { error: string }).error, "access_denied");
  assert.equal(await completeConnection(supabase), null);
});

Deno.test("after a lost connection, it is tried again with what the address brought", async () => {
  using _ = showPage(redirect());
  const { supabase, sent } = scriptNetwork([offline(), json({ connection })]);
  await assert.rejects(completeConnection(supabase), { code: "network" });
  assert.deepEqual(await completeConnection(supabase), connection);
  assert.deepEqual(sent[1]?.body, sent[0]?.body);
});

Deno.test("another connection is completed anew", async () => {
  using page = showPage(redirect());
  const other = { id: "c2" } as Connection;
  const { supabase } = scriptNetwork([json({ connection }), json({ connection: other })]);
  await completeConnection(supabase);
  page.location.href = redirect();
  assert.deepEqual(await completeConnection(supabase), other);
});

Deno.test("an address of somebody else's means nothing", async () => {
  // Supabase Auth's own redirects: no state.
  for (const query of ["?code=c", "?error=access_denied&error_description=x", "?state=s", ""]) {
    using _ = showPage(`${PAGE}${query}`);
    assert.equal(isTikTokRedirect(), false, query);
    assert.equal(await completeConnection(scriptNetwork([]).supabase), null, query);
  }
  assert.equal(isTikTokRedirect(redirect()), true);
  assert.equal(isTikTokRedirect(redirect({ error: "access_denied" })), true);
});

Deno.test("outside a browser, the address is given, and nothing is kept between users", async () => {
  assert.equal(isTikTokRedirect(), false);
  const url = redirect();
  const first = scriptNetwork([json({ connection })]);
  const second = scriptNetwork([problem(400, "state_invalid")]);
  assert.deepEqual(await completeConnection(first.supabase, { url }), connection);
  await assert.rejects(completeConnection(second.supabase, { url }), { code: "state_invalid" });
  assert.equal(await completeConnection(first.supabase, { url: PAGE }), null);
});

Deno.test("what can't be completed says why, before anything is sent", async () => {
  const { supabase, sent } = scriptNetwork([]);
  const wrong = { name: "TikTokIntegrationError", code: "invalid_request", status: 400 };
  await assert.rejects(completeConnection(supabase), {
    ...wrong,
    message: "url: is needed outside a browser: where TikTok's redirect led to.",
  });
  for (const url of ["", "/connections?state=s&code=c"]) {
    const refused = { ...wrong, errors: [{ path: "url", message: "must be an absolute URL" }] };
    await assert.rejects(completeConnection(supabase, { url }), refused);
    assert.throws(() => isTikTokRedirect(url), refused);
  }
  assert.deepEqual(sent, []);
});

Deno.test("connect goes nowhere without a page, and says so before a state is made", async () => {
  const { supabase, sent } = scriptNetwork([]);
  await assert.rejects(connect(supabase, { navigate: true }), {
    name: "TikTokIntegrationError",
    code: "invalid_request",
    message: /^navigate: .*authorization_url/,
    errors: [{
      path: "navigate",
      message: "works on a page alone; elsewhere go to authorization_url yourself",
    }],
  });
  assert.deepEqual(sent, []);
});

Deno.test("connect goes to TikTok only where it is told to", async () => {
  using page = showPage(PAGE);
  const answer = { authorization_url: "https://www.tiktok.com/v2/auth/authorize/?x" };
  const { supabase, sent } = scriptNetwork([json(answer), json(answer)]);
  assert.deepEqual(await connect(supabase, { redirect_to: PAGE }), answer);
  assert.deepEqual(page.visited, []);
  await connect(supabase, { scopes: ["video.publish"], navigate: true });
  assert.deepEqual(page.visited, [answer.authorization_url]);
  assert.deepEqual(sent.map(({ body }) => body), [
    { redirect_to: PAGE },
    { scopes: ["video.publish"] },
  ]);
});
