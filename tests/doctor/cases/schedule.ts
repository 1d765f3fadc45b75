/** Schedules that do not tick, or tick for nothing. */

import { SCHEDULED_FUNCTIONS } from "../../../local/doctor/expected.ts";
import { type Cases, each } from "./broken.ts";

const old_key: [string, string] = [
  "update vault.secrets set secret = secret || '_old' where name = 'cron_secret_key'",
  "update vault.secrets set secret = replace(secret, '_old', '') where name = 'cron_secret_key'",
];

/** The newest answer that pg_net got; null for none. */
const response = (status_code: number | null): [string, string] => [
  `insert into net._http_response (id, status_code, timed_out, error_msg)
   values (99, ${status_code}, false, 'no such host')`,
  "delete from net._http_response where id = 99",
];

export const schedule: Cases = {
  "no address in Vault": {
    sql: [
      "update vault.secrets set name = 'gone' where name = 'project_url'",
      "update vault.secrets set name = 'project_url' where name = 'gone'",
    ],
    finds: { "Vault: project_url": ["fail", /does nothing.*vault\.create_secret/] },
  },
  "another project's address in Vault": {
    sql: [
      "update vault.secrets set description = secret, secret = 'https://p.supabase.co' where name = 'project_url'",
      "update vault.secrets set secret = description where name = 'project_url'",
    ],
    finds: { "Vault: project_url": ["fail", /another address.*A copy of a database/] },
  },
  "an address with a path in Vault": {
    sql: [
      "update vault.secrets set secret = secret || '/functions/v1' where name = 'project_url'",
      "update vault.secrets set secret = replace(secret, '/functions/v1', '') where name = 'project_url'",
    ],
    finds: { "Vault: project_url": ["fail", /with no path/] },
  },
  "an old key in Vault": {
    sql: old_key,
    finds: { "Vault: cron_secret_key": ["fail", /another key.*secret key named cron/] },
  },
  "a schedule that is not there": {
    sql: [
      "update cron.job set jobname = 'gone' where jobname = 'tiktok-refresh'",
      "update cron.job set jobname = 'tiktok-refresh' where jobname = 'gone'",
    ],
    finds: { "tiktok-refresh": ["fail", /is not scheduled.*20261122000900/] },
  },
  "a schedule that is switched off": {
    sql: [
      "update cron.job set active = false where jobname = 'tiktok-status-poll'",
      "update cron.job set active = true where jobname = 'tiktok-status-poll'",
    ],
    finds: { "tiktok-status-poll": ["fail", /switched off.*cron\.alter_job/] },
  },
  "a schedule whose last run failed": {
    sql: [
      `insert into cron.job_run_details (jobid, runid, status, return_message, start_time)
       select jobid, 99, 'failed', 'no such function', now() from cron.job where jobname = 'tiktok-refresh'`,
      "delete from cron.job_run_details where runid = 99",
    ],
    finds: { "tiktok-refresh": ["fail", /failed at .*no such function.*job_run_details/] },
  },
  "a schedule that has stopped": {
    sql: [
      "update cron.job_run_details set start_time = start_time - interval '1 hour'",
      "update cron.job_run_details set start_time = start_time + interval '1 hour'",
    ],
    finds: each(SCHEDULED_FUNCTIONS, "fail", /has not run since.*restart the database/),
  },
  "a schedule that has not run yet": {
    sql: [
      "update cron.job_run_details set jobid = jobid + 100",
      "update cron.job_run_details set jobid = jobid - 100",
    ],
    finds: each(SCHEDULED_FUNCTIONS, "warn", /has not run yet/),
  },
  // pg_net has no address in its answers: those of the project's other programs are there too.
  "a call that was refused, and may be another program's": {
    sql: response(401),
    finds: {
      calls: ["warn", /^1 of the last \d+ failed; .* was answered 401 pg_net does not say/],
    },
  },
  "a call that found nothing, and may be another program's": {
    sql: response(404),
    finds: { calls: ["warn", /was answered 404 pg_net does not say whose/] },
  },
  "a call that had no answer, and may be another program's": {
    sql: response(null),
    finds: { calls: ["warn", /had no answer: no such host pg_net does not say whose/] },
  },
  "calls that are refused, by an old key in Vault": {
    sql: [
      `${response(401)[0]}; ${old_key[0]}`,
      `${response(401)[1]}; ${old_key[1]}`,
    ],
    finds: {
      calls: ["fail", /was answered 401.*cron_secret_key is not the secret key named cron/],
      "Vault: cron_secret_key": ["fail", /another key/],
    },
  },
  "calls none of which goes well": {
    sql: [
      "update net._http_response set status_code = 500",
      "update net._http_response set status_code = 200",
    ],
    finds: { calls: ["fail", /^(\d+) of the last \1 failed.*answered 500.*private\.error_log/] },
  },
  "one call that failed a while ago": {
    sql: [
      `insert into net._http_response (id, timed_out, created)
       values (99, true, now() - interval '1 hour')`,
      "delete from net._http_response where id = 99",
    ],
    finds: { calls: ["warn", /1 of the last \d+ failed; the one at .* timed out/] },
  },
  "calls that are never sent": {
    sql: [
      "create table kept as select * from net._http_response; delete from net._http_response",
      "insert into net._http_response select * from kept; drop table kept",
    ],
    finds: { calls: ["fail", /pg_net has had no answer.*net\.worker_restart/] },
  },
};
