import assert from "node:assert/strict";
import { failureOf } from "./failure_of.ts";
import { CLIENT_SECRET, startScriptedTikTok } from "./scripted_tiktok.ts";

const GRANT = {
  open_id: "723f24d7-e717-40f8-a2b6-cb8464cd23b4",
  scope: "user.info.basic,video.list",
  access_token: "act.example12345Example12345Example",
  expires_in: 7200,
  refresh_token: "rft.example12345Example12345Example",
  refresh_expires_in: 15_552_000,
  token_type: "Bearer",
};

function oauthError(code: string, status: number, description = "said"): Response {
  const body = { error: code, error_description: description, log_id: "LOG1" };
  return Response.json(body, { status });
}

const EXCHANGE = { code: "a*b!4608.va", redirect_uri: "https://nexus.test/cb" };

Deno.test("an exchange sends a form whose code is encoded once, and reads the tokens", async () => {
  await using tiktok = startScriptedTikTok(Response.json(GRANT));
  assert.deepEqual(await tiktok.client.exchangeCode(EXCHANGE), {
    open_id: GRANT.open_id,
    scopes: ["user.info.basic", "video.list"],
    access_token: GRANT.access_token,
    expires_in_seconds: 7200,
    refresh_token: GRANT.refresh_token,
    refresh_expires_in_seconds: 15_552_000,
  });
  const [seen] = tiktok.seen;
  assert.equal(seen?.path, "/v2/oauth/token/");
  assert.match(seen?.headers.get("content-type") ?? "", /^application\/x-www-form-urlencoded/);
  assert.equal(seen?.headers.get("authorization"), null);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(seen?.body)), {
    client_key: "key",
    client_secret: CLIENT_SECRET,
    code: "a*b!4608.va",
    grant_type: "authorization_code",
    redirect_uri: "https://nexus.test/cb",
  });
});

Deno.test("a verifier is sent where a challenge was", async () => {
  await using tiktok = startScriptedTikTok(Response.json(GRANT));
  await tiktok.client.exchangeCode({ ...EXCHANGE, code_verifier: "v3rifier" });
  assert.equal(new URLSearchParams(tiktok.seen[0]?.body).get("code_verifier"), "v3rifier");
});

for (const status of [200, 400, 401]) {
  Deno.test(`invalid_grant with HTTP ${status} is a refusal`, async () => {
    await using tiktok = startScriptedTikTok(oauthError("invalid_grant", status));
    const error = await failureOf(tiktok.client.exchangeCode(EXCHANGE));
    assert.deepEqual(
      [error.code, error.kind, error.outcome, error.http_status, error.log_id],
      ["invalid_grant", "grant_invalid", "rejected", status, "LOG1"],
    );
  });
}

for (const field of ["open_id", "scope", "expires_in", "refresh_token", "refresh_expires_in"]) {
  Deno.test(`an exchange without ${field} is unreadable, with an unknown outcome`, async () => {
    await using tiktok = startScriptedTikTok(Response.json({ ...GRANT, [field]: undefined }));
    const error = await failureOf(tiktok.client.exchangeCode(EXCHANGE));
    assert.deepEqual([error.code, error.outcome], ["unreadable", "unknown"]);
    assert.ok(error.message.includes(field === "scope" ? "scope" : field));
    assert.ok(!error.message.includes(GRANT.access_token));
  });
}

Deno.test("a blank access token is no success", async () => {
  await using tiktok = startScriptedTikTok(Response.json({ ...GRANT, access_token: "" }));
  assert.equal((await failureOf(tiktok.client.exchangeCode(EXCHANGE))).code, "unreadable");
});

Deno.test("a refresh sends nothing but the grant, and reads the rotated token", async () => {
  await using tiktok = startScriptedTikTok(Response.json(GRANT));
  const tokens = await tiktok.client.refreshTokens("rft.old");
  assert.equal(tokens.refresh_token, GRANT.refresh_token);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(tiktok.seen[0]?.body)), {
    client_key: "key",
    client_secret: CLIENT_SECRET,
    grant_type: "refresh_token",
    refresh_token: "rft.old",
  });
});

Deno.test("a refresh that says less keeps what it did say, at any status", async () => {
  const answers = [
    { access_token: "act.new1", expires_in: "86400" },
    { ...GRANT, refresh_token: "", scope: null, open_id: 7, refresh_expires_in: -1 },
  ];
  for (const body of answers) {
    await using tiktok = startScriptedTikTok(Response.json(body, { status: 502 }));
    assert.deepEqual(await tiktok.client.refreshTokens("rft.old"), {
      open_id: null,
      scopes: null,
      access_token: body.access_token,
      expires_in_seconds: Number(body.expires_in),
      refresh_token: null,
      refresh_expires_in_seconds: null,
    });
  }
});

Deno.test("TikTok's trouble on a refresh leaves open whether the token was used up", async () => {
  for (const answer of [oauthError("server_error", 400), new Response("", { status: 503 })]) {
    await using tiktok = startScriptedTikTok(answer);
    const error = await failureOf(tiktok.client.refreshTokens("rft.old"));
    assert.deepEqual([error.kind, error.outcome], ["unavailable", "unknown"]);
  }
});

const REVOKED: Record<string, string> = {
  "empty": "",
  "an empty object": "{}",
  "an envelope that says ok": '{"data":{},"error":{"code":"ok","message":""}}',
};
for (const [name, body] of Object.entries(REVOKED)) {
  Deno.test(`a revocation whose answer is ${name} is done`, async () => {
    await using tiktok = startScriptedTikTok(new Response(body));
    await tiktok.client.revokeToken("act.mine");
    assert.equal(tiktok.seen[0]?.path, "/v2/oauth/revoke/");
    assert.equal(new URLSearchParams(tiktok.seen[0]?.body).get("token"), "act.mine");
  });
}

Deno.test("a revocation that is not confirmed is an error", async () => {
  const cases: [Response, code: string, outcome: string][] = [
    [oauthError("invalid_request", 200), "invalid_request", "rejected"],
    [new Response("<html>"), "unreadable", "unknown"],
    [new Response("", { status: 404 }), "unreadable", "unknown"],
    [new Response("", { status: 500 }), "http_5xx", "unknown"],
  ];
  for (const [answer, code, outcome] of cases) {
    await using tiktok = startScriptedTikTok(answer);
    const error = await failureOf(tiktok.client.revokeToken("act.mine"));
    assert.deepEqual([error.code, error.outcome], [code, outcome]);
  }
});

Deno.test("an error never repeats what was sent, even if TikTok does", async () => {
  const echo =
    `code a*b!4608.va (a*b!4608.va, a%2Ab%214608.va), verifier v3rifier of ${CLIENT_SECRET}`;
  await using tiktok = startScriptedTikTok(oauthError("invalid_grant", 400, echo));
  const error = await failureOf(
    tiktok.client.exchangeCode({ ...EXCHANGE, code_verifier: "v3rifier" }),
  );
  for (const secret of ["a*b!4608.va", "4608.va", "v3rifier", CLIENT_SECRET]) {
    assert.ok(!JSON.stringify([error.message, error]).includes(secret), error.message);
  }
});
