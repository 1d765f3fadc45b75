/** What the database says of its own set-up: `public.inspect_setup`, asked with the secret key. */

import { z } from "zod";
import type { Ask } from "./ask.ts";
import { codeOf, isSilent } from "./ask.ts";
import type { Target } from "./target.ts";

/** Null where the relation is not there; {error} where it may not be read. */
const looked = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.strictObject({ error: z.string() }), schema]).nullable();

const expectation = z.enum(["as expected", "another"]).nullable();

const facts = z.object({
  database_time: z.iso.datetime(),
  migrations: looked(z.array(z.string())),
  exposures: z.array(z.string()),
  sealing_key_ids: z.array(z.string()),
  has_pg_net: z.boolean(),
  vault: looked(z.object({ project_url: expectation, cron_secret_key: expectation })),
  jobs: looked(z.array(z.object({
    name: z.string().nullable(),
    schedule: z.string(),
    active: z.boolean(),
    last_run_at: z.iso.datetime().nullable(),
    last_status: z.string().nullable(),
    last_message: z.string().nullable(),
  }))),
  responses: looked(z.array(z.object({
    at: z.iso.datetime(),
    status_code: z.number().nullable(),
    timed_out: z.boolean(),
    error: z.string().nullable(),
  }))),
  bucket: looked(z.object({ public: z.boolean().nullable(), policies: z.number() })),
  realtime_tables: z.array(z.string()),
  overdue_refreshes: z.number(),
  overdue_jobs: z.number(),
  misconfigured_errors: z.number(),
  /** Of the newest of them. */
  misconfigured_at: z.iso.datetime().nullish(),
});

export type Facts = z.output<typeof facts>;

/** What pg_net got, whoever sent it. */
export type Answered = {
  at: string;
  status_code: number | null;
  timed_out: boolean;
  error: string | null;
};

export function isGood({ status_code }: Answered): boolean {
  return status_code !== null && status_code < 300;
}

/** When a call of pg_net last went well; null if none is known to have. */
export function lastGoodCall({ responses }: Facts): string | null {
  if (responses === null || "error" in responses) return null;
  return responses.find(isGood)?.at ?? null;
}

/** What was found, or in words why nothing was, and what to do. */
export async function readFacts(
  { url, secret_key, cron_key }: Target,
  ask: Ask,
): Promise<Facts | { detail: string; advice: string }> {
  const answer = await ask(`${url}/rest/v1/rpc/inspect_setup`, {
    method: "POST",
    headers: { apikey: secret_key, "content-type": "application/json" },
    body: JSON.stringify({ p_project_url: url, p_cron_key_sha256: await sha256Hex(cron_key) }),
  });
  if (isSilent(answer)) {
    return {
      detail: answer.silent,
      advice: "Check SUPABASE_URL, and that the project is not paused.",
    };
  }
  const parsed = facts.safeParse(answer.body);
  if (answer.status === 200 && parsed.success) return parsed.data;
  if (answer.status === 404) {
    return {
      detail: "its migrations have not been applied, or not to the last",
      advice: "Run supabase db push.",
    };
  }
  if (answer.status === 401 || answer.status === 403) {
    return {
      detail: `the Data API refuses SUPABASE_SECRET_KEY (${answer.status})`,
      advice: "Give a secret key of this project (Project Settings, API Keys).",
    };
  }
  return {
    detail: `inspect_setup answers ${answer.status} ${codeOf(answer) ?? ""}`.trim(),
    advice: answer.status === 200
      ? "The database is of another version than this checkout: run supabase db push."
      : "Read the database's log.",
  };
}

async function sha256Hex(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
    .toHex();
}
