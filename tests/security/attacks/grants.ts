/** What TikTok's side brings back: codes, answers, accounts and scopes that are not what they should be. */

import { createTikTok } from "../../../local/tiktok/index.ts";
import { CLEO_BANNED } from "../../functions/support/accounts.ts";
import { equal, same } from "../../functions/support/assert.ts";
import type { Person } from "../../functions/support/person.ts";
import type { Attack } from "../support/attack.ts";
import type { Stage } from "../support/stage.ts";

const TOKEN = "/v2/oauth/token/";
const USER_INFO = "/v2/user/info/";
const CREATOR = "/v2/post/publish/creator_info/query/";
const REVOKE = "/v2/oauth/revoke/";
const ASKED_FOR_TOKENS = `POST ${TOKEN}`;
const LOOKED_AT = [ASKED_FOR_TOKENS, `GET ${USER_INFO}`, `POST ${CREATOR}`];
/** The state is spent, which is what it is for, and nothing else has changed. */
const SPENT = { "private.oauth_states": 1 };
/** A grant that was ended at TikTok is remembered for an hour, without its tokens. */
const SPENT_AND_REVOKED = { ...SPENT, "private.token_revocations": 1 };

const withCode = (person: Person, state: string | null, code: string | null) =>
  person.post("tiktok-callback", { state, code });

/** TikTok answers the exchange with this, at status 200. */
function answerExchange({ world }: Stage, body: string | Record<string, unknown>): void {
  world.tiktok.faults.add({
    path: TOKEN,
    kind: "garbage",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

const TOKENS = {
  access_token: "act.made-up-for-a-test!1.va",
  expires_in: 7200,
  refresh_token: "rft.made-up-for-a-test!1.va",
  refresh_expires_in: 15_552_000,
  token_type: "Bearer",
};

/** A returned user whose exchange TikTok answers so. */
const exchangeAnswered =
  (body: string | Record<string, unknown>): Attack["prepare"] => async (stage) => {
    const { person, query } = await stage.returned();
    answerExchange(stage, body);
    return { strike: () => person.complete(query) };
  };

async function hasNoLiveRevocation(stage: Stage): Promise<void> {
  const rows = await stage.tamper(
    "select 1 from private.token_revocations where ended_at is null",
  );
  same(rows, [], "nothing is left to be revoked");
}

export const attacks: Attack[] = [
  {
    name: "a code is used twice, the second time with a state of its own",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: SPENT, asked: [ASKED_FOR_TOKENS] },
    async prepare(stage) {
      const { person, account, query } = await stage.returned();
      const other = await person.authorize({ account });
      equal((await person.complete(query)).status, 200);
      return { strike: () => withCode(person, other.get("state"), query.get("code")) };
    },
  },
  {
    name: "a code of another app",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: SPENT, asked: [ASKED_FOR_TOKENS] },
    async prepare(stage) {
      const { person, query } = await stage.returned();
      const redirect_uri = "https://other-app.example/callback";
      const app = { client_key: "aw-other", client_secret: "s", redirect_uris: [redirect_uri] };
      const other = createTikTok({ app });
      const listening = await other.listen();
      stage.defer(async () => {
        await listening.close();
        await other.dispose();
      });
      const authorize_url = new URL("/v2/auth/authorize/", listening.origin);
      authorize_url.search = String(
        new URLSearchParams({
          client_key: app.client_key,
          response_type: "code",
          scope: "user.info.basic",
          redirect_uri,
          state: "x",
        }),
      );
      const back = await other.consent({ authorize_url });
      const code = back.searchParams.get("code");
      return { strike: () => withCode(person, query.get("state"), code) };
    },
  },
  {
    name: "a code that is older than TikTok takes",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: SPENT, asked: [ASKED_FOR_TOKENS] },
    async prepare(stage) {
      const { person, query } = await stage.returned();
      await stage.world.skip(301);
      return { strike: () => person.complete(query) };
    },
  },
  {
    name: "a stolen code is brought into the attacker's own flow; with PKCE TikTok sees that",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: SPENT, asked: [ASKED_FOR_TOKENS] },
    async prepare(stage) {
      stage.setEnv("TIKTOK_PKCE", "hex");
      const { query: stolen, person: victim } = await stage.returned();
      const { query, person } = await stage.returned();
      return {
        strike: () => withCode(person, query.get("state"), stolen.get("code")),
        async after() {
          equal((await victim.complete(stolen)).status, 200, "it is still good for its owner");
        },
      };
    },
  },
  {
    name: "an error in the body of an answer with status 200",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: SPENT, asked: [ASKED_FOR_TOKENS] },
    prepare: exchangeAnswered({
      error: "invalid_request",
      error_description: "Authorization code is expired.",
      log_id: "20261201000000ABCDEF",
    }),
  },
  {
    name: "an answer that is no JSON",
    refused: [503, "tiktok_unavailable"],
    logged: true,
    leaves: { rows: SPENT, asked: [ASKED_FOR_TOKENS] },
    prepare: exchangeAnswered("<html>gateway</html>"),
  },
  {
    name: "an answer without an account",
    refused: [503, "tiktok_unavailable"],
    logged: true,
    leaves: { rows: SPENT, asked: [ASKED_FOR_TOKENS] },
    prepare: exchangeAnswered({ ...TOKENS, scope: "user.info.basic" }),
  },
  {
    name: "the answer to the exchange is lost",
    refused: [503, "tiktok_unavailable"],
    logged: true,
    leaves: { rows: SPENT, asked: [ASKED_FOR_TOKENS] },
    async prepare(stage) {
      const { person, query } = await stage.returned();
      stage.world.tiktok.faults.add({ path: TOKEN, kind: "lose_reply" });
      return { strike: () => person.complete(query) };
    },
  },
  {
    name: "a grant without the basic profile; it is revoked",
    refused: [403, "scope_missing"],
    logged: true,
    leaves: { rows: SPENT_AND_REVOKED, asked: [ASKED_FOR_TOKENS, `POST ${REVOKE}`] },
    async prepare(stage) {
      const { person, account, query } = await stage.returned();
      answerExchange(stage, { ...TOKENS, open_id: account, scope: "video.list,video.upload" });
      stage.world.tiktok.faults.add({ path: REVOKE, kind: "garbage", body: "{}" });
      return { strike: () => person.complete(query), after: () => hasNoLiveRevocation(stage) };
    },
  },
  {
    name: "an account that TikTok bans from posting; its grant is revoked",
    refused: [403, "account_not_eligible"],
    logged: true,
    leaves: { rows: SPENT_AND_REVOKED, asked: [...LOOKED_AT, `POST ${REVOKE}`] },
    async prepare(stage) {
      const { person, query } = await stage.returned(CLEO_BANNED);
      return { strike: () => person.complete(query), after: () => hasNoLiveRevocation(stage) };
    },
  },
  {
    name: "a banned account whose grant keeps another user's connection alive; it is not revoked",
    refused: [403, "account_not_eligible"],
    logged: true,
    leaves: { rows: SPENT, asked: LOOKED_AT },
    async prepare(stage) {
      const { world } = stage;
      const owner = await stage.connected();
      const { person, query } = await stage.returned(owner.account);
      world.tiktok.users.update(owner.account, { posting: "spam_risk_user_banned_from_posting" });
      return {
        strike: () => person.complete(query),
        async after() {
          world.tiktok.users.update(owner.account, { posting: "allowed" });
          equal((await stage.use(owner.person, owner.id)).status, 200);
        },
      };
    },
  },
  {
    name: "a banned account whose grant can't be revoked now; the schedule does it",
    refused: [403, "account_not_eligible"],
    logged: ["tiktok_unavailable", "account_not_eligible"],
    leaves: { rows: SPENT_AND_REVOKED, asked: [...LOOKED_AT, `POST ${REVOKE}`] },
    async prepare(stage) {
      const { person, query } = await stage.returned(CLEO_BANNED);
      stage.world.tiktok.faults.add({ path: REVOKE, kind: "status", status: 503 });
      return {
        strike: () => person.complete(query),
        async after() {
          await stage.world.skip(120);
          equal((await stage.world.schedule.post("tiktok-refresh")).status, 200);
          await hasNoLiveRevocation(stage);
        },
      };
    },
  },
  {
    name: "TikTok's two answers name two accounts",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: SPENT_AND_REVOKED, asked: [...LOOKED_AT, `POST ${REVOKE}`] },
    async prepare(stage) {
      const { person, query } = await stage.returned();
      const user = { open_id: stage.victim.account, display_name: "Somebody else" };
      stage.world.tiktok.faults.add({
        path: USER_INFO,
        kind: "garbage",
        body: JSON.stringify({ data: { user }, error: { code: "ok", message: "", log_id: "x" } }),
      });
      return { strike: () => person.complete(query) };
    },
  },
  {
    name: "the user refuses",
    refused: [403, "access_denied"],
    logged: true,
    leaves: { rows: SPENT },
    async prepare(stage) {
      const person = await stage.world.person();
      const query = await person.authorize({ deny: true });
      return { strike: () => person.complete(query) };
    },
  },
  {
    name: "an error that nobody knows, with text that an attacker wrote",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: SPENT },
    async prepare(stage) {
      const { person, query } = await stage.returned();
      const error = {
        state: query.get("state"),
        error: "<script>alert(1)</script>",
        error_description: "Your account is locked: call 555-0100",
      };
      return {
        strike: () => person.post("tiktok-callback", error),
        after([answer]) {
          const told = JSON.stringify(answer);
          equal(told.includes("script") || told.includes("555-0100"), false, told);
        },
      };
    },
  },
];
