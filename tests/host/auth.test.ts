import assert from "node:assert/strict";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { createTokens } from "../../local/host/auth/tokens.ts";
import { openKeys } from "../../local/host/keys.ts";
import { makeClient, signInAs, startTestHost } from "./support.ts";

Deno.test("sign-in", async (t) => {
  const host = await startTestHost();
  const [ada] = host.users;
  assert.ok(ada);

  await t.step("a demo user signs in and gets a token that the JWKS verifies", async () => {
    const client = makeClient(host);
    const { data, error } = await client.auth.signInWithPassword(ada);
    assert.equal(error, null);
    const token = data.session?.access_token ?? "";
    const { keys } = await (await fetch(`${host.url}/auth/v1/.well-known/jwks.json`)).json();
    assert.deepEqual(Object.keys(keys[0]).includes("d"), false, "the private part stays here");
    const key_set = createRemoteJWKSet(new URL(`${host.url}/auth/v1/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, key_set, {
      issuer: `${host.url}/auth/v1`,
      audience: "authenticated",
    });
    assert.equal(payload.sub, ada.id);
    assert.equal(payload.email, "ada@example.com");
    assert.equal(payload.role, "authenticated");
    assert.equal(payload.is_anonymous, false);
    assert.match(String(payload.session_id), /^[0-9a-f-]{36}$/);
    assert.deepEqual(payload.app_metadata, { provider: "email", providers: ["email"] });
    assert.equal(Number(payload.exp) - Number(payload.iat), 3600);
    assert.equal(decodeProtectedHeader(token).kid, keys[0].kid);
  });

  await t.step("a wrong password and an unknown user get the same refusal", async () => {
    for (const email of ["ada@example.com", "nobody@example.com"]) {
      const { error } = await makeClient(host).auth.signInWithPassword({ email, password: "no" });
      assert.equal(error?.code, "invalid_credentials");
      assert.equal(error?.status, 400);
    }
  });

  await t.step("getUser, getClaims and a refreshed session are the same person", async () => {
    const client = await signInAs(host, "ada@example.com");
    const { data: user } = await client.auth.getUser();
    assert.equal(user.user?.id, ada.id);
    assert.equal((await client.auth.getClaims()).data?.claims.sub, ada.id);
    const { data: refreshed, error } = await client.auth.refreshSession();
    assert.equal(error, null);
    assert.equal(refreshed.user?.id, ada.id);
    assert.notEqual(refreshed.session, null);
  });

  await t.step("a refresh token is good for a second tab, and not later", async () => {
    const { data } = await makeClient(host).auth.signInWithPassword(ada);
    const refresh = () =>
      makeClient(host).auth.refreshSession({
        refresh_token: data.session?.refresh_token ?? "",
      });
    assert.equal((await refresh()).error, null);
    assert.equal((await refresh()).error, null);
    await host.sql.exec("update auth.refresh_tokens set revoked_at = now() - interval '11 s'");
    assert.equal((await refresh()).error?.code, "refresh_token_already_used");
  });

  await t.step("signing out ends the session's refresh token", async () => {
    const client = makeClient(host);
    const { data } = await client.auth.signInWithPassword(ada);
    const refresh_token = data.session?.refresh_token ?? "";
    assert.equal((await client.auth.signOut()).error, null);
    const { error } = await makeClient(host).auth.refreshSession({ refresh_token });
    assert.equal(error?.code, "refresh_token_not_found");
  });

  await t.step(
    "an anonymous user is one, a new user is not, a known email is refused",
    async () => {
      const { data } = await makeClient(host).auth.signInAnonymously();
      assert.equal(data.user?.is_anonymous, true);
      const { payload } = await jwtVerify(
        data.session?.access_token ?? "",
        createRemoteJWKSet(new URL(`${host.url}/auth/v1/.well-known/jwks.json`)),
      );
      assert.equal(payload.is_anonymous, true);

      const fresh = { email: "new@example.com", password: "new-password" };
      const { data: made } = await makeClient(host).auth.signUp(fresh);
      assert.equal(made.user?.is_anonymous, false);
      assert.equal((await makeClient(host).auth.signUp(fresh)).error?.code, "user_already_exists");
    },
  );

  await t.step("no password and no refresh token stands in the database in the clear", async () => {
    const { data } = await makeClient(host).auth.signInWithPassword(ada);
    const rows = await host.sql.query(`select u::text as row from auth.users u
      union all select r::text from auth.refresh_tokens r`);
    const all = JSON.stringify(rows);
    assert.equal(all.includes(ada.password), false);
    assert.equal(all.includes(data.session?.refresh_token ?? "?"), false);
  });

  await t.step("without the project's key there is only the key set", async () => {
    const answer = await fetch(`${host.url}/auth/v1/signup`, { method: "POST" });
    assert.deepEqual([answer.status, await answer.json()], [401, {
      message: "No API key found in request",
    }]);
  });
  await t.step("signIn of the host itself gives a token", async () => {
    assert.match(await host.signIn(ada.email, ada.password), /^ey.+\..+\..+$/);
  });
  await host.close();
});

Deno.test("a token of another issuer, of another time or of another key does not verify", async () => {
  const keys = await openKeys(undefined);
  const here = await createTokens(keys, "http://here/auth/v1");
  const subject = {
    user_id: "u",
    session_id: "s",
    email: null,
    is_anonymous: false,
    app_metadata: {},
    user_metadata: {},
  };
  const now = Math.floor(Date.now() / 1000);
  assert.equal((await here.verify(await here.sign(subject, now))).sub, "u");
  const elsewhere = await createTokens(keys, "http://elsewhere/auth/v1");
  const stranger = await createTokens(await openKeys(undefined), "http://here/auth/v1");
  await assert.rejects(async () => here.verify(await elsewhere.sign(subject, now)), /"iss"/);
  await assert.rejects(async () => here.verify(await here.sign(subject, now - 3601)), /"exp"/);
  await assert.rejects(async () => here.verify(await stranger.sign(subject, now)), /signature/);
});
