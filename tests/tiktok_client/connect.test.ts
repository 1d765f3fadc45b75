import assert from "node:assert/strict";
import fc from "fast-check";
import {
  authorizeUrl,
  createCodeVerifier,
  hexCodeChallenge,
  missingScopes,
  normalizeScopes,
  parseScopes,
  SCOPES,
} from "../../supabase/functions/_shared/tiktok/index.ts";

const ASK = {
  authorize_url: "https://www.tiktok.com/v2/auth/authorize/",
  client_key: "key",
  redirect_uri: "https://nexus.example.com/api/auth/tiktok/callback",
  scopes: ["user.info.basic", "video.list"] as const,
  state: "a+b/c=&d",
};

Deno.test("the authorize URL has comma-separated scopes and always asks for consent", () => {
  const text = authorizeUrl(ASK);
  assert.ok(text.startsWith("https://www.tiktok.com/v2/auth/authorize/?"));
  assert.ok(text.includes("scope=user.info.basic%2Cvideo.list"));
  assert.deepEqual(Object.fromEntries(new URL(text).searchParams), {
    client_key: "key",
    response_type: "code",
    scope: "user.info.basic,video.list",
    redirect_uri: ASK.redirect_uri,
    state: ASK.state,
    disable_auto_auth: "1",
  });
});

Deno.test("a query that the authorize URL has already stays", () => {
  const url = new URL(authorizeUrl({ ...ASK, authorize_url: "http://127.0.0.1:1/a?lang=en" }));
  assert.equal(url.searchParams.get("lang"), "en");
  assert.equal(url.searchParams.get("client_key"), "key");
});

Deno.test("a challenge brings its method along", () => {
  const query = new URL(authorizeUrl({ ...ASK, code_challenge: "13d3" })).searchParams;
  assert.equal(query.get("code_challenge"), "13d3");
  assert.equal(query.get("code_challenge_method"), "S256");
});

Deno.test("the challenge is the SHA-256 in hexadecimal", async () => {
  assert.equal(
    await hexCodeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3",
  );
});

Deno.test("every verifier has 43 of the allowed characters and keeps all the randomness", () => {
  const seen = new Map<string, string>();
  fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
    const verifier = createCodeVerifier((length) => bytes.subarray(0, length));
    assert.match(verifier, /^[A-Za-z0-9\-._~]{43}$/);
    const earlier = seen.get(verifier);
    assert.ok(earlier === undefined || earlier === bytes.join());
    seen.set(verifier, bytes.join());
  }));
});

const SCOPE_CASES: Record<string, [requested: string[], scopes: string[], unknown: string[]]> = {
  "nothing asked is the basic scope": [[], ["user.info.basic"], []],
  "the order stays": [["video.list", "user.info.basic"], ["video.list", "user.info.basic"], []],
  "the old query scope is the list scope, once": [
    ["video.query", "video.list"],
    ["user.info.basic", "video.list"],
    [],
  ],
  "what is no scope is told": [["toString", "admin"], ["user.info.basic"], ["toString", "admin"]],
  "all of them": [[...SCOPES], [...SCOPES], []],
};
for (const [name, [requested, scopes, unknown]] of Object.entries(SCOPE_CASES)) {
  Deno.test(`scopes: ${name}`, () => {
    assert.deepEqual(normalizeScopes(requested), { scopes, unknown });
  });
}

Deno.test("a granted list is read with stray blanks and commas", () => {
  assert.deepEqual(parseScopes("user.info.basic, video.list,,video.list"), [
    "user.info.basic",
    "video.list",
  ]);
  assert.deepEqual(parseScopes(""), []);
});

Deno.test("missing scopes are those needed and not granted", () => {
  assert.deepEqual(missingScopes(["video.list"], ["video.list", "video.publish"]), [
    "video.publish",
  ]);
});
