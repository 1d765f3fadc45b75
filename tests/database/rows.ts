/** Rows for the tests, made by the database functions themselves. */
import type postgres from "postgres";

/** What a database function answered. Each test knows the form; the database has no types for it. */
// deno-lint-ignore no-explicit-any
type Answer = any;

/** Calls a function of the schema public with named arguments, as the Data API does. */
export async function call(
  sql: postgres.Sql,
  name: string,
  args: Record<string, unknown>,
): Promise<Answer> {
  const names = Object.keys(args);
  const list = names.map((arg, index) => `"${arg}" => $${index + 1}`).join(", ");
  const [row] = await sql.unsafe(
    `select public."${name}"(${list}) as answer`,
    Object.values(args) as never[],
  );
  return row?.answer;
}

export async function addUser(sql: postgres.Sql): Promise<string> {
  const id = crypto.randomUUID();
  await sql`insert into auth.users (id, email) values (${id}, ${id + "@nexus.example.com"})`;
  return id;
}

export interface ConnectionOptions {
  platform?: string;
  account?: string;
  expires_in_seconds?: number;
}

/** Stores a connection and gives its id; throws where the account exists under another id. */
export async function addConnection(
  sql: postgres.Sql,
  user_id: string,
  { platform = "tiktok", account, expires_in_seconds = 7200 }: ConnectionOptions = {},
): Promise<string> {
  const id = crypto.randomUUID();
  const answer = await call(sql, "store_connection", {
    p_connection_id: id,
    p_user_id: user_id,
    p_platform: platform,
    p_platform_user_id: account ?? id,
    p_account: {},
    p_scopes: ["user.info.basic"],
    p_capabilities: {},
    p_access_token_sealed: "sealed access",
    p_refresh_token_sealed: "sealed refresh",
    p_sealing_key_id: "key",
    p_expires_in_seconds: expires_in_seconds,
    p_refresh_expires_in_seconds: 15_552_000,
    p_alive_since: null,
  });
  if (answer.existing_id) throw new Error(`the account is connection ${answer.existing_id}`);
  return answer.connection.id;
}

/** Takes a post into the queue: what `create_publish_job` answers. */
export async function postJob(
  sql: postgres.Sql,
  user_id: string,
  connection_id: string,
  job: Record<string, unknown> = {},
): Promise<Answer> {
  const id = crypto.randomUUID();
  return await call(sql, "create_publish_job", {
    p_job_id: id,
    p_user_id: user_id,
    p_connection_id: connection_id,
    p_job: {
      mode: "direct",
      media: {},
      post: {},
      bytes_total: 1000,
      request_hash: `hash of ${id}`,
      init_posts_by_itself: false,
      ...job,
    },
  });
}

/** Leases one due job, whatever the limits: the three arguments that fence its holder's steps. */
export async function claimJob(sql: postgres.Sql, job_id: string) {
  const p_lease_owner = crypto.randomUUID();
  const { items: [job] } = await call(sql, "claim_due_jobs", {
    p_lease_owner,
    p_lease_seconds: 60,
    p_limit: 1,
    p_job_id: job_id,
    p_posts_a_day: 1_000,
    p_inits_a_minute: 1_000,
  });
  if (!job) throw new Error(`job ${job_id} could not be claimed`);
  return { p_job_id: job_id, p_lease_owner, p_lease_version: job.lease_version as number };
}
