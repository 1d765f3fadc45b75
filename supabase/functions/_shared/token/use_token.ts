/** An access token that works, for one use: refreshed just in time, by one caller at a time. */

import type { Platform } from "../connection/platform.ts";
import type { Connection } from "../contract/connection.ts";
import type { Context } from "../http/context.ts";
import { concerning } from "../http/failure.ts";
import { Problem } from "../http/problem.ts";
import { type LeasedTokens, refreshTokens } from "./refresh.ts";
import {
  BUSY_PATIENCE_MS,
  BUSY_POLL_MS,
  MIN_REMAINING_SECONDS,
  REFRESH_LEASE_SECONDS,
} from "./timing.ts";

/** What lease_connection_tokens answers. */
export type TokenAnswer =
  | null
  | { state: "usable"; connection: Connection; access_token_sealed: string; token_version: number }
  | ({ state: "leased"; connection: Connection } & LeasedTokens)
  | { state: "busy"; connection: Connection }
  | { state: "ended"; connection: Connection };

/** Whose use: a user's own, which keeps the connection warm, or (null) the schedule's. */
export type TokenUse = { connection_id: string; user_id: string | null };

export type UsableToken = { access_token: string; token_version: number; connection: Connection };

/**
 * Runs `use` with a working access token. Should the platform refuse it although it has not
 * expired, it is refreshed and `use` runs once more: `use` must be safe to repeat after a refusal.
 * `first`: an answer of lease_connection_tokens that the caller already has, with its lease owner.
 */
export async function withAccessToken<Result>(
  context: Context,
  platform: Platform,
  subject: TokenUse,
  use: (token: UsableToken) => Promise<Result>,
  first?: { lease_owner: string; answer: TokenAnswer },
): Promise<Result> {
  try {
    const token = await takeToken(context, platform, subject, null, first);
    try {
      return await use(token);
    } catch (error) {
      if (platform.judge(error) !== "token_refused") throw error;
      const fresh = await takeToken(context, platform, subject, token.token_version);
      return await use(fresh);
    }
  } catch (error) {
    throw concerning(error, {
      connection_id: subject.connection_id,
      ...(subject.user_id === null ? {} : { user_id: subject.user_id }),
    });
  }
}

async function takeToken(
  context: Context,
  platform: Platform,
  subject: TokenUse,
  rejected_version: number | null,
  first?: { lease_owner: string; answer: TokenAnswer },
): Promise<UsableToken> {
  const lease_owner = first?.lease_owner ?? context.randomUuid();
  const patient_until_ms = context.now_ms() + BUSY_PATIENCE_MS;
  let answer = first?.answer ??
    await askForToken(context, subject, lease_owner, rejected_version);
  while (true) {
    if (answer === null) throw new Problem("not_found", "There is no such connection.");
    if (answer.state === "ended") throw reconnectRequired(answer.connection);
    if (answer.state === "usable") {
      const access_token = await context.sealer.open(
        `platform_connections.access_token:${subject.connection_id}`,
        answer.access_token_sealed,
      );
      return { access_token, token_version: answer.token_version, connection: answer.connection };
    }
    if (answer.state === "leased") {
      const outcome = await refreshTokens(context, platform, lease_owner, answer, false);
      if (outcome.kind === "refreshed") {
        // What the user grants may have shrunk since.
        const connection = { ...answer.connection, scopes: outcome.scopes };
        return { ...outcome, connection };
      }
      if (outcome.kind !== "fenced") throw outcome.problem;
    }
    if (context.now_ms() >= patient_until_ms) {
      throw new Problem(
        "tiktok_unavailable",
        "The connection's token is still being renewed. Try again in a moment.",
        { retry_after_seconds: 5 },
      );
    }
    await context.sleep(BUSY_POLL_MS);
    answer = await askForToken(context, subject, lease_owner, rejected_version);
  }
}

async function askForToken(
  context: Context,
  { connection_id, user_id }: TokenUse,
  lease_owner: string,
  rejected_version: number | null,
): Promise<TokenAnswer> {
  return await context.database.call("lease_connection_tokens", {
    p_connection_id: connection_id,
    p_user_id: user_id,
    p_lease_owner: lease_owner,
    p_lease_seconds: REFRESH_LEASE_SECONDS,
    p_min_remaining_seconds: MIN_REMAINING_SECONDS,
    p_rejected_version: rejected_version,
  }) as TokenAnswer;
}

function reconnectRequired(connection: Connection): Problem {
  return new Problem(
    "reconnect_required",
    connection.status === "disconnected"
      ? "This account is disconnected. Connect it again to use it."
      : "The platform no longer accepts this connection. Connect the account again.",
  );
}
