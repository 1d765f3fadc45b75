/** Every function for signed-in users, asked about the victim's things with every other credential. */

import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JWTPayload, SignJWT } from "jose";
import { Caller } from "../../functions/support/caller.ts";
import { signUpAnonymously } from "../../functions/support/person.ts";
import { createForge, type Forge, unsigned } from "../../functions/support/tokens.ts";
import type { Attack } from "../support/attack.ts";
import { openCanary } from "../support/canary.ts";
import { sendAll, userRequests } from "../support/requests.ts";
import type { Stage } from "../support/stage.ts";

type Credential = (stage: Stage) => Promise<Record<string, string>> | Record<string, string>;

const bearer = ({ world }: Stage, token: string) => ({
  authorization: `Bearer ${token}`,
  apikey: world.host.keys.publishable,
});

/** A token that is in order but for these claims. */
const withClaims = (claims: JWTPayload, age_seconds = 0): Credential => async (stage) => {
  const forge = await forgeOf(stage);
  return bearer(stage, await forge({ sub: stage.victim.person.id, ...claims }, age_seconds));
};

const forges = new WeakMap<Stage, Forge>();

/** A signer that the functions trust, for the whole stage. */
async function forgeOf(stage: Stage): Promise<Forge> {
  const known = forges.get(stage);
  if (known !== undefined) return known;
  const forge = await createForge(stage.world, stage.victim.person.id);
  forges.set(stage, forge);
  return forge;
}

/** The victim's claims under a header and a key of the attacker's choice. */
async function signAs(
  stage: Stage,
  header: Record<string, unknown> & { alg: string },
  key: CryptoKey | Uint8Array,
): Promise<Record<string, string>> {
  const [, payload = ""] = stage.victim.person.token.split(".");
  const claims = JSON.parse(new TextDecoder().decode(fromBase64url(payload)));
  return bearer(stage, await new SignJWT(claims).setProtectedHeader(header).sign(key));
}

const fromBase64url = (text: string) => Uint8Array.fromBase64(text, { alphabet: "base64url" });

function trustedKey() {
  const { keys: [key] } = JSON.parse(Deno.env.get("SUPABASE_JWKS") ?? "");
  return key;
}

const ownKeys = () => generateKeyPair("ES256", { extractable: true });

const CREDENTIALS: [what: string, credential: Credential][] = [
  ["no credential", () => ({})],
  ["the publishable key alone", ({ world }) => ({ apikey: world.host.keys.publishable })],
  ["the publishable key for a token", (stage) => bearer(stage, stage.world.host.keys.publishable)],
  ["the default secret key", ({ world }) => ({ apikey: world.host.keys.secret })],
  ["the default secret key for a token", ({ world }) => {
    const { secret } = world.host.keys;
    return { apikey: secret, authorization: `Bearer ${secret}` };
  }],
  ["the schedule's key", ({ world }) => ({ apikey: world.host.keys.cron })],
  ["the schedule's key for a token", (stage) => bearer(stage, stage.world.host.keys.cron)],
  ["the victim's token as the key", ({ victim }) => ({ apikey: victim.person.token })],
  ["the victim's token in another header", ({ victim, world }) => ({
    apikey: world.host.keys.publishable,
    "x-authorization": `Bearer ${victim.person.token}`,
  })],
  ["the victim's token in a cookie", ({ victim, world }) => ({
    apikey: world.host.keys.publishable,
    cookie: `sb-access-token=${victim.person.token}; access_token=${victim.person.token}`,
  })],
  ["the victim's token under another scheme", ({ victim, world }) => ({
    apikey: world.host.keys.publishable,
    authorization: `Basic ${victim.person.token}`,
  })],
  ["the victim's id instead of a token", (stage) => bearer(stage, stage.victim.person.id)],
  ["an expired token", withClaims({}, 7200)],
  ["a token that never expires", withClaims({ exp: undefined })],
  ["a token that is not valid yet", withClaims({ nbf: Math.floor(Date.now() / 1000) + 3600 })],
  ["a token of another project", withClaims({ iss: "https://other.supabase.co/auth/v1" })],
  ["a token of a project whose address begins like ours", async (stage) => {
    const iss = `${stage.world.host.url}/auth/v1/other`;
    return await withClaims({ iss })(stage);
  }],
  ["a token that names no issuer", withClaims({ iss: undefined })],
  ["a token for another audience", withClaims({ aud: "other" })],
  ["a token for no audience", withClaims({ aud: undefined })],
  ["a token of the role service_role", withClaims({ role: "service_role" })],
  ["a token of the role anon", withClaims({ role: "anon" })],
  ["a token of no user", withClaims({ sub: undefined })],
  ["a token whose user is no UUID", withClaims({ sub: "' or true --" })],
  ["a token signed by nobody (alg none)", ({ victim, world }) => ({
    apikey: world.host.keys.publishable,
    authorization: `Bearer ${unsigned(victim.person.token)}`,
  })],
  [
    "the victim's token with a cut signature",
    (stage) => bearer(stage, stage.victim.person.token.slice(0, -4)),
  ],
  ["the victim's token with another user's signature", (stage) => {
    const [header, payload] = stage.victim.person.token.split(".");
    const [, , signature] = stage.attacker.person.token.split(".");
    return bearer(stage, `${header}.${payload}.${signature}`);
  }],
  ["a token signed by another key under our key's id", async (stage) => {
    const { privateKey } = await ownKeys();
    return await signAs(stage, { alg: "ES256", kid: trustedKey().kid }, privateKey);
  }],
  ["a token signed by another key under an unknown id", async (stage) => {
    const { privateKey } = await ownKeys();
    return await signAs(stage, { alg: "ES256", kid: "attackers" }, privateKey);
  }],
  ["a token signed by another key under no id", async (stage) => {
    const { privateKey } = await ownKeys();
    return await signAs(stage, { alg: "ES256" }, privateKey);
  }],
  ["a token that brings its own key", async (stage) => {
    const { privateKey, publicKey } = await ownKeys();
    return await signAs(stage, { alg: "ES256", jwk: await exportJWK(publicKey) }, privateKey);
  }],
  ["HS256 with our public key (PEM) as the secret", async (stage) => {
    const key = trustedKey();
    const pem = await exportSPKI(await importJWK(key, "ES256") as CryptoKey);
    const header = { alg: "HS256", kid: key.kid };
    return await signAs(stage, header, new TextEncoder().encode(pem));
  }],
  ["HS256 with our public key (JWK) as the secret", async (stage) => {
    const key = trustedKey();
    const header = { alg: "HS256", kid: key.kid };
    return await signAs(stage, header, new TextEncoder().encode(JSON.stringify(key)));
  }],
];

export const attacks: Attack[] = [
  ...CREDENTIALS.map(([what, credential]): Attack => ({
    name: `every function for users, with ${what}`,
    refused: [401, "unauthorized"],
    async prepare(stage) {
      const caller = new Caller(stage.world, await credential(stage));
      return { strike: () => sendAll(caller, userRequests(stage.victim)) };
    },
  })),
  {
    name: "every function for users, with a token that says where its key can be fetched",
    refused: [401, "unauthorized"],
    async prepare(stage) {
      const { privateKey, publicKey } = await ownKeys();
      const jwk = { ...await exportJWK(publicKey), kid: "attackers", alg: "ES256" };
      const canary = openCanary(JSON.stringify({ keys: [jwk] }));
      stage.defer(() => canary.close());
      const jku = `${canary.origin}/jwks.json`;
      const header = { alg: "ES256", kid: "attackers", jku, x5u: jku };
      const caller = new Caller(stage.world, await signAs(stage, header, privateKey));
      return {
        strike: () => sendAll(caller, userRequests(stage.victim)),
        after: () => canary.isUntouched(),
      };
    },
  },
  {
    name: "every function for users, with the victim's token in the query",
    refused: [401, "unauthorized"],
    prepare(stage) {
      const { victim, world } = stage;
      const { token } = victim.person;
      const requests = userRequests(victim).map((request) => ({
        ...request,
        query: `${request.query ?? ""}&access_token=${token}&token=${token}&apikey=${token}`,
      }));
      const caller = new Caller(world, { apikey: world.host.keys.publishable });
      return { strike: () => sendAll(caller, requests) };
    },
  },
  {
    name: "every function for users, by an anonymous sign-in",
    refused: [403, "forbidden"],
    async prepare(stage) {
      const anonymous = await signUpAnonymously(stage.world);
      return { strike: () => sendAll(anonymous, userRequests(stage.victim)) };
    },
  },
];
