/** What is to be compared once a seed has come to rest: TikTok's own record, and the database's. */

import { compactDecrypt } from "jose";
import type { Person } from "./people.ts";
import { SEALING_KEYS } from "./process.ts";
import type { Schedule } from "./schedule.ts";
import type { World } from "./world.ts";

export type Job = {
  id: string;
  connection_id: string;
  status: string;
  error_code: string | null;
  tag: string;
  next_attempt_at: string | null;
  is_leased: boolean;
  is_submitted: boolean;
  post_ids: string[];
  /** Inits whose answer we do not know. */
  open_inits: number;
};

type Connection = {
  id: string;
  open_id: string;
  status: string;
  is_leased: boolean;
  refresh_token_sealed: string | null;
  revocation_waits: boolean;
};

export type Record = {
  world: World;
  people: Person[];
  schedule: Schedule;
  daily_limit: number;
  jobs: Job[];
  connections: (Connection & { refresh_token: string | null })[];
  /** What users and operators can read in the database. */
  readable: string;
};

export async function readRecord(
  world: World,
  people: Person[],
  schedule: Schedule,
): Promise<Record> {
  const { database } = world;
  const jobs = await database.read<Job>(
    `select j.id, j.connection_id, j.status, j.error ->> 'code' as error_code,
            coalesce(j.source ->> 'size_bytes' || ' bytes', j.media #>> '{source,url}', j.media #>> '{urls,0}') as tag,
            j.next_attempt_at::text, j.lease_owner is not null as is_leased,
            j.submitted_at is not null as is_submitted, j.post_ids,
            (select count(*) from private.post_inits i where i.job_id = j.id
               and i.outcome in ('sent', 'unknown', 'errored'))::int as open_inits
       from public.publish_jobs j order by j.created_at, j.id`,
  );
  const connections = await database.read<Connection>(
    `select c.id, c.platform_user_id as open_id, c.status, c.refresh_token_sealed,
            coalesce(c.refresh_lease_expires_at > private.now(), false) as is_leased,
            exists (select from private.token_revocations r
                     where r.connection_id = c.id and r.next_attempt_at is not null) as revocation_waits
       from public.platform_connections c order by c.created_at, c.id`,
  );
  const [readable] = await database.read<{ text: string }>(
    `select concat(
       (select jsonb_agg(to_jsonb(e)) from private.error_log e),
       (select jsonb_agg(private.job_json(j)) from public.publish_jobs j),
       (select jsonb_agg(private.connection_json(c)) from public.platform_connections c)) as text`,
  );
  return {
    world,
    people,
    schedule,
    daily_limit: Number(Deno.env.get("TIKTOK_DAILY_POST_LIMIT")),
    jobs,
    connections: await Promise.all(connections.map(async (connection) => ({
      ...connection,
      refresh_token: connection.refresh_token_sealed === null ? null : new TextDecoder().decode(
        (await compactDecrypt(
          connection.refresh_token_sealed,
          ({ kid }) => SEALING_KEYS[kid ?? ""]!,
        )).plaintext,
      ),
    }))),
    readable: readable!.text,
  };
}
