/** An access token that works, for one use: refreshed just in time, by one caller at a time. */

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

/** What lease_tokens_for_call answers. */
export type TokenAnswer =
  | null
  | { state: "usable"; connection: Connection; access_token_sealed: string; token_version: number }
  | ({ state: "leased"; connection: Connection } & LeasedTokens)
  | { state: "busy"; connection: Connection; refresh_failures: number }
  | { state: "failed"; connection: Connection }
  | { state: "limited"; connection: Connection; retry_after_seconds: number }
  | { state: "ended"; connection: Connection };

/** A kind of call that the platform limits, and how many of these an account may make in a minute. */
export type LimitedCall = { name: string; a_minute: number };

export type TokenUse = {
  connection_id: string;
  /** Whose use: a user's own, which keeps the connection warm, or (null) the schedule's. */
  user_id: string | null;
  /** What the token is for, if that is limited: it is lent only while there is room. */
  call?: LimitedCall | null;
  /** How long to wait for somebody else's refresh. */
  patience_ms?: number;
};

/** When to ask again for a token that is still being renewed, or could not be. */
const RETRY_SECONDS = 5;

/** The token can't be lent just now, although nothing is wrong: ask again later. */
export class TokenWait extends Problem {
  constructor(
    kind: "rate_limited" | "platform_unavailable",
    detail: string,
    platform: string,
    readonly retry_after_seconds: number,
  ) {
    super(kind, detail, { platform, retry_after_seconds });
  }
}

export type UsableToken = { access_token: string; token_version: number; connection: Connection };

/**
 * Runs `use` with a working access token. Should the platform refuse it although it has not
 * expired, it is refreshed and `use` runs once more: `use` must be safe to repeat after a refusal.
 * `first`: an answer of lease_tokens_for_call that the caller already has, with its lease owner.
 */
export async function withAccessToken<Result>(
  context: Context,
  subject: TokenUse,
  use: (token: UsableToken) => Promise<Result>,
  first?: { lease_owner: string; answer: TokenAnswer },
): Promise<Result> {
  try {
    const token = await takeToken(context, subject, null, first);
    try {
      return await use(token);
    } catch (error) {
      if (context.platform.judge(error) !== "token_refused") throw error;
      const fresh = await takeToken(context, subject, token.token_version);
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
  subject: TokenUse,
  rejected_version: number | null,
  first?: { lease_owner: string; answer: TokenAnswer },
): Promise<UsableToken> {
  const lease_owner = first?.lease_owner ?? context.randomUuid();
  const patient_until_ms = context.now_ms() + (subject.patience_ms ?? BUSY_PATIENCE_MS);
  let seen_failures: number | null = null;
  const ask = () => askForToken(context, subject, { lease_owner, rejected_version, seen_failures });
  let answer = first?.answer ?? await ask();
  while (true) {
    if (answer === null) throw new Problem("not_found", "There is no such connection.");
    if (answer.state === "ended") throw reconnectRequired(answer.connection);
    if (answer.state === "limited") {
      throw new TokenWait(
        "rate_limited",
        "This account was asked about too often in the last minute. Try again in a moment.",
        context.platform.name,
        answer.retry_after_seconds,
      );
    }
    if (answer.state === "failed") {
      throw new TokenWait(
        "platform_unavailable",
        answer.connection.last_error?.detail ?? "The connection's token could not be renewed.",
        context.platform.name,
        RETRY_SECONDS,
      );
    }
    if (answer.state === "usable") {
      const access_token = await context.sealer.open(
        `platform_connections.access_token:${subject.connection_id}`,
        answer.access_token_sealed,
      );
      return { access_token, token_version: answer.token_version, connection: answer.connection };
    }
    if (answer.state === "leased") {
      const outcome = await refreshTokens(context, lease_owner, answer, false);
      if (outcome.kind === "refreshed" && subject.call) {
        // Room is taken when the token is lent, not before a refresh of unknown length.
        answer = await ask();
        continue;
      }
      if (outcome.kind === "refreshed") {
        // What the user grants may have shrunk since.
        const connection = { ...answer.connection, scopes: outcome.scopes };
        return { ...outcome, connection };
      }
      if (outcome.kind !== "fenced") throw outcome.problem;
    }
    if (context.now_ms() >= patient_until_ms) {
      throw new TokenWait(
        "platform_unavailable",
        "The connection's token is still being renewed. Try again in a moment.",
        context.platform.name,
        RETRY_SECONDS,
      );
    }
    if (answer.state === "busy") seen_failures ??= answer.refresh_failures;
    await context.sleep(BUSY_POLL_MS);
    answer = await ask();
  }
}

async function askForToken(
  context: Context,
  { connection_id, user_id, call }: TokenUse,
  asker: {
    lease_owner: string;
    rejected_version: number | null;
    seen_failures: number | null;
  },
): Promise<TokenAnswer> {
  return await context.database.call("lease_tokens_for_call", {
    p_connection_id: connection_id,
    p_user_id: user_id,
    p_lease_owner: asker.lease_owner,
    p_lease_seconds: REFRESH_LEASE_SECONDS,
    p_min_remaining_seconds: MIN_REMAINING_SECONDS,
    p_rejected_version: asker.rejected_version,
    p_call: call?.name ?? null,
    p_calls_a_minute: call?.a_minute ?? null,
    p_seen_failures: asker.seen_failures,
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
