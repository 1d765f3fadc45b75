/** How long a user waits for a warm function. */
import type { Bench, BenchContext } from "../bench.ts";
import { type Child, startChild } from "../support/child.ts";
import { median } from "../support/figures.ts";
import { DURABLE_IN_WORDS, startServer } from "../support/server.ts";
import type { Answered, Asked, BenchRequest } from "./functions.ts";
import type { Agreed, Asked as AskedOfHost, BenchPerson, Prepared } from "./host.ts";

/** Enough that no user has ten live states, and no account twenty looks a minute. */
const PEOPLE = 55;
const SAMPLES = 110;
const AT_ONCE = [1, 10, 50];

const GOAL_CALLS: Record<string, number> = {
  "initiate": 1,
  "the browser's way back": 1,
  "connect": 2,
  "publish, later": 2,
  "a look at the job": 1,
};

type Measured = { at_once: number; name: string; answered: Answered };

export const bench: Bench = {
  name: "latency",
  title: "A user who waits",
  async run(context) {
    const measured = await measure(context);
    const names = Object.keys(GOAL_CALLS);
    const of = (name: string, at_once: number) =>
      measured.find((one) => one.name === name && one.at_once === at_once)!.answered;
    const callsOf = (name: string) => of(name, 1).calls / of(name, 1).ms.length;
    return {
      about: ABOUT,
      tables: [{
        title: "Milliseconds: median, and the slowest of a hundred",
        columns: [
          "",
          "calls to the database",
          ...AT_ONCE.map((at_once) => at_once === 1 ? "alone" : `${at_once} at once`),
        ],
        rows: names.map((name) => [
          name,
          callsOf(name).toFixed(0),
          ...AT_ONCE.map((at_once) => {
            const { ms } = of(name, at_once);
            return `${median(ms).toFixed(0)}, ${percentile(ms, 0.99).toFixed(0)}`;
          }),
        ]),
      }],
      goals: names.map((name) => ({
        text: `${name}: at most ${GOAL_CALLS[name]} call${
          GOAL_CALLS[name] === 1 ? "" : "s"
        } to the database`,
        met: callsOf(name) <= GOAL_CALLS[name]!,
        reason: callsOf(name).toFixed(2),
      })),
    };
  },
};

const ABOUT =
  "The functions as they are, warm, in a process of their own; the embedded host in another, for its Data API and " +
  `Storage on ${DURABLE_IN_WORDS}, and with it TikTok's stand-in, which answers at once: what is told is our own ` +
  "time, to which TikTok's comes for `connect` (exchange, then profile and creator info at once) and `publish` " +
  `(creator info). ${SAMPLES} requests each, of ${PEOPLE} users. A post is for later, so that none is begun here; its ` +
  "file is read by ranges and checked, each time. The counts of calls are asserted by " +
  "`tests/connections/making.test.ts` and `tests/functions/database_calls.test.ts`.";

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;
}

async function measure({ log }: BenchContext): Promise<Measured[]> {
  await using server = await startServer();
  await using host = startChild<AskedOfHost, Prepared | Agreed>(
    new URL("host.ts", import.meta.url),
    { BENCH_DATABASE_URL: await server.createDatabase("latency") },
  );
  const { env, people } = await host.ask({ do: "prepare", people: PEOPLE }) as Prepared;
  await using functions = startChild<Asked, Answered>(
    new URL("functions.ts", import.meta.url),
    env,
  );
  log(`${PEOPLE} people are signed in`);
  await walk(functions, host, people, 1);
  const measured: Measured[] = [];
  for (const at_once of AT_ONCE) {
    for (const [name, answered] of await walk(functions, host, people, at_once)) {
      measured.push({ at_once, name, answered });
    }
    log(`${at_once} at once`);
  }
  return measured;
}

/** Everything once through, as users do it. */
async function walk(
  functions: Child<Asked, Answered>,
  host: Child<AskedOfHost, Prepared | Agreed>,
  people: BenchPerson[],
  at_once: number,
): Promise<[name: string, answered: Answered][]> {
  const each = Array.from({ length: SAMPLES }, (_, index) => people[index % people.length]!);
  const ask = async (
    name: string,
    status: number,
    makeRequest: (person: BenchPerson, index: number) => BenchRequest,
  ): Promise<[string, Answered]> => {
    const answered = await functions.ask({ requests: each.map(makeRequest), at_once });
    const wrong = answered.statuses.findIndex((one) => one !== status);
    if (wrong >= 0) {
      throw new Error(
        `${name}: ${answered.statuses[wrong]} ${JSON.stringify(answered.bodies[wrong])}`,
      );
    }
    return [name, answered];
  };
  const initiated = await ask("initiate", 200, ({ token }) => ({
    slug: "tiktok-initiate",
    method: "POST",
    body: {},
    token,
  }));
  const addresses = initiated[1].bodies.map(({ authorization_url }, index) => ({
    authorize_url: authorization_url,
    account: each[index]!.account,
  }));
  const agreed = await host.ask({ do: "agree", addresses }) as Agreed;
  const back = await ask("the browser's way back", 303, (_, index) => ({
    slug: "tiktok-callback",
    method: "GET",
    query: `?${new URLSearchParams(agreed[index])}`,
  }));
  const connected = await ask("connect", 200, ({ token }, index) => ({
    slug: "tiktok-callback",
    method: "POST",
    body: agreed[index],
    token,
  }));
  const scheduled_at = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const posted = await ask("publish, later", 202, ({ token, path }, index) => ({
    slug: "tiktok-publish",
    method: "POST",
    body: {
      connection_id: connected[1].bodies[index].connection.id,
      media: { type: "video", source: { kind: "storage", bucket: "videos", path } },
      mode: "direct",
      post: { caption: "Later", privacy_level: "SELF_ONLY" },
      scheduled_at,
    },
    token,
  }));
  const looked = await ask("a look at the job", 200, ({ token }, index) => ({
    slug: "tiktok-publish",
    method: "GET",
    query: `?job_id=${posted[1].bodies[index].job.id}`,
    token,
  }));
  return [initiated, back, connected, posted, looked];
}
