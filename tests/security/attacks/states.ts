/** The state: guessed, replayed, mixed up between users, too late, too many. */

import { equal, ok } from "../../functions/support/assert.ts";
import { sha256Hex } from "../../../supabase/functions/_shared/http/hash.ts";
import type { Attack } from "../support/attack.ts";

const TOKEN = "POST /v2/oauth/token/";
const ACCOUNT = [
  "GET /v2/user/info/",
  "POST /v2/post/publish/creator_info/query/",
];
const TTL_SECONDS = 600;
const MAX_LIVE_STATES = 10;
const MADE_UP = "A".repeat(43);

export const attacks: Attack[] = [
  {
    name: "a state is used a second time",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      const { person, query } = await stage.returned();
      equal((await person.complete(query)).status, 200);
      return { strike: () => person.complete(query) };
    },
  },
  {
    name: "a used state comes with a code that is still good",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      const { person, account, query } = await stage.returned();
      const other = await person.authorize({ account });
      equal((await person.complete(query)).status, 200);
      return {
        strike: () =>
          person.complete(
            new URLSearchParams({ state: query.get("state")!, code: other.get("code")! }),
          ),
        async after() {
          equal((await person.complete(other)).status, 200, "the code was not spent");
        },
      };
    },
  },
  {
    name: "a state is used again after the user had refused",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      const { person, query } = await stage.returned();
      const state = query.get("state");
      await person.post("tiktok-callback", { state, error: "access_denied" });
      return { strike: () => person.complete(query) };
    },
  },
  {
    name: "ten requests at once bring one state: one connection, nine refusals",
    refused: [400, "state_invalid"],
    logged: true,
    leaves: {
      rows: { "private.oauth_states": 1, "public.platform_connections": 1 },
      asked: [TOKEN, ...ACCOUNT],
    },
    async prepare(stage) {
      const { person, query } = await stage.returned();
      return {
        async strike() {
          const answers = await Promise.all(
            Array.from({ length: 10 }, () => person.complete(query)),
          );
          const refused = answers.filter(({ status }) => status !== 200);
          equal(refused.length, 9);
          return refused;
        },
      };
    },
  },
  {
    name: "another user brings the victim's state and code; they stay good for the victim",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      const { person, query } = await stage.returned();
      return {
        strike: () => stage.attacker.person.complete(query),
        async after() {
          equal((await person.complete(query)).status, 200);
        },
      };
    },
  },
  {
    name: "another user refuses in the victim's place; the state stays good for the victim",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      const { person, query } = await stage.returned();
      const refusal = { state: query.get("state"), error: "access_denied" };
      return {
        strike: () => stage.attacker.person.post("tiktok-callback", refusal),
        async after() {
          equal((await person.complete(query)).status, 200);
        },
      };
    },
  },
  {
    name: "a victim opens the attacker's link and agrees: nobody gets the victim's account",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      // The link is the attacker's, the account that agrees is the victim's.
      const { person, query } = await stage.returned(stage.victim.account);
      return {
        async strike() {
          equal((await stage.world.anyone.get(`tiktok-callback?${query}`)).status, 303);
          return await stage.victim.person.complete(query);
        },
        async after() {
          const rows = await stage.tamper(
            "select 1 from public.platform_connections where user_id = $1",
            [person.id],
          );
          equal(rows.length, 0, "the attacker has no connection");
        },
      };
    },
  },
  {
    name: "a made-up state",
    refused: [400, "state_invalid"],
    logged: true,
    prepare: ({ attacker }) => ({
      strike: () => attacker.person.post("tiktok-callback", { state: MADE_UP, code: "c" }),
    }),
  },
  {
    name: "the hash of a live state, as somebody knows it who reads the database",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      const { person, query } = await stage.returned();
      const state = await sha256Hex(query.get("state")!);
      const code = query.get("code");
      return { strike: () => person.post("tiktok-callback", { state, code }) };
    },
  },
  {
    name: "a dry run's state, which is never live",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare({ attacker: { person }, world }) {
      const { body } = await person.post("tiktok-initiate", { dry_run: true });
      const back = await world.tiktok.consent({ authorize_url: body.authorization_url });
      return { strike: () => person.complete(back.searchParams) };
    },
  },
  {
    name: "a state ten minutes and a second after it was made",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      const { person, query } = await stage.returned();
      await stage.world.skip(TTL_SECONDS + 1);
      return { strike: () => person.complete(query) };
    },
  },
  {
    name: "an eleventh live state; there is room again when it was said",
    refused: [429, "rate_limited"],
    logged: true,
    async prepare({ world }) {
      const person = await world.person();
      for (let count = 0; count < MAX_LIVE_STATES; count++) {
        equal((await person.post("tiktok-initiate")).status, 200);
      }
      let retry_after = 0;
      return {
        async strike() {
          const answer = await person.post("tiktok-initiate");
          retry_after = Number(answer.headers.get("retry-after"));
          ok(retry_after > TTL_SECONDS - 60 && retry_after <= TTL_SECONDS, `${retry_after}`);
          return answer;
        },
        async after() {
          await world.skip(retry_after);
          equal((await person.post("tiktok-initiate")).status, 200);
        },
      };
    },
  },
  {
    name: "a code without a state",
    refused: [400, "invalid_request"],
    async prepare(stage) {
      const { person, query } = await stage.returned();
      return {
        strike: () => person.post("tiktok-callback", { code: query.get("code") }),
        async after() {
          equal((await person.complete(query)).status, 200);
        },
      };
    },
  },
  {
    name: "a code and an error at once; the state is not spent on it",
    refused: [400, "invalid_request"],
    async prepare(stage) {
      const { person, query } = await stage.returned();
      const both = { ...Object.fromEntries(query), error: "access_denied" };
      return {
        strike: () => person.post("tiktok-callback", both),
        async after() {
          equal((await person.complete(query)).status, 200);
        },
      };
    },
  },
  {
    name: "neither a code nor an error; the state is not spent on it",
    refused: [400, "invalid_request"],
    async prepare(stage) {
      const { person, query } = await stage.returned();
      return {
        strike: () => person.post("tiktok-callback", { state: query.get("state") }),
        async after() {
          equal((await person.complete(query)).status, 200);
        },
      };
    },
  },
  {
    name: "the session of a deleted user starts a connection",
    refused: [401, "unauthorized"],
    async prepare(stage) {
      const person = await stage.world.person();
      await stage.tamper("delete from auth.users where id = $1", [person.id]);
      return { strike: () => person.post("tiktok-initiate") };
    },
  },
  {
    name: "the session of a deleted user brings the state that he had made",
    refused: [400, "state_invalid"],
    logged: true,
    async prepare(stage) {
      const { person, query } = await stage.returned();
      await stage.tamper("delete from auth.users where id = $1", [person.id]);
      return { strike: () => person.complete(query) };
    },
  },
];
