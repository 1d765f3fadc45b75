/**
 * The schedule: what stands in `cron.job` is what fires. Where pg_cron is installed it fires by
 * itself, and the host only sends the requests that its jobs queue.
 */
import type { Sql, StandIns } from "../database/index.ts";
import { isDue } from "./matcher.ts";
import { createNetWorker } from "./net.ts";

export interface ScheduleOptions {
  sql: Sql;
  stand_ins: StandIns;
  /** Milliseconds since the epoch. */
  now: () => number;
  fetch: typeof globalThis.fetch;
  onError(what: string, error: unknown): void;
}

export interface Schedule {
  /**
   * Runs every active job, or the one of that name, now, whatever its schedule; sends the requests
   * that this queued and waits for their answers. A failing job throws.
   */
  tick(job_name?: string): Promise<void>;
  /** Begins to run by the clock. */
  start(): Promise<void>;
  /** Ends it, once what runs has ended. */
  stop(): Promise<void>;
}

interface Job {
  jobid: string;
  schedule: string;
  command: string;
  jobname: string | null;
}

const look_interval_ms = 1000;

export function createSchedule(options: ScheduleOptions): Schedule {
  const { sql, stand_ins, now, onError } = options;
  const net = createNetWorker(sql, options.fetch);
  let timer: ReturnType<typeof setInterval> | undefined;
  let last_look_ms = now();
  let working: Promise<void> | undefined;
  let delivering: Promise<void> = Promise.resolve();

  const deliver = () => stand_ins.net ? net.deliver() : Promise.resolve();
  const deliverAlone = () => {
    delivering = deliver().catch((error) => onError("sending queued requests", error));
  };
  const runDueJobs = async () => {
    const since_ms = last_look_ms;
    last_look_ms = now();
    for (const job of await listJobs(sql)) {
      try {
        if (isDue(job.schedule, since_ms, last_look_ms)) await runJob(sql, job, stand_ins.cron);
      } catch (error) {
        onError(`scheduled job ${job.jobname ?? job.jobid}`, error);
      }
    }
  };

  return {
    async tick(job_name) {
      const jobs = await listJobs(sql);
      const chosen = jobs.filter((job) => job_name === undefined || job.jobname === job_name);
      if (job_name !== undefined && chosen.length === 0) {
        throw new Error(`no active job is named ${job_name}: ${jobs.map((job) => job.jobname)}`);
      }
      for (const job of chosen) await runJob(sql, job, stand_ins.cron);
      await deliver();
    },

    async start() {
      if (stand_ins.net) await sql.listen("net_http_request", deliverAlone);
      deliverAlone();
      if (!stand_ins.cron) return;
      last_look_ms = now();
      timer = setInterval(() => {
        working ??= runDueJobs()
          .catch((error) => onError("reading the schedule", error))
          .finally(() => working = undefined);
      }, look_interval_ms);
    },

    async stop() {
      clearInterval(timer);
      await working;
      await delivering;
    },
  };
}

async function listJobs(sql: Sql): Promise<Job[]> {
  // A migration that schedules nothing never creates pg_cron.
  const [row] = await sql.query<{ exists: boolean }>(
    "select to_regclass('cron.job') is not null as exists",
  );
  if (!row?.exists) return [];
  return await sql.query<Job>(
    "select jobid, schedule, command, jobname from cron.job where active order by jobid",
  );
}

/** Runs the command in a transaction of its own; the stand-in's runs are put on record. */
async function runJob(sql: Sql, job: Job, keeps_record: boolean): Promise<void> {
  const started_at = new Date();
  const record = async (status: string, message: string) => {
    if (!keeps_record) return;
    await sql.query(
      `insert into cron.job_run_details
         (jobid, database, username, command, status, return_message, start_time, end_time)
       values ($1::text::bigint, current_database(), current_user, $2, $3, $4,
               $5::text::timestamptz, now())`,
      [job.jobid, job.command, status, message, started_at.toISOString()],
    );
  };
  try {
    await sql.transaction((tx) => tx.exec(job.command));
  } catch (error) {
    await record("failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
  await record("succeeded", "");
}
