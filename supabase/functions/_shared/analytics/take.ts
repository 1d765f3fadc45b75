/** Reads one account's profile or videos, query by query, until nothing is left to ask. */

import { DatabaseError } from "../database/database.ts";
import { logEntry, toProblem } from "../http/failure.ts";
import type { Problem } from "../http/problem.ts";
import type { TikTokContext } from "../platform/tiktok_door.ts";
import { MAX_VIDEOS_PER_CALL } from "../tiktok/index.ts";
import { randomFraction } from "../token/timing.ts";
import { TokenWait, type UsableToken, withAccessToken } from "../token/use_token.ts";
import {
  beginSnapshot,
  type Next,
  nextQuery,
  type Query,
  type Reader,
  storeProfile,
  storeVideos,
  type Task,
} from "./snapshot.ts";
import { limitPauseSeconds, snapshotBackoffSeconds } from "./timing.ts";

export type Outcome = "taken" | "failed" | "deferred";

/**
 * Throws only what is not about this account, such as a key that is missing; all else is an outcome,
 * and is written down.
 */
export async function takeSnapshot(
  context: TikTokContext,
  task: Task,
  reader: Reader,
): Promise<Outcome> {
  try {
    return outcomeOf(await ask(context, task, reader));
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    return await giveBack(context, task, reader, error);
  }
}

/** Somebody else goes on with what was lost. */
function outcomeOf({ state }: Next): Outcome {
  return state === "taken" ? "taken" : "deferred";
}

async function ask(context: TikTokContext, task: Task, reader: Reader): Promise<Next> {
  const token_lease_owner = context.randomUuid();
  const beginning = await beginSnapshot(context, task, reader, token_lease_owner);
  if (beginning.state !== "asks" && beginning.state !== "token") return beginning;
  let query = beginning.state === "asks" ? beginning.query : null;
  return await withAccessToken(
    context,
    {
      connection_id: task.connection_id,
      user_id: reader.user_id,
      patience_ms: reader.token_patience_ms,
    },
    async (token) => {
      // Also where the token was refused: that query was sent, and is spent.
      let next: Next = query === null
        ? await nextQuery(context, task, reader)
        : { state: "asks", query };
      query = null;
      while (next.state === "asks") next = await send(context, task, reader, next.query, token);
      return next;
    },
    { lease_owner: token_lease_owner, answer: beginning.token },
  );
}

/** Sends one query and keeps its answer. */
async function send(
  context: TikTokContext,
  task: Task,
  reader: Reader,
  query: Query,
  { access_token, connection }: UsableToken,
): Promise<Next> {
  if (query.call === "user") {
    const user = await context.tiktok.readUser(access_token, connection.scopes);
    return await storeProfile(context, task, reader, query, user);
  }
  if (query.call === "list") {
    const page = await context.tiktok.listVideos(access_token, {
      max_count: MAX_VIDEOS_PER_CALL,
      ...(query.cursor_ms === undefined ? {} : { cursor_ms: query.cursor_ms }),
    });
    return await storeVideos(context, task, reader, query, page);
  }
  const videos = await context.tiktok.queryVideos(access_token, query.ids);
  return await storeVideos(context, task, reader, query, { videos });
}

/** Writes down what went wrong, and when to try again. */
async function giveBack(
  context: TikTokContext,
  task: Task,
  reader: Reader,
  error: unknown,
): Promise<Outcome> {
  const random = randomFraction(context.randomBytes);
  const problem = toProblem(error, context);
  const waits = error instanceof TokenWait;
  const { recorded } = await context.database.call("fail_snapshot", {
    p_connection_id: task.connection_id,
    p_kind: task.kind,
    p_lease_owner: reader.lease_owner,
    p_lease_version: task.lease_version,
    ...verdictOn(problem, waits, task.failures, random),
    p_log: waits ? null : logEntry(context, problem),
  }) as { recorded: boolean };
  if (!OF_PLATFORM.has(problem.kind)) throw error;
  return waits || problem.kind === "rate_limited" || !recorded ? "deferred" : "failed";
}

/** What says something of TikTok or of the connection, as against a mistake of ours. */
const OF_PLATFORM: ReadonlySet<Problem["kind"]> = new Set<Problem["kind"]>([
  "not_found",
  "reconnect_required",
  "scope_missing",
  "rate_limited",
  "access_denied",
  "account_not_eligible",
  "platform_rejected",
  "platform_unavailable",
]);

function verdictOn(problem: Problem, waits: boolean, failures: number, random: number) {
  const { retry_after_seconds } = problem.options;
  if (waits) {
    return {
      p_outcome: "deferred",
      p_retry_in_seconds: (retry_after_seconds ?? 0) + Math.floor(random * 60),
      p_pause_seconds: null,
    };
  }
  if (problem.kind === "scope_missing") {
    return { p_outcome: "refused", p_retry_in_seconds: 0, p_pause_seconds: null };
  }
  if (problem.kind === "rate_limited") {
    const pause_seconds = limitPauseSeconds(retry_after_seconds, random);
    return {
      p_outcome: "deferred",
      p_retry_in_seconds: pause_seconds,
      p_pause_seconds: pause_seconds,
    };
  }
  return {
    p_outcome: "failed",
    p_retry_in_seconds: snapshotBackoffSeconds(failures, random),
    p_pause_seconds: problem.kind === "platform_unavailable" ? 0 : null,
  };
}
