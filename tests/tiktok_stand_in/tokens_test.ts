import assert from "node:assert/strict";
import { ADA, APP, startBench, table } from "./harness.ts";

const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3";

Deno.test("a code becomes a flat answer with both tokens", async () => {
  await using bench = await startBench();
  const { status, body } = await bench.exchange(await bench.code());
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body).sort(), [
    "access_token",
    "expires_in",
    "open_id",
    "refresh_expires_in",
    "refresh_token",
    "scope",
    "token_type",
  ]);
  assert.match(String(body.access_token), /^act\..*!/);
  assert.match(String(body.refresh_token), /^rft\..*!/);
  assert.equal(body.expires_in, 7200);
  assert.equal(body.refresh_expires_in, 180 * 24 * 3600);
  assert.equal(body.token_type, "Bearer");
});

table("the token endpoint refuses", {
  "a wrong secret": [{ client_secret: "guess" }, "invalid_client"],
  "a missing secret": [{ client_secret: "-" }, "invalid_request"],
  "another redirect_uri": [{ redirect_uri: "https://nexus.example.com/other" }, "invalid_request"],
  "no redirect_uri": [{ redirect_uri: "-" }, "invalid_request"],
  "an unknown code": [{ code: "nonsense" }, "invalid_grant"],
  "an unknown grant_type": [{ grant_type: "password" }, "unsupported_grant_type"],
  "a verifier where no challenge was": [{ code_verifier: VERIFIER }, "invalid_request"],
} as Record<string, [Record<string, string>, string]>, async ([change, error]) => {
  await using bench = await startBench();
  const { status, body } = await bench.exchange(await bench.code(), change);
  assert.equal(status, 400);
  assert.equal(body.error, error);
  assert.equal(typeof body.error_description, "string");
  assert.equal(typeof body.log_id, "string");
});

Deno.test("a code that was encoded twice is not the code", async () => {
  await using bench = await startBench();
  const code = await bench.code();
  const { body } = await bench.exchange(code.replace("*", "%2A").replace("!", "%21"));
  assert.equal(body.error, "invalid_grant");
});

Deno.test("a JSON body is refused", async () => {
  await using bench = await startBench();
  const response = await fetch(`${bench.origin}/v2/oauth/token/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...APP, grant_type: "client_credentials" }),
  });
  assert.equal((await response.json()).error, "invalid_request");
});

Deno.test("a repeated parameter is refused", async () => {
  await using bench = await startBench();
  const body = "client_key=x&client_key=ck_test&client_secret=secret_test" +
    "&grant_type=client_credentials";
  const response = await fetch(`${bench.origin}/v2/oauth/token/`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
  });
  assert.equal((await response.json()).error, "invalid_request");
});

Deno.test("credentials in a Basic header do not count", async () => {
  await using bench = await startBench();
  const { body } = await bench.form("/v2/oauth/token/", {
    grant_type: "client_credentials",
    client_key: "-",
    client_secret: "-",
  }, { authorization: `Basic ${btoa(`${APP.client_key}:${APP.client_secret}`)}` });
  assert.equal(body.error, "invalid_request");
});

Deno.test("a code works once", async () => {
  await using bench = await startBench();
  const code = await bench.code();
  assert.equal((await bench.exchange(code)).status, 200);
  assert.equal((await bench.exchange(code)).body.error, "invalid_grant");
});

Deno.test("of ten exchanges of one code at the same time, one gets tokens", async () => {
  await using bench = await startBench();
  const code = await bench.code();
  const answers = await Promise.all(Array.from({ length: 10 }, () => bench.exchange(code)));
  assert.equal(answers.filter(({ body }) => "access_token" in body).length, 1);
});

Deno.test("a code is dead after its time", async () => {
  await using bench = await startBench({ code_ttl_seconds: 60 });
  const code = await bench.code();
  bench.now_ms += 60_000;
  assert.equal((await bench.exchange(code)).body.error, "invalid_grant");
});

table("with a challenge, the exchange wants", {
  "the verifier": [{ code_verifier: VERIFIER }, undefined],
  "not another one": [{ code_verifier: "x".repeat(43) }, "invalid_grant"],
  "not none": [{}, "invalid_request"],
  "not one that is too short": [{ code_verifier: "short" }, "invalid_request"],
} as Record<string, [Record<string, string>, string | undefined]>, async ([change, error]) => {
  await using bench = await startBench();
  const back = await bench.tiktok.consent({
    authorize_url: bench.authorizeUrl({
      code_challenge: CHALLENGE,
      code_challenge_method: "S256",
    }),
  });
  const { body } = await bench.exchange(back.searchParams.get("code")!, change);
  assert.equal(body.error, error);
});

Deno.test("a refresh rotates: the old refresh token is dead, the new one works", async () => {
  await using bench = await startBench();
  const first = await bench.connect(ADA, ["video.list"]);
  const { body: second } = await bench.refresh(first.refresh_token);
  assert.equal(second.scope, "user.info.basic,video.list");
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await bench.refresh(first.refresh_token)).body.error, "invalid_grant");
  assert.equal((await bench.refresh(String(second.refresh_token))).status, 200);
});

Deno.test("of ten refreshes with one token at the same time, one succeeds", async () => {
  await using bench = await startBench();
  const { refresh_token } = await bench.connect();
  const all = await Promise.all(Array.from({ length: 10 }, () => bench.refresh(refresh_token)));
  assert.equal(all.filter(({ body }) => "access_token" in body).length, 1);
});

Deno.test("a refresh token dies of age", async () => {
  await using bench = await startBench({ refresh_ttl_seconds: 1000 });
  const { refresh_token } = await bench.connect();
  bench.now_ms += 1_000_000;
  assert.equal((await bench.refresh(refresh_token)).body.error, "invalid_grant");
});

Deno.test("OAuth errors may come with HTTP 200, as was observed", async () => {
  await using bench = await startBench({ oauth_error_status: 200 });
  const { status, body } = await bench.refresh("rft.nonsense");
  assert.equal(status, 200);
  assert.equal(body.error, "invalid_grant");
});

Deno.test("a client token opens no door of a user", async () => {
  await using bench = await startBench();
  const { body } = await bench.form("/v2/oauth/token/", { grant_type: "client_credentials" });
  assert.match(String(body.access_token), /^clt\./);
  const path = "/v2/user/info/?fields=open_id";
  const answer = await bench.call(path, String(body.access_token), undefined, { method: "GET" });
  assert.equal(answer.code, "access_token_invalid");
});

Deno.test("a revocation ends every token of the account, and says so by webhook", async () => {
  await using bench = await startBench();
  const one = await bench.connect();
  const two = await bench.connect();
  const { status, body } = await bench.form("/v2/oauth/revoke/", { token: one.access_token });
  assert.equal(status, 200);
  assert.deepEqual(body, {});
  const path = "/v2/user/info/?fields=open_id";
  const answer = await bench.call(path, two.access_token, undefined, { method: "GET" });
  assert.equal(answer.code, "access_token_invalid");
  assert.equal((await bench.refresh(two.refresh_token)).body.error, "invalid_grant");
  const { event, user_openid, content } = bench.tiktok.state.events.at(-1)!;
  assert.deepEqual([event, user_openid, content], [
    "authorization.removed",
    one.open_id,
    '{"reason":5}',
  ]);
});

table("a revocation refuses", {
  "a refresh token": "refresh_token",
  "an expired access token": "expired",
} as Record<string, string>, async (which) => {
  await using bench = await startBench();
  const tokens = await bench.connect();
  if (which === "expired") bench.now_ms += 7_200_000;
  const token = which === "expired" ? tokens.access_token : tokens.refresh_token;
  const { body } = await bench.form("/v2/oauth/revoke/", { token });
  assert.equal(body.error, "invalid_request");
});

Deno.test("every secret that was given out is on the list", async () => {
  await using bench = await startBench();
  const code = await bench.code();
  const { body } = await bench.exchange(code);
  const { upload_url } = await bench.init(String(body.access_token), {
    source: "FILE_UPLOAD",
    video_size: 10,
    chunk_size: 10,
    total_chunk_count: 1,
  });
  const secrets = bench.tiktok.state.issuedSecrets();
  const upload_token = new URL(upload_url).searchParams.get("upload_token")!;
  for (const secret of [code, body.access_token, body.refresh_token, upload_url, upload_token]) {
    assert.ok(secrets.includes(String(secret)), `${secret} is missing`);
  }
});
