/** What must hold of every seed once the faults have stopped and everything had its time. */

import { createHash } from "node:crypto";
import { LIMITS_PER_MINUTE } from "../../local/tiktok/rate_limits.ts";
import type { Publish } from "../../local/tiktok/records.ts";
import type { Job, Record } from "./record.ts";
import { readFile } from "./supabase.ts";
import { PULLED_FROM, type World } from "./world.ts";

/** Each violation as a sentence; none if all is well. */
export function check(record: Record): string[] {
  return [
    ...checkRest(record),
    ...checkPosts(record),
    ...checkDays(record),
    ...checkMinutes(record),
    ...checkConnections(record),
    ...checkSecrets(record),
    ...checkBreakdowns(record),
    ...checkBytes(record),
    ...checkReasons(record),
    ...record.schedule.sums(),
  ];
}

const SETTLED = ["published", "sent_to_inbox", "failed", "cancelled", "unconfirmed"];

function checkRest({ jobs, connections, schedule }: Record): string[] {
  return [
    ...(schedule.came_to_rest ? [] : ["the schedule never comes to rest"]),
    ...jobs.filter(({ status }) => !SETTLED.includes(status)).map((
      { id, status, next_attempt_at },
    ) => `job ${id} is still ${status}, due ${next_attempt_at ?? "never"}`),
    ...jobs.filter(({ is_leased }) => is_leased).map(({ id }) => `job ${id} is leased for ever`),
    ...connections.filter(({ is_leased }) => is_leased).map(({ id }) =>
      `connection ${id} is leased for ever`
    ),
    ...connections.filter(({ revocation_waits }) => revocation_waits).map(({ id }) =>
      `the grant of connection ${id} waits for its end`
    ),
  ];
}

/** What TikTok has of a post: in the inbox, or on the profile. */
const isThere = ({ status }: Publish) => status === "published" || status === "in_inbox";

function tagOf(record: Record, publish: Publish): string {
  const upload = record.world.tiktok.state.uploads.find((one) =>
    one.publish_id === publish.publish_id
  );
  return upload === undefined ? publish.urls[0] ?? "" : `${upload.total_bytes} bytes`;
}

function checkPosts(record: Record): string[] {
  const { jobs, people, world } = record;
  const there = Map.groupBy(
    world.tiktok.state.publishes.filter(isThere),
    (publish) => tagOf(record, publish),
  );
  const here = Map.groupBy(jobs, ({ tag }) => tag);
  const wrong: string[] = [];
  for (const { tag, request, job_id } of people.flatMap(({ wishes }) => wishes)) {
    const count = here.get(tag)?.length ?? 0;
    if (job_id !== null && !here.get(tag)?.some(({ id }) => id === job_id)) {
      wrong.push(`${tag} was taken as job ${job_id}, which is another one, or none`);
    }
    if (count > 1) {
      wrong.push(`${tag} was wished once (${request.idempotency_key}), and is ${count} jobs`);
    }
  }
  for (const [tag, publishes] of there) {
    if (publishes.length > 1) wrong.push(`${tag} is ${publishes.length} posts at TikTok`);
    if (!here.has(tag)) wrong.push(`${tag} is a post at TikTok, and nobody's job`);
  }
  for (const job of jobs) {
    const count = there.get(job.tag)?.length ?? 0;
    const isPostedHere = job.status === "published" || job.status === "sent_to_inbox";
    if (isPostedHere && count === 0) {
      wrong.push(`job ${job.id} is ${job.status}, TikTok has nothing`);
    }
    wrong.push(...compare(record, job, there.get(job.tag)?.[0]));
    if (!isPostedHere && count > 0 && !mayDiffer(job)) {
      wrong.push(`job ${job.id} is ${job.status} (${job.error_code}), TikTok has ${job.tag}`);
    }
  }
  return wrong;
}

/** Where TikTok tells all by itself, what is here is what is there. */
function compare({ schedule }: Record, job: Job, publish: Publish | undefined): string[] {
  if (publish === undefined || !schedule.tellsByItself) return [];
  const status = publish.status === "in_inbox" ? "sent_to_inbox" : publish.status;
  const isKnown = job.status === "published" || job.status === "sent_to_inbox";
  if (!isKnown) return [];
  const missing = publish.post_ids.filter((id) => !job.post_ids.includes(id));
  return [
    ...(job.status === status ? [] : [`job ${job.id} is ${job.status}, at TikTok it is ${status}`]),
    ...missing.map((id) => `job ${job.id} does not know of post ${id}`),
  ];
}

/**
 * Where TikTok may have a post that is none here: nobody knows (`unconfirmed`), nobody wants to know
 * (its user let go of it), or its connection ended or TikTok was silent for a week before it could tell.
 */
function mayDiffer({ status, error_code, open_inits, is_submitted }: Job): boolean {
  if (status === "unconfirmed") return true;
  if (status === "cancelled") return open_inits > 0;
  return status === "failed" &&
    (error_code === "reconnect_required" || (error_code === "tiktok_unavailable" && is_submitted));
}

const DAY_MS = 86_400_000;

/** The longest that a request was on its way since its sender had asked the database for leave. */
function longestWay({ world }: Record, path: string): number {
  const ways = world.arrivals.filter((arrival) => arrival.path.includes(path))
    .map(({ on_its_way_ms }) => on_its_way_ms);
  return Math.max(0, ...ways);
}

function mostWithin(times_ms: number[], window_ms: number): number {
  const sorted = times_ms.toSorted((one, other) => one - other);
  let most = 0;
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while (sorted[first]! <= sorted[last]! - window_ms) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** Accepted inits a connection in any 24 hours; what was answered with a 5xx was not accepted. */
function checkDays(record: Record): string[] {
  const { world, jobs, daily_limit } = record;
  const window_ms = DAY_MS - longestWay(record, "/init/");
  const accepted = world.arrivals.filter(({ path, answer, fate, status }) =>
    path.includes("/init/") && status === 200 && answer.includes("publish_id") &&
    (fate.instead?.response.status ?? 200) < 500
  );
  const by_connection = Map.groupBy(accepted, ({ answer }) => {
    const publish_id = /"publish_id":\s*"([^"]+)"/.exec(answer)?.[1];
    const publish = world.tiktok.state.publishes.find((one) => one.publish_id === publish_id);
    const tag = publish === undefined ? "" : tagOf(record, publish);
    return jobs.find((job) => job.tag === tag)?.connection_id ?? "";
  });
  return [...by_connection].flatMap(([connection_id, inits]) => {
    const most = mostWithin(inits.map(({ at_ms }) => at_ms), window_ms);
    const times = inits.map(({ at_ms }) => at_ms).join(", ");
    return most <= daily_limit
      ? []
      : [`connection ${connection_id} had ${most} inits accepted in a day: ${times}`];
  });
}

/** What TikTok takes in a minute from a token; `limits` may be sent, of which it refuses the rest. */
function checkMinutes(record: Record): string[] {
  return Object.entries(LIMITS_PER_MINUTE).flatMap(([path, limit]) => {
    const window_ms = 60_000 - longestWay(record, path);
    const arrivals = record.world.arrivals.filter((arrival) => arrival.path === path);
    return [...Map.groupBy(arrivals, ({ token }) => token).values()].flatMap((of_token) => {
      const most = mostWithin(of_token.map(({ at_ms }) => at_ms), window_ms);
      return most <= limit ? [] : [`a token was used ${most} times in a minute for ${path}`];
    });
  });
}

/** A connection may be lost only where its grant ended, or where new tokens were lost on their way. */
function checkConnections({ world, connections }: Record): string[] {
  const { events, tokens } = { events: world.tiktok.state.events, tokens: liveTokens(world) };
  const removed = new Set(
    events.filter(({ event }) => event === "authorization.removed").map(({ user_openid }) =>
      user_openid
    ),
  );
  const lost = lostRefreshes(world);
  return connections.flatMap(({ id, open_id, status, refresh_token }) => {
    const excused = removed.has(open_id) || lost.has(open_id);
    if (status === "reconnect_required" && !excused) {
      return [`connection ${id} was given up, and TikTok would still honour it`];
    }
    if (status === "active" && !excused && !tokens.has(refresh_token ?? "")) {
      return [`connection ${id} is active, and its refresh token is dead`];
    }
    return [];
  });
}

/** Refresh tokens that TikTok takes, by what its answers said. */
function liveTokens(world: World): Set<string> {
  const live = new Set<string>();
  for (const { path, token, answer, status } of world.arrivals) {
    if (path !== "/v2/oauth/token/" || status !== 200) continue;
    const issued = /"refresh_token":\s*"([^"]+)"/.exec(answer)?.[1];
    if (issued === undefined) continue;
    live.delete(token);
    live.add(issued);
  }
  return live;
}

/** Accounts of which TikTok rotated tokens while the answer, or its bearer, was lost. */
function lostRefreshes(world: World): Set<string> {
  return new Set(world.arrivals.flatMap(({ path, answer, fate, sender }) => {
    const open_id = /"open_id":\s*"([^"]+)"/.exec(answer)?.[1];
    if (path !== "/v2/oauth/token/" || open_id === undefined) return [];
    const isLost = !fate.delivered || fate.instead !== null || sender === undefined ||
      sender.killed || sender.troubled;
    return isLost ? [open_id] : [];
  }));
}

function checkSecrets({ world, readable }: Record): string[] {
  const { tiktok, stage, answers, process } = world;
  const said = [...stage.console, ...answers, readable].join("\n");
  const secrets = [...tiktok.state.issuedSecrets(), process.app.client_secret, process.keys.secret];
  return secrets.filter((secret) => said.includes(secret)).map((secret) =>
    `a secret was told: ${secret.slice(0, 12)}`
  );
}

/** With a database that is there, no step may fail in a way that nobody thought of. */
function checkBreakdowns({ world: { faults, stage } }: Record): string[] {
  if (faults.drawn.database > 0) return [];
  return stage.console.filter((line) => /"level":"error"|"misconfigured"/.test(line));
}

const MOST_HASHED_BYTES = 1_000_000;

/** What TikTok has is what was to be uploaded, byte for byte. */
function checkBytes({ world }: Record): string[] {
  return world.tiktok.state.publishes.filter(isThere).flatMap(({ publish_id, source, files }) => {
    const [file] = files;
    if (source !== "FILE_UPLOAD" || file === undefined) return [];
    if (file.size_bytes > MOST_HASHED_BYTES) return [];
    const { size_bytes, sha256 } = file;
    const bytes = readFile({ size_bytes, etag: "" }, 0, size_bytes - 1);
    const isWhole = createHash("sha256").update(bytes).digest("hex") === sha256;
    return isWhole ? [] : [`${publish_id} has other bytes than its file`];
  });
}

/** Nothing ends badly without a reason. */
function checkReasons({ world, jobs, connections }: Record): string[] {
  const pulled = (job: Job) => job.tag.startsWith(PULLED_FROM);
  const wrong = jobs.filter((job) => job.status === "unconfirmed" && !pulled(job)).map(({ id }) =>
    `job ${id} is unconfirmed, and can't have been posted without its bytes`
  );
  const { slow_ms: _, skew_ms: __, ...chances } = world.faults.drawn;
  if (Object.values(chances).some((chance) => chance > 0)) return wrong;
  const removed = new Set(
    world.tiktok.state.events.filter(({ event }) => event === "authorization.removed")
      .map(({ user_openid }) => user_openid),
  );
  for (const job of jobs) {
    const connection = connections.find(({ id }) => id === job.connection_id);
    const isExcused = job.tag.includes("missing") || world.replaced.has(job.tag) ||
      removed.has(connection?.open_id ?? "") ||
      // What was on its way when its connection ended.
      (job.error_code === "reconnect_required" && world.disconnected.has(job.connection_id));
    if (job.status === "unconfirmed") wrong.push(`job ${job.id} is unconfirmed without a fault`);
    if (job.status === "failed" && !isExcused) {
      wrong.push(`job ${job.id} failed without a fault: ${job.error_code}`);
    }
  }
  return wrong;
}
