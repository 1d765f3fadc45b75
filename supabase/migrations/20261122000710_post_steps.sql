-- The steps of a post, each one call and one transaction. A step that acts on the platform writes
-- its intent first; a step that reports back is fenced by the lease, and answers {state: 'lost'}
-- where the lease is no longer the caller's.

-- The row if the caller still holds its lease, locked; else null. Owner and version are the fence:
-- whoever takes an expired lease changes both, and until somebody does, its holder may still write
-- what he has achieved.
create function private.lock_leased_job(p_job_id uuid, p_lease_owner uuid, p_lease_version bigint)
returns public.publish_jobs
language sql
set search_path = ''
as $$
  select * from public.publish_jobs
   where id = p_job_id and lease_owner = p_lease_owner and lease_version = p_lease_version
   for update
$$;

-- Asks leave for an init and writes the intent, under the id that the caller chose: {state: 'go', init_id}.
-- {state: 'wait', job}: no free slot now, the job is queued until there is one; or an earlier init
-- turns out to be accepted, and the job goes on from there. {state: 'unconfirmed', job}: an earlier
-- init of this job, one that posts by itself, was never answered.
create function public.begin_post_init(
  p_job_id uuid, p_lease_owner uuid, p_lease_version bigint, p_lease_seconds double precision,
  p_init_id uuid, p_daily_limit integer, p_minute_limit integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_job public.publish_jobs;
  v_free_at timestamptz;
  v_publish_id text;
begin
  v_job := private.lock_leased_job(p_job_id, p_lease_owner, p_lease_version);
  if v_job.id is null or v_job.status <> 'queued' then
    return jsonb_build_object('state', 'lost');
  end if;
  -- Counting and taking a slot must not interleave with another job of this connection.
  perform pg_advisory_xact_lock(hashtextextended('posts:' || v_job.connection_id::text, 0));
  v_now := private.now();

  if exists (select 1 from private.post_inits where id = p_init_id and outcome = 'sent') then
    return jsonb_build_object('state', 'go', 'init_id', p_init_id);
  end if;
  if v_job.init_posts_by_itself then
    select publish_id into v_publish_id from private.post_inits
     where job_id = p_job_id and outcome = 'accepted' order by sent_at desc limit 1;
    if found then
      -- Its answer came when the lease was lost already, and is in the ledger.
      update public.publish_jobs set publish_id = v_publish_id, submitted_at = v_now
       where id = p_job_id returning * into v_job;
      v_job := private.move_job(v_job, 'processing', v_now, null, false);
      return jsonb_build_object('state', 'wait', 'job', private.job_json(v_job));
    end if;
    if exists (
      select 1 from private.post_inits where job_id = p_job_id and outcome in ('sent', 'unknown', 'errored')
    ) then
      v_job := private.move_job(v_job, 'unconfirmed', null, private.problem(
        'tiktok_unavailable', 503, 'It is not known whether the post was taken',
        'The request to post was sent, but its answer never arrived. Look at the account before posting again; cancel this job to clear it.'
      ), false);
      return jsonb_build_object('state', 'unconfirmed', 'job', private.job_json(v_job));
    end if;
  end if;
  update private.post_inits set outcome = 'unknown' where job_id = p_job_id and outcome = 'sent';

  -- When the youngest p_daily_limit (p_minute_limit) inits no longer fill the window.
  select max(free_at) into v_free_at from (
    (select sent_at + interval '24 hours' as free_at from private.post_inits
      where connection_id = v_job.connection_id and outcome not in ('rejected', 'errored')
        and sent_at > v_now - interval '24 hours'
      order by sent_at desc offset greatest(p_daily_limit - 1, 0) limit 1)
    union all
    (select sent_at + interval '1 minute' from private.post_inits
      where connection_id = v_job.connection_id and sent_at > v_now - interval '1 minute'
      order by sent_at desc offset greatest(p_minute_limit - 1, 0) limit 1)
  ) as windows;
  if v_free_at is not null then
    v_job := private.move_job(v_job, 'queued', v_free_at, v_job.error, false);
    return jsonb_build_object('state', 'wait', 'job', private.job_json(v_job));
  end if;

  insert into private.post_inits (id, job_id, connection_id, sent_at)
  values (p_init_id, p_job_id, v_job.connection_id, v_now);
  update public.publish_jobs set
    attempts = attempts + 1,
    lease_expires_at = v_now + private.seconds(p_lease_seconds),
    updated_at = v_now
  where id = p_job_id;
  return jsonb_build_object('state', 'go', 'init_id', p_init_id);
end
$$;

-- Keeps what an accepted init brought: {state: 'ok', job}. An upload (`p_upload_url_sealed` given)
-- makes the job `uploading`, a pull `processing`; the lease is kept. The ledger is written even if
-- the lease was lost: the platform counts that init all the same.
create function public.record_post_init(
  p_job_id uuid, p_lease_owner uuid, p_lease_version bigint, p_lease_seconds double precision,
  p_init_id uuid, p_publish_id text, p_upload_url_sealed text,
  p_upload_expires_in_seconds double precision, p_chunk_size_bytes bigint, p_chunk_count integer,
  p_bytes_total bigint
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_job public.publish_jobs;
begin
  update private.post_inits set outcome = 'accepted', publish_id = p_publish_id
   where id = p_init_id and job_id = p_job_id;
  v_job := private.lock_leased_job(p_job_id, p_lease_owner, p_lease_version);
  if v_job.id is null then
    return jsonb_build_object('state', 'lost');
  end if;
  update public.publish_jobs set
    publish_id = p_publish_id,
    upload_url_sealed = p_upload_url_sealed,
    upload_expires_at = v_now + private.seconds(p_upload_expires_in_seconds),
    chunk_size_bytes = p_chunk_size_bytes,
    chunk_count = p_chunk_count,
    bytes_total = coalesce(p_bytes_total, bytes_total),
    bytes_sent = 0,
    -- With one chunk, the next request is the one that lets the platform post.
    last_chunk_sent_at = case when p_chunk_count = 1 then v_now end,
    submitted_at = case when p_upload_url_sealed is null then v_now end,
    failures = 0,
    lease_expires_at = v_now + private.seconds(p_lease_seconds)
  where id = p_job_id
  returning * into v_job;
  -- Due again as soon as the lease is gone, should its holder die.
  v_job := private.move_job(
    v_job, case when p_upload_url_sealed is null then 'processing' else 'uploading' end,
    v_now, null, true);
  return jsonb_build_object('state', 'ok', 'job', private.driven_job_json(v_job, v_now));
end
$$;

-- Keeps the upload's offset and renews the lease: {state: 'ok'}. `p_last_chunk_next`: the request
-- that follows is the one that lets the platform post; from then on a cancel must ask it.
create function public.record_upload_progress(
  p_job_id uuid, p_lease_owner uuid, p_lease_version bigint, p_lease_seconds double precision,
  p_bytes_sent bigint, p_last_chunk_next boolean
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
begin
  update public.publish_jobs set
    bytes_sent = p_bytes_sent,
    last_chunk_sent_at = case when p_last_chunk_next then coalesce(last_chunk_sent_at, v_now) end,
    failures = 0,
    lease_expires_at = v_now + private.seconds(p_lease_seconds),
    updated_at = v_now
  where id = p_job_id and lease_owner = p_lease_owner and lease_version = p_lease_version
    and status = 'uploading';
  return jsonb_build_object('state', case when found then 'ok' else 'lost' end);
end
$$;

-- Ends a step: moves the job from `p_from_status`, which is part of the fence (an earlier write of
-- the same holder may have gone through although its answer was lost), to `p_status`, and gives the
-- lease back, or keeps it for the next step.
-- `p_next_attempt_in_seconds`: when an unsettled job is due again. `p_changes`, all optional:
--   init_id, init_outcome   what became of an init that was not accepted
--   post_ids                the platform's ids of the post
--   init_failed             the platform itself says that the accepted init came to nothing
--   submitted               the bytes are all there, processing begins
--   failed_attempt          counts towards the attempts that are made without progress
-- `p_log`: an entry for log_error, or null. Answers {state: 'ok', job} or {state: 'lost'}.
create function public.finish_job_step(
  p_job_id uuid, p_lease_owner uuid, p_lease_version bigint, p_from_status text, p_status text,
  p_next_attempt_in_seconds double precision, p_error jsonb, p_keep_lease boolean, p_changes jsonb,
  p_log jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_job public.publish_jobs;
begin
  if p_changes ? 'init_id' then
    update private.post_inits set outcome = p_changes ->> 'init_outcome'
     where id = (p_changes ->> 'init_id')::uuid and job_id = p_job_id;
  end if;
  if p_log is not null then
    perform public.log_error(p_log);
  end if;
  v_job := private.lock_leased_job(p_job_id, p_lease_owner, p_lease_version);
  if v_job.id is null or v_job.status <> p_from_status then
    return jsonb_build_object('state', 'lost');
  end if;
  if p_changes ? 'init_failed' then
    update private.post_inits set outcome = 'failed' where job_id = p_job_id and outcome = 'accepted';
  end if;
  update public.publish_jobs set
    post_ids = case
      when p_changes ? 'post_ids'
        then (select coalesce(array_agg(x), '{}') from jsonb_array_elements_text(p_changes -> 'post_ids') as x)
      else post_ids end,
    submitted_at = case
      when p_status = 'queued' then null
      when p_changes ? 'submitted' then v_now
      else submitted_at end,
    bytes_sent = case
      when p_status = 'queued' then 0
      when p_changes ? 'submitted' then coalesce(bytes_total, bytes_sent)
      else bytes_sent end,
    failures = case when p_changes ? 'failed_attempt' then failures + 1 else failures end,
    -- Back in the queue, the post begins anew.
    publish_id = case when p_status = 'queued' then null else publish_id end,
    last_chunk_sent_at = case when p_status = 'queued' then null else last_chunk_sent_at end
  where id = p_job_id
  returning * into v_job;
  v_job := private.move_job(
    v_job, p_status, v_now + private.seconds(p_next_attempt_in_seconds), p_error, p_keep_lease);
  return jsonb_build_object('state', 'ok', 'job', private.driven_job_json(v_job, v_now));
end
$$;

revoke all on function
  private.lock_leased_job(uuid, uuid, bigint),
  public.begin_post_init(uuid, uuid, bigint, double precision, uuid, integer, integer),
  public.record_post_init(uuid, uuid, bigint, double precision, uuid, text, text, double precision, bigint, integer, bigint),
  public.record_upload_progress(uuid, uuid, bigint, double precision, bigint, boolean),
  public.finish_job_step(uuid, uuid, bigint, text, text, double precision, jsonb, boolean, jsonb, jsonb)
  from public, anon, authenticated;
grant execute on function
  private.lock_leased_job(uuid, uuid, bigint),
  public.begin_post_init(uuid, uuid, bigint, double precision, uuid, integer, integer),
  public.record_post_init(uuid, uuid, bigint, double precision, uuid, text, text, double precision, bigint, integer, bigint),
  public.record_upload_progress(uuid, uuid, bigint, double precision, bigint, boolean),
  public.finish_job_step(uuid, uuid, bigint, text, text, double precision, jsonb, boolean, jsonb, jsonb)
  to service_role;
