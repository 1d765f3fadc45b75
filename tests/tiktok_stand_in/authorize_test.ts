import assert from "node:assert/strict";
import { ADA, APP, startBench, table } from "./harness.ts";

table("the authorize page refuses and never redirects", {
  "an unknown client_key": [{ client_key: "other" }, "client_key"],
  "v1's client_id": [{ client_key: null, client_id: APP.client_key }, "client_key"],
  "another response_type": [{ response_type: "token" }, "response_type"],
  "a scope with spaces": [{ scope: "user.info.basic video.list" }, "scope"],
  "a comma and a space": [{ scope: "user.info.basic, video.list" }, "scope"],
  "a scope that does not exist": [{ scope: "user.info.basic,video.query" }, "scope"],
  "no scope": [{ scope: null }, "scope"],
  "a redirect_uri with one slash more": [
    { redirect_uri: `${APP.redirect_uris[0]}/` },
    "redirect_uri",
  ],
  "a redirect_uri with a query": [{ redirect_uri: `${APP.redirect_uris[0]}?a=1` }, "redirect_uri"],
  "no state": [{ state: null }, "state"],
  "a disable_auto_auth of true": [{ disable_auto_auth: "true" }, "disable_auto_auth"],
  "a base64url challenge": [
    {
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
    },
    "code_challenge",
  ],
  "the plain challenge method": [
    { code_challenge: "a".repeat(64), code_challenge_method: "plain" },
    "code_challenge_method",
  ],
} as Record<string, [Record<string, string | null>, string]>, async ([change, param]) => {
  await using bench = await startBench();
  const response = await fetch(bench.authorizeUrl(change), { redirect: "manual" });
  const html = await response.text();
  assert.equal(response.status, 400);
  assert.equal(response.headers.get("location"), null);
  assert.match(html, /Something went wrong/);
  assert.ok(html.includes(`<code>${param}</code>`), html);
});

Deno.test("a repeated parameter is refused", async () => {
  await using bench = await startBench();
  const url = bench.authorizeUrl();
  url.searchParams.append("redirect_uri", APP.redirect_uris[0]!);
  const response = await fetch(url);
  assert.match(await response.text(), /<code>redirect_uri</);
});

Deno.test("the form is judged as strictly as the page", async () => {
  await using bench = await startBench();
  const body = new URLSearchParams(
    bench.authorizeUrl({ redirect_uri: "https://evil.example/" })
      .searchParams,
  );
  body.set("decision", "continue");
  const response = await fetch(`${bench.origin}/v2/auth/authorize/`, {
    method: "POST",
    body,
    redirect: "manual",
  });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /<code>redirect_uri</);
});

Deno.test("an app that needs a challenge is told so", async () => {
  await using bench = await startBench({ app: { ...APP, requires_pkce: true } });
  const response = await fetch(bench.authorizeUrl());
  assert.match(await response.text(), /<code>code_challenge</);
});

Deno.test("what is granted goes back as code, scopes and state", async () => {
  await using bench = await startBench();
  const back = await bench.tiktok.consent({ authorize_url: bench.authorizeUrl(), account: ADA });
  assert.equal(back.origin + back.pathname, APP.redirect_uris[0]);
  assert.deepEqual([...back.searchParams.keys()], ["code", "scopes", "state"]);
  assert.equal(back.searchParams.get("state"), "st&te=1");
  assert.match(back.searchParams.get("code")!, /\*.*!/);
});

Deno.test("what is unticked is not granted, and the basic scope cannot be", async () => {
  await using bench = await startBench();
  const back = await bench.tiktok.consent({
    authorize_url: bench.authorizeUrl(),
    scopes: ["video.upload"],
  });
  assert.equal(back.searchParams.get("scopes"), "user.info.basic,video.upload");
});

Deno.test("a scope that was not asked for is not granted, whatever the form says", async () => {
  await using bench = await startBench();
  const body = new URLSearchParams(bench.authorizeUrl({ scope: "user.info.basic" }).searchParams);
  body.set("account", bench.tiktok.state.accounts[0]!.open_id);
  body.set("decision", "continue");
  body.append("grant", "video.publish");
  const response = await fetch(`${bench.origin}/v2/auth/authorize/`, {
    method: "POST",
    body,
    redirect: "manual",
  });
  const back = new URL(response.headers.get("location")!);
  assert.equal(back.searchParams.get("scopes"), "user.info.basic");
});

Deno.test("cancel goes back as access_denied", async () => {
  await using bench = await startBench();
  const back = await bench.tiktok.consent({ authorize_url: bench.authorizeUrl(), deny: true });
  assert.deepEqual([...back.searchParams.keys()], ["error", "error_description", "state"]);
  assert.equal(back.searchParams.get("error"), "access_denied");
});

Deno.test("the page escapes what the app sent", async () => {
  await using bench = await startBench();
  const response = await fetch(bench.authorizeUrl({ state: `"><script>alert(1)</script>` }));
  const html = await response.text();
  assert.equal(response.status, 200);
  assert.ok(!html.includes("<script>"), html);
});

Deno.test("the page says that it is a stand-in, and names every account and scope", async () => {
  await using bench = await startBench();
  const html = await (await fetch(bench.authorizeUrl())).text();
  for (const text of ["Stand-in", "Ada Films", "Ben at home", "user.info.stats", 'lang="en"']) {
    assert.ok(html.includes(text), text);
  }
  assert.equal(html.match(/<label/g)?.length, 3 + 6);
});
