/** docs/scale.md, from the model. */

import { type Load, simulate, SLACK_SECONDS } from "./model.ts";

const CONNECTIONS = 1_000_000;
const SHARES = [0.01, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5];
const OUTAGE_MINUTES = 60;

/** supabase/migrations/20261122000900_schedules.sql: up to eight invocations a minute, of a hundred each. */
const REFRESH_LIMIT = 100;
const REFRESH_INVOCATIONS = 8;
/** Up to eight, twice a minute, of 25 posts each. */
const POLL_LIMIT = 25;
const POLL_INVOCATIONS = 8 * 2;

/** What a user of that day does: half a post, two looks by way of a function. */
const POSTS_A_DAY = 0.5;
const LOOKS_A_DAY = 2;
/** Rows written: a refresh is claimed and finished; a post is taken, claimed, begun, kept, ended, and looked after. */
const WRITES_A_REFRESH = 2;
const WRITES_A_POST = 10;
/** A post is claimed three times on an average: started, asked about, asked about again. */
const CLAIMS_A_POST = 3;

/** https://supabase.com/pricing, Pro plan, as of November 2026; dollars a month. */
const PRICES = {
  plan: 25,
  compute_credit: 10,
  invocations_included: 2_000_000,
  a_million_invocations: 2,
  disk_included_gb: 8,
  disk_gb: 0.125,
};
/** Dedicated compute by the rows it has to write a second, generously: two cores here wrote 950. */
const COMPUTE = [
  { name: "Small", dollars: 15, writes: 50 },
  { name: "Large", dollars: 110, writes: 500 },
  { name: "2XL", dollars: 410, writes: 2_000 },
  { name: "8XL", dollars: 1_870, writes: 10_000 },
];
/** A connection with its indexes and sealed tokens, and a year of its jobs, kB (`bench growth`, a million rows). */
const KB_A_CONNECTION = 3;
const KB_A_POST = 2;

const whole = (value: number) => Math.round(value).toLocaleString("en-US");
const percent = (share: number) => `${share * 100} %`;

type Row = ReturnType<typeof describe>;

function describe(active_share: number) {
  const load = simulate({
    connections: CONNECTIONS,
    active_share,
    refreshes_a_minute: REFRESH_LIMIT * REFRESH_INVOCATIONS,
    outage_minutes: OUTAGE_MINUTES,
  });
  const active = CONNECTIONS * active_share;
  const posts_a_day = active * POSTS_A_DAY;
  const refresh_invocations = Math.max(
    1,
    Math.min(load.refreshes_a_day / 1_440 / REFRESH_LIMIT, REFRESH_INVOCATIONS),
  );
  const poll_invocations = Math.max(
    2,
    Math.min(posts_a_day * CLAIMS_A_POST / 1_440 / POLL_LIMIT, POLL_INVOCATIONS),
  );
  const by_users = active * (POSTS_A_DAY * 2 + LOOKS_A_DAY) / 1_440;
  const invocations_a_minute = refresh_invocations + poll_invocations + 0.2 + by_users;
  const writes_a_second = (load.refreshes_a_day * WRITES_A_REFRESH + posts_a_day * WRITES_A_POST) /
    86_400;
  return { active_share, load, posts_a_day, invocations_a_minute, writes_a_second };
}

function costOf({ invocations_a_minute, writes_a_second, posts_a_day }: Row) {
  const compute = COMPUTE.find(({ writes }) => writes_a_second <= writes) ?? COMPUTE.at(-1)!;
  const invocations = invocations_a_minute * 1_440 * 30;
  const disk_gb = (CONNECTIONS * KB_A_CONNECTION + posts_a_day * 365 * KB_A_POST) / 1_000_000;
  const dollars = PRICES.plan - PRICES.compute_credit + compute.dollars +
    Math.max(0, invocations - PRICES.invocations_included) / 1_000_000 *
      PRICES.a_million_invocations +
    Math.max(0, disk_gb - PRICES.disk_included_gb) * PRICES.disk_gb;
  return { compute: compute.name, invocations, disk_gb, dollars };
}

function table(columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns),
    `|${columns.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`,
    ...rows.map(line),
  ].join("\n");
}

const lateness = ({ latest_minutes }: Load) =>
  latest_minutes * 60 > SLACK_SECONDS ? "**falls behind**" : `${whole(latest_minutes)} min`;

/** The share at which the schedule as it is can just keep up, by trying. */
function breakingShare(): number {
  let [holds, breaks] = [0, 1];
  for (let turn = 0; turn < 12; turn++) {
    const share = (holds + breaks) / 2;
    const { load } = describe(share);
    if (load.latest_minutes <= 1) holds = share;
    else breaks = share;
  }
  return holds;
}

export function renderScale(): string {
  const rows = SHARES.map(describe);
  const most = breakingShare();
  return `# A million connections

What the schedule would have to do for a million connected accounts, on paper and on a virtual clock: this page is the
output of \`deno task scale --write\`, from \`bench/scale\`. Only the accounts that are used cost anything to speak of: one
that was not used for a day is refreshed four times a year.

**Assumed**: tokens live two hours and 180 days, as TikTok gives them; an account that is in use is refreshed when a fifth of
its token's life is left (every 96 minutes); its user posts every other day and opens the post screen or the figures
${LOOKS_A_DAY} times a day. What users read from the Data API is not counted.

## What there is to do

${
    table(
      [
        "in use",
        "refreshes a day",
        "a minute",
        "posts a day",
        "invocations a minute",
        "rows written a second",
      ],
      rows.map((row) => [
        percent(row.active_share),
        whole(row.load.refreshes_a_day),
        whole(row.load.refreshes_a_day / 1_440),
        whole(row.posts_a_day),
        whole(row.invocations_a_minute),
        whole(row.writes_a_second),
      ]),
    )
  }

## Whether the schedule keeps up

Each minute starts up to ${REFRESH_INVOCATIONS} invocations of \`tiktok-refresh\` with ${REFRESH_LIMIT} connections each:
${whole(REFRESH_LIMIT * REFRESH_INVOCATIONS)} a minute. A token that is refreshed late still has ${
    SLACK_SECONDS / 60
  } minutes to live when it is due; after that its next use refreshes it, and takes a second longer. Nothing is lost by it.

${
    table(
      ["in use", "latest refresh", "latest after an hour without TikTok", "on time again after"],
      rows.map(({ active_share, load }) => [
        percent(active_share),
        lateness(load),
        `${whole(load.latest_after_outage_minutes)} min`,
        load.recovered_after_minutes === null
          ? "never"
          : `${whole(load.recovered_after_minutes)} min`,
      ]),
    )
  }

## What it costs

Supabase's price list for the Pro plan as of November 2026 (${PRICES.plan} dollars a month, ${
    PRICES.invocations_included / 1_000_000
  } million invocations and ${PRICES.disk_included_gb} GB of disk included, then ${PRICES.a_million_invocations} dollars a
million and ${PRICES.disk_gb} a GB). Compute is chosen by the rows to be written, with room; two cores of the machine in
[performance.md](performance.md) refreshed 477 connections a second, which is 950 rows.

${
    table(
      ["in use", "compute", "invocations a month", "disk", "dollars a month"],
      rows.map((row) => {
        const cost = costOf(row);
        return [
          percent(row.active_share),
          cost.compute,
          `${whole(cost.invocations / 1_000_000)} million`,
          `${whole(cost.disk_gb)} GB`,
          whole(cost.dollars),
        ];
      }),
    )
  }

Videos in Storage and their way to TikTok are not in it: they cost by their size, whoever moves them.

## Where it breaks first, and what then

1. **TikTok's own limits**, long before ours. 1,000 queries a day an app (\`TIKTOK_DAILY_QUERY_LIMIT\`) read the figures of a
   thousand accounts once a day, or connect a thousand accounts: beyond that figures get older, and connecting waits for
   the next day. A new app may have as many creators a day as its audit allowed. Ask TikTok for more; the setting takes it.
2. **The refresh's ticks**, above ${(most * 100).toFixed(1)} % of the accounts in use: more than ${
    whole(REFRESH_LIMIT * REFRESH_INVOCATIONS)
  } are due each minute. More
   invocations a tick (\`private.invocations_for_due_tokens\`, its \`8\`) or a second schedule: claims skip what others hold,
   so any number can run side by side.
3. **Connections to the database.** Functions come through the Data API, whose pool is shared: a tick's invocations hold
   one only for the milliseconds of a call. Above some hundred invocations a minute a larger compute size, which brings a
   larger pool, or Supavisor for what else connects.
4. **The post queue's ticks**: ${whole(POLL_LIMIT * POLL_INVOCATIONS)} claims a minute, ${
    whole(POLL_LIMIT * POLL_INVOCATIONS * 1_440 / CLAIMS_A_POST)
  } posts a day; the same remedy.
5. **Finished posts and readings that pile up**: no query reads a table (\`tests/database/growth.test.ts\`), so they cost
   disk and vacuum, not time. From some hundred million rows on, \`publish_jobs\` and the readings are partitioned by month;
   nothing refers to them but their own.
6. **Reading**: dashboards and figures are reads, and go to a read replica first of all.
`;
}
