/** What is asked at every size: of the schedule, of a callback, of a user's dashboard. */
import { SUBJECT } from "./fill.ts";

export interface Case {
  title: string;
  as: "service_role" | "authenticated";
  text: string;
  values: unknown[];
  /** Whether the answer is what it should be. */
  isRight(rows: readonly Record<string, unknown>[]): boolean;
}

/** Of a thousand rows ten are due: as many are claimed at every size. */
const CLAIMED = 10;
const QUERIES_A_DAY = 1_000;
const QUERIES_A_MINUTE = 600;

const CONNECTION_COLUMNS =
  "id, platform, platform_user_id, username, display_name, avatar_url, scopes, status, capabilities, " +
  "connected_at, last_refreshed_at, last_error";
const JOB_COLUMNS =
  "id, connection_id, status, publish_id, post_ids, bytes_total, bytes_sent, attempts, scheduled_at, " +
  "next_attempt_at, error, created_at, updated_at";

// deno-lint-ignore no-explicit-any
type Answer = any;
const answerOf = ([row]: readonly Record<string, unknown>[]): Answer => row?.answer;

/** Ten videos of a hundred readings, all of them within the period. */
const isChart = (analytics: Answer): boolean =>
  analytics?.videos.length === 10 && analytics.profile.series.taken_at.length === 90 &&
  analytics.videos.every((video: Answer) => video.series.taken_at.length === 100);

export const CASES: readonly Case[] = [
  {
    title: `claim of ${CLAIMED} due tokens`,
    as: "service_role",
    text: "select public.claim_due_tokens('tiktok', gen_random_uuid(), 120, $1) as answer",
    values: [CLAIMED],
    isRight: (rows) => answerOf(rows).items.length === CLAIMED,
  },
  {
    title: `claim of ${CLAIMED} due posts`,
    as: "service_role",
    text: "select public.claim_due_jobs(gen_random_uuid(), 240, $1, null, 5, 6) as answer",
    values: [CLAIMED],
    isRight: (rows) => answerOf(rows).items.length === CLAIMED,
  },
  {
    title: "a callback's state",
    as: "service_role",
    text: "select public.consume_oauth_state($1, $2, 'tiktok', 'request') as answer",
    values: [SUBJECT.state_hash, SUBJECT.user_id],
    isRight: (rows) => Object.keys(answerOf(rows).accounts).length === 2,
  },
  {
    title: "dashboard: a user's connections",
    as: "authenticated",
    text: `select ${CONNECTION_COLUMNS} from public.platform_connections where platform = $1
            order by connected_at desc`,
    values: ["tiktok"],
    isRight: (rows) => rows.length === 2,
  },
  {
    title: "dashboard: a user's newest posts",
    as: "authenticated",
    text: `select ${JOB_COLUMNS} from public.publish_jobs order by created_at desc limit $1`,
    values: [30],
    isRight: (rows) => rows.length === 20,
  },
  {
    title: "a chart of ninety days of figures",
    as: "service_role",
    text:
      `select public.look_at_analytics($1, $2, 90, true, gen_random_uuid(), 60, $3, $4) as answer`,
    values: [SUBJECT.connection_id, SUBJECT.user_id, QUERIES_A_DAY, QUERIES_A_MINUTE],
    isRight: (rows) => isChart(answerOf(rows).analytics),
  },
];
