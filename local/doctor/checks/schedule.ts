/** The schedule: does pg_cron tick, does pg_net send, and is it answered. */

import { type Check, checksOf } from "../check.ts";
import { JOBS } from "../expected.ts";
import { type Answered, type Facts, isGood } from "../facts.ts";

const { ok, warn, fail } = checksOf("schedule");

export function checkSchedule(facts: Facts): Check[] {
  return [...checkVault(facts), ...checkJobs(facts), checkResponses(facts), checkBacklog(facts)];
}

const SECRETS = {
  project_url: {
    wrong: "another address than this project's",
    advice:
      "Set it to this project's address, with no path. If it is another name of this project, " +
      "run the doctor with that name as SUPABASE_URL. A copy of a database keeps the original's!",
  },
  cron_secret_key: {
    wrong: "another key than SUPABASE_CRON_KEY",
    advice: "Set it to the secret key named cron.",
  },
} as const;

function checkVault({ vault }: Facts): Check[] {
  if (vault === null || "error" in vault) {
    return [fail(
      "Vault",
      vault === null ? "is not there" : `cannot be read: ${vault.error}`,
      "Switch the extension supabase_vault on (Database, Extensions).",
    )];
  }
  return (["project_url", "cron_secret_key"] as const).map((name) => {
    const { wrong, advice } = SECRETS[name];
    if (vault[name] === "as expected") return ok(`Vault: ${name}`, "as it must be");
    return vault[name] === null
      ? fail(
        `Vault: ${name}`,
        "is not there: every tick warns and does nothing",
        `select vault.create_secret('<value>', '${name}'); as docs/deploying.md says.`,
      )
      : fail(`Vault: ${name}`, wrong, advice);
  });
}

function checkJobs({ jobs, database_time, has_pg_net }: Facts): Check[] {
  if (jobs === null || "error" in jobs) {
    return [fail(
      "pg_cron",
      jobs === null
        ? "is not there: nothing is refreshed or posted"
        : `cannot be read: ${jobs.error}`,
      "Switch the extension pg_cron on (Database, Extensions), then run the last part of the " +
        "migration 20261122000900 again.",
    )];
  }
  const checks = Object.entries(JOBS).map(([name, most_seconds]) => {
    const job = jobs.find((job) => job.name === name);
    if (job === undefined) {
      return fail(name, "is not scheduled", "Run its line of the migration 20261122000900 again.");
    }
    if (!job.active) {
      return fail(
        name,
        "is switched off",
        `select cron.alter_job(jobid, active => true) from cron.job where jobname = '${name}';`,
      );
    }
    if (job.last_status === "failed") {
      return fail(
        name,
        `failed at ${job.last_run_at}: ${job.last_message}`,
        "select * from cron.job_run_details order by start_time desc limit 10;",
      );
    }
    if (most_seconds === null) return ok(name, `scheduled (${job.schedule})`);
    if (job.last_run_at === null) {
      return warn(name, `scheduled (${job.schedule}), has not run yet`, "Look again in a minute.");
    }
    const silent_seconds = (Date.parse(database_time) - Date.parse(job.last_run_at)) / 1000;
    return silent_seconds <= most_seconds
      ? ok(name, `runs (${job.schedule}), last at ${job.last_run_at}`)
      : fail(
        name,
        `has not run since ${job.last_run_at}`,
        "pg_cron has stopped, or has too many jobs at once: restart the database, and look at its log.",
      );
  });
  if (has_pg_net) return checks;
  return [
    fail("pg_net", "is not there", "Switch the extension pg_net on (Database, Extensions)."),
    ...checks,
  ];
}

/** pg_net keeps answers for six hours, those to other programs of the project among them. */
function checkResponses({ responses, jobs, vault }: Facts): Check {
  const name = "calls";
  if (responses === null || "error" in responses) {
    return warn(name, "pg_net's answers cannot be read", "See the functions' own logs instead.");
  }
  const [newest] = responses;
  const are_jobs_running = jobs !== null && !("error" in jobs) &&
    jobs.some(({ last_run_at }) => last_run_at !== null);
  if (newest === undefined) {
    const is_set_up = vault !== null && !("error" in vault) && vault.project_url !== null &&
      vault.cron_secret_key !== null;
    return are_jobs_running && is_set_up
      ? fail(
        name,
        "pg_cron ticks, and pg_net has had no answer",
        "select net.worker_restart(); and look again in a minute.",
      )
      : warn(name, "none yet", "Look again once the schedule has ticked.");
  }
  const bad = responses.filter((response) => !isGood(response));
  const [worst] = bad;
  if (worst === undefined) {
    return ok(name, `the last ${responses.length} were answered with 2xx`);
  }
  const blamed = blame(worst, vault);
  const failed = `${bad.length} of the last ${responses.length} failed; ${describe(worst)}`;
  // Ours are among the last ten, unless another program calls all the time: all bad are ours too.
  const are_ours = bad.length === responses.length || blamed !== null && worst === newest;
  return are_ours
    ? fail(name, failed, blamed ?? `${adviceOn(worst.status_code)} ${ANOTHERS}`)
    : warn(name, failed, `${ANOTHERS} Look into private.error_log for the time.`);
}

const ANOTHERS =
  "pg_net does not say whose call it was: another program of this project may have sent it.";

/** Only where Vault is known to be wrong is it to blame; null where it is as it must be. */
function blame({ status_code }: Answered, vault: Facts["vault"]): string | null {
  if (vault === null || "error" in vault) return null;
  if (status_code === 401 && vault.cron_secret_key !== "as expected") {
    return "Vault's cron_secret_key is not the secret key named cron: see above.";
  }
  if ((status_code === 404 || status_code === null) && vault.project_url !== "as expected") {
    return "Vault's project_url is wrong: see above.";
  }
  return null;
}

function describe({ at, status_code, timed_out, error }: Answered): string {
  if (timed_out) return `the one at ${at} timed out`;
  return status_code === null
    ? `the one at ${at} had no answer: ${error}`
    : `the one at ${at} was answered ${status_code}`;
}

function adviceOn(status_code: number | null): string {
  if (status_code === 401) return "Look above at the schedule's functions and the keys.";
  if (status_code === 404) return "Look above whether the functions are deployed.";
  if (status_code === null) return "Look into the database's log for pg_net.";
  return "Look into the function's log and private.error_log: docs/operating.md has the queries.";
}

function checkBacklog({ overdue_jobs, overdue_refreshes }: Facts): Check {
  if (overdue_jobs === 0 && overdue_refreshes === 0) return ok("backlog", "nothing is overdue");
  const most = (count: number) => count >= 1000 ? "1000 or more" : String(count);
  return warn(
    "backlog",
    `overdue by 15 minutes and more: ${most(overdue_jobs)} posts, ${
      most(overdue_refreshes)
    } refreshes`,
    "See 'A stuck queue' in docs/operating.md.",
  );
}
