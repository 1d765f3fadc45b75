-- The steps of a post, each one call and one transaction. A step that acts on the platform writes
-- its intent first; a step that reports back is fenced by the lease, and answers {state: 'lost'}
-- where the lease is no longer the caller's.

-- Opens a post: {job} for a repeated idempotency key, {conflict: true} where that key came with
-- another request, else what lease_connection_tokens answers.
create function public.open_publish_job(
  p_connection_id uuid, p_user_id uuid, p_idempotency_key text, p_request_hash text,
  p_lease_owner uuid, p_lease_seconds double precision, p_min_remaining_seconds double precision
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
begin
  if p_idempotency_key is not null then
    select * into v_job from public.publish_jobs
     where user_id = p_user_id and idempotency_key = p_idempotency_key;
    if found then
      if v_job.request_hash <> p_request_hash then
        return jsonb_build_object('conflict', true);
      end if;
      return jsonb_build_object('job', private.job_json(v_job));
    end if;
  end if;
  return public.lease_connection_tokens(
    p_connection_id, p_user_id, p_lease_owner, p_lease_seconds, p_min_remaining_seconds, null);
end
$$;

-- Takes a post into the queue: {job, created}. `p_job`: {mode, media, post, source, bytes_total,
-- scheduled_at, idempotency_key, request_hash, init_posts_by_itself}. {conflict: true}: the key is
-- taken by another request; {ended: true}: the connection is no longer active; null: not his.
create function public.create_publish_job(
  p_job_id uuid, p_user_id uuid, p_connection_id uuid, p_job jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_connection public.platform_connections;
  v_due_at timestamptz;
  v_job public.publish_jobs;
begin
  -- Locked, so that a disconnect either sees this job or refuses it.
  select * into v_connection from public.platform_connections
   where id = p_connection_id and user_id = p_user_id
   for update;
  if not found then
    return null;
  end if;
  v_now := private.now();
  v_due_at := greatest(coalesce((p_job ->> 'scheduled_at')::timestamptz, v_now), v_now);
  if v_connection.status = 'active' then
    insert into public.publish_jobs (
      id, user_id, connection_id, status, bytes_total, scheduled_at, next_attempt_at, mode, media,
      post, source, idempotency_key, request_hash, init_posts_by_itself, created_at, updated_at
    ) values (
      p_job_id, p_user_id, p_connection_id, 'queued', (p_job ->> 'bytes_total')::bigint,
      (p_job ->> 'scheduled_at')::timestamptz, v_due_at, p_job ->> 'mode', p_job -> 'media',
      p_job -> 'post', p_job -> 'source', p_job ->> 'idempotency_key', p_job ->> 'request_hash',
      (p_job ->> 'init_posts_by_itself')::boolean, v_now, v_now
    )
    on conflict do nothing
    returning * into v_job;
    if found then
      -- A post that comes keeps a dormant connection's token warm from a day before it.
      update public.platform_connections set
        refresh_due_at = least(
          refresh_due_at,
          private.refresh_due_at(
            tokens_issued_at, access_token_expires_at, refresh_token_expires_at, false, v_due_at)
        )
      where id = p_connection_id and refresh_failures = 0;
      return jsonb_build_object('job', private.job_json(v_job), 'created', true);
    end if;
  end if;
  -- Here the same request is already in the queue (by its id, or its key), or the connection ended.
  select * into v_job from public.publish_jobs
   where user_id = p_user_id
     and (id = p_job_id or idempotency_key = p_job ->> 'idempotency_key');
  if not found then
    return jsonb_build_object('ended', true);
  end if;
  if v_job.request_hash <> p_job ->> 'request_hash' then
    return jsonb_build_object('conflict', true);
  end if;
  return jsonb_build_object('job', private.job_json(v_job), 'created', v_job.id = p_job_id);
end
$$;

create function public.read_publish_job(p_job_id uuid, p_user_id uuid) returns jsonb
language sql stable security invoker
set search_path = ''
as $$
  select jsonb_build_object('job', private.job_json(j))
    from public.publish_jobs j
   where j.id = p_job_id and j.user_id = p_user_id
$$;

-- A job as its driver needs it.
create function private.driven_job_json(p_row public.publish_jobs, p_now timestamptz)
returns jsonb
language sql stable
set search_path = ''
as $$
  select private.job_json(p_row) || jsonb_build_object(
    'user_id', p_row.user_id,
    'mode', p_row.mode,
    'media', p_row.media,
    'post', p_row.post,
    'source', p_row.source,
    'failures', p_row.failures,
    'upload_url_sealed', p_row.upload_url_sealed,
    'upload_expires_in_seconds', extract(epoch from p_row.upload_expires_at - p_now),
    'chunk_size_bytes', p_row.chunk_size_bytes,
    'chunk_count', p_row.chunk_count,
    'last_chunk_sent', p_row.last_chunk_sent_at is not null,
    'submitted_seconds_ago', extract(epoch from p_now - p_row.submitted_at),
    'lease_owner', p_row.lease_owner,
    'lease_version', p_row.lease_version
  )
$$;

-- Leases up to `p_limit` due jobs, or the one named: {items: [driven jobs], failed}. `failed` counts
-- those that waited seven days for a reconnect that did not come.
create function public.claim_due_jobs(
  p_lease_owner uuid, p_lease_seconds double precision, p_limit integer, p_job_id uuid
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_job public.publish_jobs;
  v_connection public.platform_connections;
  v_items jsonb := jsonb_build_array();
  v_failed integer := 0;
  v_seen integer;
begin
  loop
    v_seen := 0;
    for v_job in
      select * from public.publish_jobs
       where next_attempt_at <= v_now and (p_job_id is null or id = p_job_id)
         and (lease_expires_at is null or lease_expires_at <= v_now)
       order by next_attempt_at
       limit p_limit - v_failed - jsonb_array_length(v_items)
       for update skip locked
    loop
      v_seen := v_seen + 1;
      select * into v_connection from public.platform_connections where id = v_job.connection_id;
      if v_connection.status = 'active' then
        update public.publish_jobs set
          lease_owner = p_lease_owner,
          lease_version = lease_version + 1,
          lease_expires_at = v_now + private.seconds(p_lease_seconds)
        where id = v_job.id
        returning * into v_job;
        v_items := v_items || private.driven_job_json(v_job, v_now);
      elsif v_connection.status_changed_at + interval '7 days' > v_now then
        update public.publish_jobs set
          next_attempt_at = v_connection.status_changed_at + interval '7 days'
        where id = v_job.id;
      else
        perform private.move_job(v_job, 'failed', null, private.problem(
          'reconnect_required', 409, 'The connection was not renewed',
          'This post waited seven days for the account to be connected again. Connect it and post again.'
        ), false);
        v_failed := v_failed + 1;
      end if;
    end loop;
    exit when v_seen = 0 or v_failed + jsonb_array_length(v_items) >= p_limit;
  end loop;
  return jsonb_build_object('items', v_items, 'failed', v_failed);
end
$$;

-- The row if the caller still holds its lease, locked; else null. An expired lease that nobody
-- took is no longer the caller's either: somebody may take it any moment.
create function private.lock_leased_job(p_job_id uuid, p_lease_owner uuid, p_lease_version bigint)
returns public.publish_jobs
language sql
set search_path = ''
as $$
  select * from public.publish_jobs
   where id = p_job_id and lease_owner = p_lease_owner and lease_version = p_lease_version
     and lease_expires_at > private.now()
   for update
$$;

-- Asks leave for an init and writes the intent: {state: 'go', init_id}. {state: 'wait', job}: no
-- free slot now, the job is queued until there is one. {state: 'unconfirmed', job}: an earlier init
-- of this job, one that posts by itself, was never answered.
create function public.begin_post_init(
  p_job_id uuid, p_lease_owner uuid, p_lease_version bigint, p_lease_seconds double precision,
  p_daily_limit integer, p_minute_limit integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_job public.publish_jobs;
  v_free_at timestamptz;
  v_init_id bigint;
begin
  v_job := private.lock_leased_job(p_job_id, p_lease_owner, p_lease_version);
  if v_job.id is null or v_job.status <> 'queued' then
    return jsonb_build_object('state', 'lost');
  end if;
  -- Counting and taking a slot must not interleave with another job of this connection.
  perform pg_advisory_xact_lock(hashtextextended('posts:' || v_job.connection_id::text, 0));
  v_now := private.now();

  if exists (
    select 1 from private.post_inits where job_id = p_job_id and outcome in ('sent', 'unknown', 'accepted')
  ) then
    if v_job.init_posts_by_itself then
      v_job := private.move_job(v_job, 'unconfirmed', null, private.problem(
        'tiktok_unavailable', 503, 'It is not known whether the post was taken',
        'The request to post was sent, but its answer never arrived. Look at the account before posting again; cancel this job to clear it.'
      ), false);
      return jsonb_build_object('state', 'unconfirmed', 'job', private.job_json(v_job));
    end if;
    update private.post_inits set outcome = 'unknown' where job_id = p_job_id and outcome = 'sent';
  end if;

  -- When the youngest p_daily_limit (p_minute_limit) inits no longer fill the window.
  select max(free_at) into v_free_at from (
    (select sent_at + interval '24 hours' as free_at from private.post_inits
      where connection_id = v_job.connection_id and outcome <> 'rejected'
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

  insert into private.post_inits (job_id, connection_id, sent_at)
  values (p_job_id, v_job.connection_id, v_now)
  returning id into v_init_id;
  update public.publish_jobs set
    attempts = attempts + 1,
    lease_expires_at = v_now + private.seconds(p_lease_seconds),
    updated_at = v_now
  where id = p_job_id;
  return jsonb_build_object('state', 'go', 'init_id', v_init_id);
end
$$;

-- Keeps what an accepted init brought: {state: 'ok', job}. An upload (`p_upload_url_sealed` given)
-- makes the job `uploading`, a pull `processing`; the lease is kept. The ledger is written even if
-- the lease was lost: the platform counts that init all the same.
create function public.record_post_init(
  p_job_id uuid, p_lease_owner uuid, p_lease_version bigint, p_lease_seconds double precision,
  p_init_id bigint, p_publish_id text, p_upload_url_sealed text,
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
    and lease_expires_at > v_now and status = 'uploading';
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
     where id = (p_changes ->> 'init_id')::bigint and job_id = p_job_id;
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

-- Cancels a job of this user: null (no such job) or {state, job}:
--   cancelled        it can no longer be posted; `publish_id` in the job may still be told to the
--                    platform, so that it forgets the upload
--   ask_platform     the platform has it: only its own cancel can say whether it still can be
--   not_cancellable
create function public.cancel_publish_job(p_job_id uuid, p_user_id uuid) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
  v_init_open boolean;
begin
  select * into v_job from public.publish_jobs where id = p_job_id and user_id = p_user_id for update;
  if not found then
    return null;
  end if;
  -- Accepted, too: its answer may have come after the lease, and the job knows nothing of it.
  v_init_open := v_job.init_posts_by_itself and exists (
    select 1 from private.post_inits i
     where i.job_id = p_job_id and i.outcome in ('sent', 'unknown', 'accepted'));
  if v_job.status = 'unconfirmed'
     or (v_job.status = 'queued' and not v_init_open)
     or (v_job.status = 'uploading' and v_job.last_chunk_sent_at is null) then
    v_job := private.move_job(v_job, 'cancelled', null, null, false);
    return jsonb_build_object('state', 'cancelled', 'job', private.job_json(v_job));
  end if;
  if v_job.status in ('uploading', 'processing') then
    return jsonb_build_object('state', 'ask_platform', 'job', private.job_json(v_job));
  end if;
  return jsonb_build_object('state', 'not_cancellable', 'job', private.job_json(v_job));
end
$$;

-- After the platform has cancelled `p_publish_id`: {state: 'cancelled' | 'not_cancellable', job}.
create function public.confirm_job_cancelled(p_job_id uuid, p_user_id uuid, p_publish_id text)
returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
begin
  select * into v_job from public.publish_jobs
   where id = p_job_id and user_id = p_user_id for update;
  if not found then
    return null;
  end if;
  if v_job.publish_id = p_publish_id and v_job.status in ('uploading', 'processing') then
    v_job := private.move_job(v_job, 'cancelled', null, null, false);
  end if;
  return jsonb_build_object(
    'state', case when v_job.status = 'cancelled' then 'cancelled' else 'not_cancellable' end,
    'job', private.job_json(v_job));
end
$$;

revoke all on function
  private.driven_job_json(public.publish_jobs, timestamptz),
  private.lock_leased_job(uuid, uuid, bigint),
  public.open_publish_job(uuid, uuid, text, text, uuid, double precision, double precision),
  public.create_publish_job(uuid, uuid, uuid, jsonb),
  public.read_publish_job(uuid, uuid),
  public.claim_due_jobs(uuid, double precision, integer, uuid),
  public.begin_post_init(uuid, uuid, bigint, double precision, integer, integer),
  public.record_post_init(uuid, uuid, bigint, double precision, bigint, text, text, double precision, bigint, integer, bigint),
  public.record_upload_progress(uuid, uuid, bigint, double precision, bigint, boolean),
  public.finish_job_step(uuid, uuid, bigint, text, text, double precision, jsonb, boolean, jsonb, jsonb),
  public.cancel_publish_job(uuid, uuid),
  public.confirm_job_cancelled(uuid, uuid, text)
  from public, anon, authenticated;
grant execute on function
  private.driven_job_json(public.publish_jobs, timestamptz),
  private.lock_leased_job(uuid, uuid, bigint),
  public.open_publish_job(uuid, uuid, text, text, uuid, double precision, double precision),
  public.create_publish_job(uuid, uuid, uuid, jsonb),
  public.read_publish_job(uuid, uuid),
  public.claim_due_jobs(uuid, double precision, integer, uuid),
  public.begin_post_init(uuid, uuid, bigint, double precision, integer, integer),
  public.record_post_init(uuid, uuid, bigint, double precision, bigint, text, text, double precision, bigint, integer, bigint),
  public.record_upload_progress(uuid, uuid, bigint, double precision, bigint, boolean),
  public.finish_job_step(uuid, uuid, bigint, text, text, double precision, jsonb, boolean, jsonb, jsonb),
  public.cancel_publish_job(uuid, uuid),
  public.confirm_job_cancelled(uuid, uuid, text)
  to service_role;
