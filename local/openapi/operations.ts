/** Who may call which function, with what, and what it answers: the table behind the document. */

import type { Problem } from "../../supabase/functions/_shared/contract/problem.ts";
import type { SchemaName } from "./schemas.ts";

type Code = Problem["code"];

export type Operation = {
  id: string;
  method: "get" | "post" | "delete";
  /** The path, which is the function's name. */
  slug: string;
  caller: "user" | "schedule" | "browser" | "tiktok";
  summary: string;
  description?: string;
  query?: Parameter[];
  body?: SchemaName;
  /** What succeeds, by status. */
  answers: Record<number, Answer>;
  /** What may fail, besides what may fail for every caller of this kind. */
  problems: Code[];
};

export type Parameter = {
  name: string;
  description: string;
  required?: true;
  schema: { type: "string"; format?: "uuid" } | { type: "integer"; minimum: 1; maximum: number };
};

export type Answer = {
  description: string;
  /** As JSON; more than one are alternatives. */
  schemas?: SchemaName[];
  /** As CSV, where `Accept` asks for that. */
  csv?: true;
  /** Where a redirect leads. */
  location?: string;
};

const CONNECTION: Parameter = {
  name: "connection_id",
  description: "One of the caller's own connections.",
  required: true,
  schema: { type: "string", format: "uuid" },
};

const JOB: Parameter = {
  name: "job_id",
  description: "One of the caller's own posts.",
  required: true,
  schema: { type: "string", format: "uuid" },
};

/** What may happen wherever TikTok is asked with a connection's token. */
const ASKING_TIKTOK: Code[] = [
  "not_found",
  "scope_missing",
  "reconnect_required",
  "rate_limited",
  "tiktok_rejected",
  "tiktok_unavailable",
];

export const OPERATIONS: Operation[] = [
  {
    id: "initiateConnection",
    method: "post",
    slug: "tiktok-initiate",
    caller: "user",
    summary: "Start to connect an account",
    description:
      "Gives the address of TikTok's consent page. The browser goes there next. A user " +
      "may have ten connections under way; each state lives for ten minutes.",
    body: "InitiateRequest",
    answers: { 200: { description: "Where the browser goes.", schemas: ["Authorization"] } },
    problems: ["rate_limited"],
  },
  {
    id: "forwardRedirect",
    method: "get",
    slug: "tiktok-callback",
    caller: "browser",
    summary: "The browser, back from TikTok",
    description: "Sends the browser on to the page that `redirect_to` named, with what TikTok " +
      "brought. Changes nothing: that page's signed-in user completes the connection.",
    query: [
      { name: "state", description: "As TikTok brought it.", schema: { type: "string" } },
      { name: "code", description: "As TikTok brought it.", schema: { type: "string" } },
      { name: "scopes", description: "What the user granted.", schema: { type: "string" } },
      { name: "error", description: "Instead of a code.", schema: { type: "string" } },
      { name: "error_description", description: "In words.", schema: { type: "string" } },
    ],
    answers: {
      303: {
        description: "On to Nexus's page.",
        location: "The page, with `code`, `scopes`, `state`, `error` and `error_description` as " +
          "far as they came.",
      },
    },
    problems: ["state_invalid"],
  },
  {
    id: "completeConnection",
    method: "post",
    slug: "tiktok-callback",
    caller: "user",
    summary: "Complete a connection",
    description:
      "Consumes the state, once and for the user who initiated it alone; exchanges the " +
      "code, looks at the account and stores the connection. With `error` instead of `code` it " +
      "answers what TikTok's error means.",
    body: "CompleteRequest",
    answers: {
      200: { description: "The account is connected.", schemas: ["ConnectionAnswer"] },
    },
    problems: [
      "state_invalid",
      "access_denied",
      "scope_missing",
      "account_not_eligible",
      "rate_limited",
      "tiktok_rejected",
      "tiktok_unavailable",
    ],
  },
  {
    id: "readCreator",
    method: "get",
    slug: "tiktok-creator",
    caller: "user",
    summary: "What an account may post right now",
    description: "Asked of TikTok each time, as TikTok demands it of a page where one posts.",
    query: [CONNECTION],
    answers: { 200: { description: "The creator's options.", schemas: ["CreatorAnswer"] } },
    problems: ASKING_TIKTOK,
  },
  {
    id: "publish",
    method: "post",
    slug: "tiktok-publish",
    caller: "user",
    summary: "Post, or only check a post",
    description:
      "Checks the post, puts it into the queue and answers at once; the schedule moves " +
      "it on. `dry_run` makes the same checks and nothing else. The same `idempotency_key` with " +
      "the same post gives the first job again, with 200.",
    body: "PublishRequest",
    answers: {
      200: {
        description: "A dry run's checks, or the first job of a repeated `idempotency_key`.",
        schemas: ["DryRunAnswer", "JobAnswer"],
      },
      202: { description: "The job, queued.", schemas: ["JobAnswer"] },
    },
    problems: [...ASKING_TIKTOK, "account_not_eligible", "media_rejected", "idempotency_conflict"],
  },
  {
    id: "readJob",
    method: "get",
    slug: "tiktok-publish",
    caller: "user",
    summary: "Look at a post",
    query: [JOB],
    answers: { 200: { description: "The job as it is now.", schemas: ["JobAnswer"] } },
    problems: ["not_found"],
  },
  {
    id: "cancelJob",
    method: "delete",
    slug: "tiktok-publish",
    caller: "user",
    summary: "Cancel a post",
    description: "At TikTok too, if it still could be.",
    query: [JOB],
    answers: { 200: { description: "The job, cancelled.", schemas: ["JobAnswer"] } },
    problems: ["not_found", "not_cancellable", "rate_limited", "tiktok_unavailable"],
  },
  {
    id: "disconnect",
    method: "post",
    slug: "tiktok-disconnect",
    caller: "user",
    summary: "End a connection",
    description: "Erases its tokens and revokes the grant at TikTok; where TikTok cannot be " +
      "reached, the schedule goes on asking.",
    body: "DisconnectRequest",
    answers: {
      200: { description: "The connection, disconnected.", schemas: ["ConnectionAnswer"] },
    },
    problems: ["not_found"],
  },
  {
    id: "readAnalytics",
    method: "get",
    slug: "tiktok-analytics",
    caller: "user",
    summary: "The figures of an account and of its videos",
    description: "As they were last taken, and how they came to be; every video, newest first. " +
      "`Accept: text/csv` gives CSV.",
    query: [
      CONNECTION,
      {
        name: "days",
        description: "How far the series reach back; 30 if left out.",
        schema: { type: "integer", minimum: 1, maximum: 365 },
      },
    ],
    answers: { 200: { description: "The figures.", schemas: ["Analytics"], csv: true } },
    problems: ["not_found"],
  },
  {
    id: "takeSnapshots",
    method: "post",
    slug: "tiktok-analytics",
    caller: "schedule",
    summary: "Take the figures that are due",
    body: "ScheduleRequest",
    answers: {
      200: { description: "How many, and what came of them.", schemas: ["SnapshotsAnswer"] },
    },
    problems: [],
  },
  {
    id: "refreshTokens",
    method: "post",
    slug: "tiktok-refresh",
    caller: "schedule",
    summary: "Renew the tokens that are due",
    description: "Also retries revocations and seals rows anew under the current key.",
    body: "ScheduleRequest",
    answers: {
      200: { description: "How many, and what came of them.", schemas: ["RefreshAnswer"] },
    },
    problems: [],
  },
  {
    id: "driveJobs",
    method: "post",
    slug: "tiktok-status-poll",
    caller: "schedule",
    summary: "Move every due post on",
    description: "Starts it, resumes its upload, or asks TikTok for its status.",
    body: "ScheduleRequest",
    answers: {
      200: { description: "How many, and where they are now.", schemas: ["StatusPollAnswer"] },
    },
    problems: [],
  },
  {
    id: "receiveEvent",
    method: "post",
    slug: "tiktok-webhook",
    caller: "tiktok",
    summary: "TikTok tells what happened",
    description: "Taken once, however often it comes; an event that nobody knows is taken too.",
    body: "WebhookEvent",
    answers: { 200: { description: "Taken.", schemas: ["Nothing"] } },
    problems: ["unauthorized"],
  },
];
