/** What a user has, asked for by another one: as if it did not exist. */

import { equal, same } from "../../functions/support/assert.ts";
import type { Answer } from "../../functions/support/caller.ts";
import { videoDraft } from "../../functions/support/media.ts";
import type { Attack } from "../support/attack.ts";
import { idRequests, nameOf, send } from "../support/requests.ts";
import type { Resident, Stage } from "../support/stage.ts";

/** The names alone; the ids come with the stage. */
const REQUESTS = idRequests({ connection_id: "", job_id: "", path: "" });

/** The same request about the victim's row and about one that is not there. */
const askAboutBoth =
  (index: number, change: (id: string) => string = (id) => id) =>
  async (stage: Stage): Promise<Answer[]> => {
    const { victim, attacker } = stage;
    const nobodys = crypto.randomUUID();
    const answers: Answer[] = [];
    for (const { connection_id, job_id } of [victim, { connection_id: nobodys, job_id: nobodys }]) {
      const ids = { connection_id: change(connection_id), job_id: change(job_id) };
      const request = idRequests({ ...ids, path: attacker.path })[index];
      if (request === undefined) throw new Error(`there is no request ${index}`);
      answers.push(await send(attacker.person, request));
    }
    const [theirs, missing] = answers.map(({ status, headers, body }) => ({
      status,
      headers: [...headers].filter(([name]) => !["date", "x-request-id"].includes(name)),
      body: { ...body, request_id: null },
    }));
    same(theirs, missing, "the two can be told apart");
    return answers;
  };

/** A post that uses what the victim has in some other place than the id. */
const draftOf = (resident: Resident, change: object) =>
  videoDraft(resident.connection_id, resident.path, change);

export const attacks: Attack[] = [
  ...REQUESTS.map((request, index): Attack => ({
    name: `${nameOf(request)} with another user's ${request.names}`,
    refused: [404, "not_found"],
    prepare: (stage) => ({ strike: () => askAboutBoth(index)(stage) }),
  })),
  ...REQUESTS.map((request, index): Attack => ({
    name: `${nameOf(request)} with another user's ${request.names}, its id in capitals`,
    refused: [404, "not_found"],
    prepare: (stage) => ({
      strike: () => askAboutBoth(index, (id) => id.toUpperCase())(stage),
    }),
  })),
  {
    name: "another user's connection that was disconnected is disconnected again",
    refused: [404, "not_found"],
    async prepare(stage) {
      const { person, id } = await stage.connected();
      equal((await person.post("tiktok-disconnect", { connection_id: id })).status, 200);
      return {
        strike: () => stage.attacker.person.post("tiktok-disconnect", { connection_id: id }),
      };
    },
  },
  {
    name: "a post names another user as its owner",
    refused: [400, "invalid_request"],
    prepare: ({ attacker, victim }) => ({
      strike: () =>
        attacker.person.post("tiktok-publish", draftOf(attacker, { user_id: victim.person.id })),
    }),
  },
  {
    name: "a connection to be disconnected names another user as its owner",
    refused: [400, "invalid_request"],
    prepare: ({ attacker, victim }) => ({
      strike: () =>
        attacker.person.post("tiktok-disconnect", {
          connection_id: victim.connection_id,
          user_id: victim.person.id,
        }),
    }),
  },
  {
    name: "another user's idempotency key gives the attacker a job of his own, not the victim's",
    refused: [202],
    leaves: { rows: { "public.publish_jobs": 1 } },
    async prepare({ attacker, victim }) {
      const idempotency_key = crypto.randomUUID();
      const scheduled_at = new Date(Date.now() + 400 * 86_400_000).toISOString();
      const change = { idempotency_key, scheduled_at };
      const theirs = await victim.person.publish(draftOf(victim, change));
      return {
        strike: () => attacker.person.post("tiktok-publish", draftOf(attacker, change)),
        after([answer]) {
          if (answer === undefined || "error" in answer) throw new Error("no answer");
          equal(answer.body.job.id === theirs.id, false);
          equal(answer.body.job.connection_id, attacker.connection_id);
        },
      };
    },
  },
  {
    name: "every SQL function, called over the Data API by a signed-in user",
    refused: [403],
    prepare: (stage) => ({
      async strike() {
        const functions = await stage.tamper(
          `select p.proname as name, coalesce(jsonb_object_agg(a.name, null)
                    filter (where a.name is not null), '{}') as args
             from pg_proc p left join lateral unnest(p.proargnames) as a (name) on true
            where p.pronamespace = 'public'::regnamespace
              and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
            group by p.oid, p.proname`,
        );
        equal(functions.length >= 20, true);
        const answers: Answer[] = [];
        for (const { name, args } of functions) {
          answers.push(await stage.attacker.person.post(`/rest/v1/rpc/${name}`, args));
        }
        return answers;
      },
    }),
  },
  {
    name: "both tables, written to over the Data API by their rows' owner",
    refused: [403],
    prepare: ({ attacker: { person, connection_id, job_id } }) => ({
      async strike() {
        const answers: Answer[] = [];
        const rows = { platform_connections: connection_id, publish_jobs: job_id };
        for (const [table, id] of Object.entries(rows)) {
          const path = `/rest/v1/${table}?id=eq.${id}`;
          answers.push(await person.call("PATCH", path, { body: { status: "published" } }));
          answers.push(await person.call("DELETE", path));
          answers.push(
            await person.post(`/rest/v1/${table}`, { id: crypto.randomUUID(), user_id: person.id }),
          );
        }
        return answers;
      },
    }),
  },
];
