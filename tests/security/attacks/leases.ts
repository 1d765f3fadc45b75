/** A refresh that goes wrong: the connection lives, and nobody's late write undoes another's. */

import { equal } from "../../functions/support/assert.ts";
import type { Attack } from "../support/attack.ts";
import { placeMiddleman } from "../support/middleman.ts";
import type { Stage } from "../support/stage.ts";

const TOKEN = "/v2/oauth/token/";
const CREATOR = "/v2/post/publish/creator_info/query/";
const HOUR_SECONDS = 3600;
/** Longer than any lease of a refresh. */
const LEASE_IS_OVER_SECONDS = 600;

type Fault = Parameters<Stage["world"]["tiktok"]["faults"]["add"]>[0];

/** A connection whose access token has expired. */
async function expired(stage: Stage) {
  const connected = await stage.connected();
  await stage.world.skip(2.5 * HOUR_SECONDS);
  // A use is noted down once in a while: here, before anything is counted.
  await stage.tamper(
    "update public.platform_connections set last_used_at = private.now() where id = $1",
    [connected.id],
  );
  return connected;
}

async function rowOf(stage: Stage, id: string) {
  const [row] = await stage.tamper(
    "select status, token_version, access_token_sealed from public.platform_connections where id = $1",
    [id],
  );
  return row;
}

/** A refresh on use that TikTok answers like this; afterwards, whether the connection still lives. */
const failing = (fault: Fault): Attack["prepare"] => async (stage) => {
  const { person, id } = await expired(stage);
  stage.world.tiktok.faults.add(fault);
  return {
    strike: () => stage.use(person, id),
    async after() {
      equal((await rowOf(stage, id))?.status, "active");
      if (fault.kind === "lose_reply") return;
      equal((await stage.use(person, id)).status, 200, "the next try succeeds");
    },
  };
};

/**
 * One caller holds the lease and sleeps; the lease runs out, and another one refreshes. Then the first
 * wakes up, and is answered by TikTok itself (null) or like this.
 */
const oversleep =
  (lateAnswer: (account: string) => Response | null): Attack["prepare"] => async (stage) => {
    const { person, account, id } = await expired(stage);
    const awake = Promise.withResolvers<void>();
    const asleep = Promise.withResolvers<void>();
    const middleman = placeMiddleman(stage);
    let tokens_asked = 0;
    middleman.intercept = async (request) => {
      if (new URL(request.url).pathname !== TOKEN || ++tokens_asked > 1) return null;
      asleep.resolve();
      await awake.promise;
      return lateAnswer(account);
    };
    return {
      async strike() {
        const late = stage.use(person, id);
        await asleep.promise;
        await stage.world.skip(LEASE_IS_OVER_SECONDS);
        const other = await stage.use(person, id);
        const refreshed = JSON.stringify(await rowOf(stage, id));
        awake.resolve();
        const answers = [other, await late];
        equal(JSON.stringify(await rowOf(stage, id)), refreshed, "the late one wrote");
        return answers;
      },
      async after() {
        equal((await stage.use(person, id)).status, 200, "the connection works");
      },
    };
  };

const LATE_TOKENS = {
  access_token: "act.came-too-late!1.va",
  expires_in: 7200,
  refresh_token: "rft.came-too-late!1.va",
  refresh_expires_in: 15_552_000,
  scope: "user.info.basic,video.publish",
  token_type: "Bearer",
};

export const attacks: Attack[] = [
  {
    name: "a holder of the lease sleeps past it; what TikTok then refuses him ends nothing",
    refused: [200],
    leaves: {
      rows: { "public.platform_connections": 1 },
      asked: [`POST ${TOKEN}`, `POST ${TOKEN}`, `POST ${CREATOR}`, `POST ${CREATOR}`],
    },
    prepare: oversleep(() => null),
  },
  {
    name: "a holder of the lease sleeps past it; the tokens that he then gets are not written",
    refused: [200],
    // The late answer is made up, so that TikTok itself was asked once.
    leaves: {
      rows: { "public.platform_connections": 1 },
      asked: [`POST ${TOKEN}`, `POST ${CREATOR}`, `POST ${CREATOR}`],
    },
    prepare: oversleep((open_id) => Response.json({ ...LATE_TOKENS, open_id })),
  },
  {
    name: "the answer to a refresh is lost",
    refused: [503, "tiktok_unavailable"],
    logged: true,
    leaves: { rows: { "public.platform_connections": 1 }, asked: [`POST ${TOKEN}`] },
    prepare: failing({ path: TOKEN, kind: "lose_reply" }),
  },
  {
    name: "TikTok hangs up before a refresh",
    refused: [503, "tiktok_unavailable"],
    logged: true,
    leaves: { rows: { "public.platform_connections": 1 }, asked: [`POST ${TOKEN}`] },
    prepare: failing({ path: TOKEN, kind: "refuse" }),
  },
  {
    name: "TikTok answers a refresh with a bare 500",
    refused: [503, "tiktok_unavailable"],
    logged: true,
    leaves: { rows: { "public.platform_connections": 1 }, asked: [`POST ${TOKEN}`] },
    prepare: failing({ path: TOKEN, kind: "status", status: 500 }),
  },
  {
    name: "TikTok takes our client secret for wrong when we refresh",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: { "public.platform_connections": 1 }, asked: [`POST ${TOKEN}`] },
    prepare: failing({ path: TOKEN, kind: "error", code: "invalid_client" }),
  },
  {
    name: "TikTok refuses a refresh while the old access token still works",
    refused: [200],
    logged: ["tiktok_rejected"],
    leaves: {
      rows: { "public.platform_connections": 1 },
      asked: [`POST ${TOKEN}`, "GET /v2/user/info/"],
    },
    async prepare(stage) {
      const { world } = stage;
      const { person, id } = await stage.connected();
      await stage.makeDue(id);
      world.tiktok.faults.add({ path: TOKEN, kind: "error", code: "invalid_grant" });
      return {
        async strike() {
          const answer = await world.schedule.post("tiktok-refresh");
          equal(answer.body.retried_later, 1, JSON.stringify(answer.body));
          return answer;
        },
        async after() {
          equal((await rowOf(stage, id))?.status, "active");
          equal((await stage.use(person, id)).status, 200);
        },
      };
    },
  },
  {
    name: "TikTok's answer to a refresh is another account's: it is not stored",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: { rows: { "public.platform_connections": 1 }, asked: [`POST ${TOKEN}`] },
    async prepare(stage) {
      const { person, id } = await expired(stage);
      const answer = { ...LATE_TOKENS, open_id: stage.victim.account };
      const body = JSON.stringify(answer);
      stage.world.tiktok.faults.add({ path: TOKEN, kind: "garbage", body });
      const before = await rowOf(stage, id);
      return {
        strike: () => stage.use(person, id),
        async after() {
          equal(JSON.stringify(await rowOf(stage, id)), JSON.stringify(before));
        },
      };
    },
  },
  {
    name:
      "TikTok's answer on the way to a revocation is another account's: that one is not revoked",
    refused: [200],
    logged: ["tiktok_rejected"],
    leaves: {
      rows: { "public.platform_connections": 1, "private.token_revocations": 1 },
      asked: [`POST ${TOKEN}`],
    },
    async prepare(stage) {
      const { world, victim } = stage;
      const { person, id } = await expired(stage);
      // What comes is the victim's own, as far as anybody can tell.
      const tokens = { ...LATE_TOKENS, open_id: victim.account };
      world.tiktok.faults.add({ path: TOKEN, kind: "garbage", body: JSON.stringify(tokens) });
      return {
        strike: () => person.post("tiktok-disconnect", { connection_id: id }),
        async after() {
          await stage.tamper("delete from private.token_revocations where connection_id = $1", [
            id,
          ]);
        },
      };
    },
  },
];
