// This project's queue, by the database functions that the edge functions call, with their limits: five
// posts a day of a connection, six inits a minute of an account, a lease of 240 s.
import { randomUUID } from "node:crypto";
// @ts-ignore: installed where this file is copied to
import pg from "pg";
import { inLoops, LOOPS } from "./loops.js";

const POSTS_A_DAY = 5;
const INITS_A_MINUTE = 6;
const LEASE_SECONDS = 240;
/** Of one connection; all of them have a slot. */
const JOBS_A_CONNECTION = 4;
/** What the schedule claims at once. */
const BATCH = 25;

const PROBLEM = { code: "media_rejected", status: 422, title: "The file was not taken" };

// deno-lint-ignore require-await
export async function open(url) {
  const owner = new pg.Pool({ connectionString: url, max: 1 });
  const options = "-c role=service_role -c client_min_messages=warning";
  const pool = new pg.Pool({ connectionString: url, max: LOOPS, options });
  const call = async (name, args) => {
    const names = Object.keys(args);
    const list = names.map((arg, index) => `${arg} => $${index + 1}`).join(", ");
    const text = `select public.${name}(${list}) as answer`;
    const { rows: [row] } = await pool.query({ name, text, values: Object.values(args) });
    return row.answer;
  };

  let connections = [];
  const enqueue = (jobs) =>
    inLoops(jobs, async (index) => {
      const { id, user_id } = connections[index % connections.length];
      const { created } = await call("create_publish_job", {
        p_job_id: randomUUID(),
        p_user_id: user_id,
        p_connection_id: id,
        p_job: {
          mode: "direct",
          media: {
            type: "video",
            source: { kind: "url", url: "https://nexus.example.com/a.mp4", transfer: "pull" },
          },
          post: { title: "A video", privacy_level: "SELF_ONLY" },
          bytes_total: null,
          request_hash: `hash of ${index}`,
          init_posts_by_itself: true,
        },
      });
      if (created !== true) throw new Error("a job was not taken");
    });

  const claim = (p_lease_owner, p_limit) =>
    call("claim_due_jobs", {
      p_lease_owner,
      p_lease_seconds: LEASE_SECONDS,
      p_limit,
      p_job_id: null,
      p_posts_a_day: POSTS_A_DAY,
      p_inits_a_minute: INITS_A_MINUTE,
    });
  const finish = (fence, from, to, error) =>
    call("finish_job_step", {
      ...fence,
      p_from_status: from,
      p_status: to,
      p_next_attempt_in_seconds: null,
      p_error: error,
      p_keep_lease: false,
      p_changes: to === "published" ? { post_ids: ["7000000000000000001"] } : {},
      p_log: null,
    });

  /** The shortest way from the queue to an end: refused before anything is sent. */
  const refuse = (fence) => finish(fence, "queued", "failed", PROBLEM);

  /** A post as it should be: leave to send the init, its answer kept, published. */
  const publish = async (fence) => {
    const p_init_id = randomUUID();
    const { state } = await call("begin_post_init", {
      ...fence,
      p_lease_seconds: LEASE_SECONDS,
      p_init_id,
      p_posts_a_day: POSTS_A_DAY,
      p_inits_a_minute: INITS_A_MINUTE,
    });
    if (state !== "go") throw new Error(`no leave for an init: ${state}`);
    await call("record_post_init", {
      ...fence,
      p_lease_seconds: LEASE_SECONDS,
      p_init_id,
      p_publish_id: `v_pub_${p_init_id}`,
      p_upload_url_sealed: null,
      p_upload_expires_in_seconds: null,
      p_chunk_size_bytes: null,
      p_chunk_count: null,
      p_bytes_total: null,
    });
    return await finish(fence, "processing", "published", null);
  };

  const drain = async (limit, work) => {
    const worker = async () => {
      const p_lease_owner = randomUUID();
      while (true) {
        const { items } = await claim(p_lease_owner, limit);
        if (items.length === 0) return;
        for (const { id, lease_version } of items) {
          const fence = { p_job_id: id, p_lease_owner, p_lease_version: lease_version };
          const { state } = await work(fence);
          if (state !== "ok") throw new Error(`a job was not settled: ${state}`);
        }
      }
    };
    await Promise.all(Array.from({ length: LOOPS }, worker));
  };
  return {
    /** Users with a connected account each, as many as these jobs need. */
    prepare: async (jobs) => {
      const { rows } = await owner.query(
        `with users as (
           insert into auth.users (email)
           select gen_random_uuid() || '@nexus.example.com' from generate_series(1, $1) returning id
         )
         insert into public.platform_connections (
           user_id, platform, platform_user_id, status, scopes, capabilities, access_token_sealed,
           refresh_token_sealed, sealing_key_id, access_token_expires_at, refresh_token_expires_at,
           tokens_issued_at, connected_at, refresh_due_at
         )
         select id, 'tiktok', id::text, 'active', '{video.publish}', '{}', 'sealed', 'sealed', 'k1',
                now() + interval '2 hours', now() + interval '1 year', now(), now(),
                now() + interval '90 minutes'
           from users
         returning id, user_id`,
        [Math.ceil(jobs / JOBS_A_CONNECTION)],
      );
      connections = rows;
    },
    enqueue,
    settle: () => drain(1, refuse),
    settlePosts: () => drain(1, publish),
    settleBatched: () => drain(BATCH, refuse),
    countLeft: async () => {
      const { rows: [row] } = await owner.query(
        "select count(*)::int as left from public.publish_jobs where settled_at is null",
      );
      return row.left;
    },
    tidy: () => owner.query("vacuum (analyze)"),
    close: async () => {
      await pool.end();
      await owner.end();
    },
  };
}
