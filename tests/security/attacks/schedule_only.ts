/** Every function of the schedule, with work that is due, and every credential but its own. */

import { equal } from "../../functions/support/assert.ts";
import { Caller } from "../../functions/support/caller.ts";
import { videoDraft } from "../../functions/support/media.ts";
import { createForge, unsigned } from "../../functions/support/tokens.ts";
import type { Attack } from "../support/attack.ts";
import { scheduleRequests, sendAll } from "../support/requests.ts";
import type { Stage } from "../support/stage.ts";

type Credential = (stage: Stage) => Promise<Record<string, string>> | Record<string, string>;

const CREDENTIALS: [what: string, credential: Credential][] = [
  ["no credential", () => ({})],
  ["a user's token", ({ attacker }) => attacker.person.headers],
  [
    "a user's token alone",
    ({ attacker }) => ({ authorization: `Bearer ${attacker.person.token}` }),
  ],
  ["a user's token as the key", ({ attacker }) => ({ apikey: attacker.person.token })],
  ["a token of the role service_role", async ({ world, victim }) => {
    const forge = await createForge(world, victim.person.id);
    const token = await forge({ role: "service_role" });
    return { authorization: `Bearer ${token}`, apikey: world.host.keys.publishable };
  }],
  ["a token signed by nobody", ({ attacker, world }) => ({
    authorization: `Bearer ${unsigned(attacker.person.token)}`,
    apikey: world.host.keys.publishable,
  })],
  ["the publishable key", ({ world }) => ({ apikey: world.host.keys.publishable })],
  ["the default secret key", ({ world }) => ({ apikey: world.host.keys.secret })],
  ["the default secret key as key and token", ({ world }) => {
    const { secret } = world.host.keys;
    return { apikey: secret, authorization: `Bearer ${secret}` };
  }],
  ["a made-up secret key", () => ({ apikey: "sb_secret_0000000000000000000000_000000" })],
  ["an empty key", () => ({ apikey: "" })],
  ["the name of the key", () => ({ apikey: "cron" })],
  ["the schedule's key as a token", ({ world }) => ({
    authorization: `Bearer ${world.host.keys.cron}`,
  })],
  ["the schedule's key in another header", ({ world }) => ({ "x-api-key": world.host.keys.cron })],
  ["the schedule's key in a cookie", ({ world }) => ({ cookie: `apikey=${world.host.keys.cron}` })],
  ["a key that begins like the schedule's", ({ world }) => ({
    apikey: world.host.keys.cron.slice(0, -1),
  })],
  ["a key that goes on after the schedule's", ({ world }) => ({
    apikey: `${world.host.keys.cron}x`,
  })],
  ["the schedule's key in capitals", ({ world }) => ({
    apikey: world.host.keys.cron.toUpperCase(),
  })],
  ["the schedule's key among others", ({ world }) => ({
    apikey: `${world.host.keys.publishable}, ${world.host.keys.cron}`,
  })],
];

/** A connection that must be refreshed, and a post that must be started. */
async function makeWork(stage: Stage): Promise<void> {
  const { victim, world } = stage;
  const { person, connection_id, path } = victim;
  await person.publish(
    videoDraft(connection_id, path, { scheduled_at: await inMinutes(stage, 90) }),
  );
  await world.skip(100 * 60);
}

async function inMinutes(stage: Stage, minutes: number): Promise<string> {
  const [row] = await stage.tamper(
    "select private.iso(private.now() + make_interval(mins => $1::int)) as at",
    [minutes],
  );
  return String(row?.at);
}

/** There was something to do all the time. */
async function getsThrough({ world }: Stage): Promise<void> {
  for (const slug of ["tiktok-refresh", "tiktok-status-poll"]) {
    const { status, body } = await world.schedule.post(slug);
    equal(status, 200);
    equal(body.claimed > 0, true, `${slug} had nothing to do: ${JSON.stringify(body)}`);
  }
}

export const attacks: Attack[] = [
  ...CREDENTIALS.map(([what, credential], index): Attack => ({
    name: `every function of the schedule, with ${what}`,
    refused: [401, "unauthorized"],
    async prepare(stage) {
      if (index === 0) await makeWork(stage);
      const caller = new Caller(stage.world, await credential(stage));
      return {
        strike: () => sendAll(caller, scheduleRequests()),
        ...(index === CREDENTIALS.length - 1 ? { after: () => getsThrough(stage) } : {}),
      };
    },
  })),
  {
    name: "every function of the schedule, with its key in the query",
    refused: [401, "unauthorized"],
    prepare: ({ world }) => ({
      strike: () =>
        sendAll(
          world.anyone,
          scheduleRequests().map((request) => ({
            ...request,
            query: `apikey=${world.host.keys.cron}`,
          })),
        ),
    }),
  },
];
