import { z } from "zod";
import { ruleOf } from "./errors.ts";
import { parseStorableJson } from "./exact_json.ts";
import { cutAt, redact } from "./redact.ts";
import { readTransportFailure, sendAndRead } from "./send.ts";
import type { Incoming, Outgoing } from "./send.ts";
import { TikTokError } from "./tiktok_error.ts";
import type { FetchLike } from "./types.ts";

/** What every call needs to know of the client. */
export type Wire = {
  api_origin: string;
  client_key: string;
  client_secret: string;
  fetch: FetchLike;
  timeout_ms: number;
};

/** `secrets` are what this call sends and what no error may hold. */
export type Call = Omit<Outgoing, "url" | "timeout_ms"> & { path: string; secrets: string[] };

/** An answer with its JSON; `json` is undefined where the text is none. */
export type Answer = Incoming & { json: unknown };

/** A success or failure that TikTok put into words. */
type Verdict = { code: string; message: string; log_id: string | null };

/** The pages write `log_id` in their examples and `logid` in their tables. */
const LogIds = z.looseObject({ log_id: z.unknown().optional(), logid: z.unknown().optional() });

const ApiVerdict = z.looseObject({
  error: LogIds.extend({ code: z.string().min(1), message: z.string().nullish() }),
});

const OauthVerdict = LogIds.extend({
  error: z.string().min(1),
  error_description: z.string().nullish(),
});

/** Sends a call and reads its answer; what goes wrong on the way is a `TikTokError`. */
export async function ask(wire: Wire, call: Call): Promise<Answer> {
  try {
    const url = `${wire.api_origin}${call.path}`;
    const incoming = await sendAndRead(wire.fetch, { ...call, url, timeout_ms: wire.timeout_ms });
    return { ...incoming, json: readJson(incoming.text) };
  } catch (error) {
    if (error instanceof TikTokError) throw error;
    // The error itself may hold the address or the body, so nothing of it is kept but its kind.
    const { code, sent } = readTransportFailure(error);
    throw new TikTokError({
      code,
      operation: call.operation,
      outcome: sent ? "unknown" : "rejected",
      message: sent ? "no whole answer came back" : "no connection could be made",
    });
  }
}

/**
 * Asks a JSON endpoint: success if and only if `error.code` is `ok`, whatever the HTTP status below
 * 500 (creator_info answers 200 for a banned account). Gives `data`, validated.
 */
export async function askApi<Schema extends z.ZodType>(
  wire: Wire,
  call: Call,
  schema: Schema,
): Promise<z.output<Schema>> {
  const answer = await ask(wire, call);
  const verdict = readVerdict(answer.json);
  if (verdict?.code !== "ok" || answer.status >= 500) throw refusal(call, answer, verdict);
  const data = z.looseObject({ data: z.unknown().optional() }).parse(answer.json).data;
  return promised(call, answer, schema, data ?? {});
}

/** Validates what a success must hold; one without it leaves open what TikTok did. */
export function promised<Schema extends z.ZodType>(
  call: Call,
  answer: Answer,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => `${issue.path.join(".")} (${issue.code})`);
  throw failure(call, answer, {
    code: "unreadable",
    message: `the answer lacks or misstates ${fields.join(", ")}`,
    log_id: readVerdict(answer.json)?.log_id ?? null,
  }, "unknown");
}

/** The error for an answer that is no success. */
export function refusal(call: Call, answer: Answer, verdict = readVerdict(answer.json)) {
  const server_failed = answer.status >= 500;
  if (verdict !== null && verdict.code !== "ok") {
    // `internal_error` and its like say that something went wrong, not that nothing was done.
    const unsure = server_failed || ruleOf(verdict.code).kind === "unavailable";
    return failure(call, answer, verdict, unsure ? "unknown" : "rejected");
  }
  const nothing_said = { message: `HTTP ${answer.status} without a readable answer`, log_id: null };
  // A gateway that limits the rate need not speak TikTok's JSON; its status says it all.
  if (answer.status === 429) {
    return failure(call, answer, { code: "rate_limit_exceeded", ...nothing_said }, "rejected");
  }
  const code = server_failed ? "http_5xx" : "unreadable";
  return failure(call, answer, { code, ...nothing_said }, "unknown");
}

/** Reads `{error: {code, …}}` of the JSON endpoints and `{error: "code", …}` of the OAuth ones. */
export function readVerdict(json: unknown): Verdict | null {
  const api = ApiVerdict.safeParse(json);
  if (api.success) {
    const { error } = api.data;
    return { code: error.code, message: error.message ?? "", log_id: readLogId(error) };
  }
  const oauth = OauthVerdict.safeParse(json);
  if (!oauth.success) return null;
  const { error, error_description } = oauth.data;
  return { code: error, message: error_description ?? "", log_id: readLogId(oauth.data) };
}

function failure(
  call: Call,
  answer: Answer,
  verdict: Verdict,
  outcome: "rejected" | "unknown",
): TikTokError {
  const log_id = verdict.log_id ?? readLogHeader(answer.headers);
  return new TikTokError({
    code: cutAt(redact(verdict.code, call.secrets), 100),
    message: redact(verdict.message, call.secrets),
    outcome,
    operation: call.operation,
    http_status: answer.status,
    log_id: log_id === null ? null : redact(log_id, call.secrets),
    retry_after_seconds: readRetryAfter(answer.headers),
  });
}

function readJson(text: string): unknown {
  try {
    return parseStorableJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readLogId(holder: { log_id?: unknown; logid?: unknown }): string | null {
  return cleanLogId(holder.log_id) ?? cleanLogId(holder.logid);
}

/** TikTok's gateway repeats the id in a header, also on answers that have no JSON. */
export function readLogHeader(headers: Headers): string | null {
  return cleanLogId(headers.get("x-tt-logid"));
}

function cleanLogId(value: unknown): string | null {
  return typeof value === "string" && /^[\w.-]{1,128}$/.test(value) ? value : null;
}

/**
 * Seconds, or a date (RFC 9110, 10.2.3), which counts from the answer's own `Date`: it needs no clock
 * of ours, which may be off.
 */
export function readRetryAfter(headers: Headers): number | null {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,6}$/.test(text)) return Number(text);
  if (!text.endsWith(" GMT")) return null;
  const seconds = (Date.parse(text) - Date.parse(headers.get("date") ?? "")) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), 999_999) : null;
}
