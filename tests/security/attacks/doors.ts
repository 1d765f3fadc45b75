/** Methods, paths and origins: what is decided before anybody looks at the request itself. */

import { equal, same } from "../../functions/support/assert.ts";
import { METHODS } from "../../functions/support/endpoints.ts";
import type { Answer, Caller } from "../../functions/support/caller.ts";
import type { Attack, Heard } from "../support/attack.ts";
import { allSlugs, scheduleRequests, send, sendAll, userRequests } from "../support/requests.ts";
import type { Stage } from "../support/stage.ts";

const OURS = "https://app.nexus.example";
const FOREIGN_ORIGINS: [string, string][] = [
  ["another origin", "https://evil.example"],
  ["our origin over plain http", "http://app.nexus.example"],
  ["our origin at another port", "https://app.nexus.example:8443"],
  ["our origin as a subdomain", "https://app.nexus.example.evil.example"],
  ["a subdomain of ours", "https://x.app.nexus.example"],
  ["our origin in capitals", "https://APP.nexus.example"],
  ["no origin (a sandboxed page)", "null"],
];

/** Of every function, those that are still to come included. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  "tiktok-analytics": ["GET", "POST"],
  ...METHODS,
};
const METHODS_OF_HTTP = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Paths that end elsewhere than they seem to. */
const PATHS_TO_REFRESH = [
  "/functions/v1/tiktok-refresh/",
  "/functions/v1/tiktok-refresh//",
  "/functions/v1/tiktok-refresh/tiktok-webhook",
  "/functions/v1/tiktok-refresh?/tiktok-webhook",
  "/functions/v1/tiktok-refresh;tiktok-webhook",
  "/functions/v1/tiktok-webhook/../tiktok-refresh",
  "/functions/v1/tiktok-webhook/%2e%2e/tiktok-refresh",
  "/functions/v1/tiktok-refresh%2f",
  "//functions/v1/tiktok-refresh",
];

function permissions({ headers }: Answer): string[] {
  return [...headers.keys()].filter((name) => name.startsWith("access-control-allow-"));
}

const hasNoPermission = (heard: Heard[]) => {
  for (const answer of heard) {
    if (!("error" in answer)) same(permissions(answer), []);
  }
};

/** With `caller`, every function by every method that it does not take. */
async function tryMethods(caller: Caller): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const slug of allSlugs()) {
    const taken = TAKEN[slug] ?? [];
    const isForUsers = !["tiktok-refresh", "tiktok-status-poll", "tiktok-webhook"].includes(slug);
    const allowed = isForUsers ? [...taken, "OPTIONS"] : taken;
    for (const method of METHODS_OF_HTTP) {
      // An answer to HEAD has no body to be looked at; it has a line of its own.
      if (allowed.includes(method) || method === "HEAD") continue;
      const answer = await caller.call(method, slug);
      same(answer.headers.get("allow")?.split(", ").sort(), [...allowed].sort(), slug);
      answers.push(answer);
    }
  }
  return answers;
}

export const attacks: Attack[] = [
  ...FOREIGN_ORIGINS.map(([what, origin]): Attack => ({
    name: `a preflight to every function for users from ${what}`,
    refused: [204],
    prepare: ({ world, victim }) => ({
      async strike() {
        const answers: Answer[] = [];
        for (const request of userRequests(victim)) {
          const headers = { origin, "access-control-request-method": request.method };
          answers.push(await world.anyone.call("OPTIONS", request.slug, { headers }));
        }
        return answers;
      },
      after: hasNoPermission,
    }),
  })),
  {
    name: "a foreign page reads the refusals of every function for users",
    refused: [401, "unauthorized"],
    prepare: ({ world, victim }) => ({
      strike: () => sendAll(world.anyone, userRequests(victim), { origin: "https://evil.example" }),
      after: hasNoPermission,
    }),
  },
  {
    name: "a preflight to the functions of the schedule and of TikTok, from our own origin even",
    refused: [405, "method_not_allowed"],
    prepare: ({ world }) => ({
      async strike() {
        const answers: Answer[] = [];
        for (const slug of ["tiktok-refresh", "tiktok-status-poll", "tiktok-webhook"]) {
          const headers = { origin: OURS, "access-control-request-method": "POST" };
          answers.push(await world.anyone.call("OPTIONS", slug, { headers }));
        }
        return answers;
      },
      after: hasNoPermission,
    }),
  },
  {
    name: "a page of ours calls the functions of the schedule and of TikTok",
    refused: [401, "unauthorized"],
    prepare: ({ attacker: { person } }) => ({
      strike: () =>
        sendAll(
          person,
          [...scheduleRequests(), { slug: "tiktok-webhook", method: "POST", body: {} }],
          { origin: OURS },
        ),
      after: hasNoPermission,
    }),
  },
  {
    name: "every method that a function does not take, by nobody",
    refused: [405, "method_not_allowed"],
    prepare: ({ world }) => ({ strike: () => tryMethods(world.anyone) }),
  },
  {
    name: "every method that a function does not take, by a signed-in user",
    refused: [405, "method_not_allowed"],
    prepare: ({ attacker }) => ({ strike: () => tryMethods(attacker.person) }),
  },
  {
    name: "every method that a function does not take, by the schedule",
    refused: [405, "method_not_allowed"],
    prepare: ({ world }) => ({ strike: () => tryMethods(world.schedule) }),
  },
  {
    name: "HEAD instead of GET",
    refused: [405],
    prepare: ({ victim: { person, connection_id, job_id } }) => ({
      strike: async () => [
        await person.call("HEAD", `tiktok-creator?connection_id=${connection_id}`),
        await person.call("HEAD", `tiktok-publish?job_id=${job_id}`),
        await person.call("HEAD", "tiktok-callback?state=x"),
      ],
    }),
  },
  {
    name: "headers that ask for another method than the request's",
    refused: [200],
    prepare: ({ victim: { person, job_id } }) => ({
      strike: () =>
        person.get(`tiktok-publish?job_id=${job_id}`, {
          headers: {
            "x-http-method-override": "DELETE",
            "x-http-method": "DELETE",
            "x-method-override": "DELETE",
          },
        }),
      async after() {
        equal((await person.job(job_id)).status, "queued", "it was not cancelled");
      },
    }),
  },
  ...PATHS_TO_REFRESH.map((path): Attack => ({
    name: `the schedule's function is reached as ${path}, without its key`,
    refused: [401, "unauthorized"],
    async prepare(stage) {
      const { default: refresh } = await import(
        "../../../supabase/functions/tiktok-refresh/index.ts"
      );
      return { strike: () => ask(stage, refresh, path) };
    },
  })),
  {
    name: "headers that name another host and another scheme do not move the issuer",
    refused: [401, "unauthorized"],
    prepare: ({ attacker, victim }) => ({
      strike: () => {
        const caller = attacker.person.with({ authorization: "Bearer x.y.z" });
        return sendAll(caller, userRequests(victim), {
          "x-forwarded-host": "evil.example",
          "x-forwarded-proto": "https",
          forwarded: "host=evil.example",
          "x-supabase-server-error": "none",
        });
      },
    }),
  },
  {
    name: "a schedule's key that is sent along by a user opens nothing that is another user's",
    refused: [404, "not_found"],
    prepare: ({ attacker, victim, world }) => ({
      strike: () => {
        const caller = attacker.person.with({ apikey: world.host.keys.cron });
        const requests = userRequests(victim).filter(({ names }) => names !== undefined);
        return Promise.all(requests.map((request) => send(caller, request)));
      },
    }),
  },
];

/** Straight at the function: what stands before it may hand on paths of any form. */
async function ask(
  { world }: Stage,
  door: { fetch(request: Request): Promise<Response> },
  path: string,
): Promise<Answer> {
  const response = await door.fetch(
    new Request(`https://project.example${path}`, { method: "POST" }),
  );
  const answer = {
    status: response.status,
    headers: response.headers,
    body: await response.json(),
  };
  world.answers.push(answer);
  return answer;
}
