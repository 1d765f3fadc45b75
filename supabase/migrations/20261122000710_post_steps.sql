-- The steps of a post, each one call and one transaction. A step that acts on the platform writes
-- its intent first; a step that reports back is fenced by the lease, and answers {state: 'lost'}
-- where the lease is no longer the caller's.

-- The row if the caller still holds its lease, locked; else null. Owner and version are the fence:
-- whoever takes an expired lease changes both, and until somebody does, its holder may still write
-- what he has achieved.
create function private.lock_leased_job(p_job_id uuid, p_lease_owner uuid, p_lease_version bigint)
returns public.publish_jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
begin
  select * into v_job from public.publish_jobs
   where id = p_job_id and lease_owner = p_lease_owner and lease_version = p_lease_version
   for update;
  return v_job;
end
$$;

-- Asks leave for an init and writes the intent, under the id that the caller chose: {state: 'go'}.
-- {state: 'wait', job}: no free slot now, the job is queued until there is one; or an earlier init
-- turns out to be accepted, and the job goes on from there. {state: 'unconfirmed', job}: an earlier
-- init of this job, one that posts by itself, was never answered.
create function public.begin_post_init(
  p_job_id uuid, p_lease_owner uuid, p_lease_version bigint, p_lease_seconds double precision,
  p_init_id uuid, p_posts_a_day integer, p_inits_a_minute integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_job public.publish_jobs;
  v_platform text;
  v_platform_user_id text;
  v_slot_at timestamptz;
  v_publish_id text;
begin
  -- The connection before the job, as everywhere: the ledger's row below refers to it, and would wait
  -- for whoever deletes its user, while he waits for this job.
  perform 1 from public.platform_connections
    where id = (select connection_id from public.publish_jobs where id = p_job_id)
    for key share;
  v_job := private.lock_leased_job(p_job_id, p_lease_owner, p_lease_version);
  if v_job.id is null or v_job.status <> 'queued' then
    return jsonb_build_object('state', 'lost');
  end if;
  select platform, platform_user_id into v_platform, v_platform_user_id
    from public.platform_connections where id = v_job.connection_id;
  -- Counting and taking a slot must not interleave with another job of this account.
  perform pg_advisory_xact_lock(
    hashtextextended('call:init:' || v_platform || ':' || v_platform_user_id, 0));
  v_now := private.now();

  if exists (select 1 from private.post_inits where id = p_init_id and outcome = 'sent') then
    return jsonb_build_object('state', 'go', 'init_id', p_init_id);
  end if;
  if v_job.init_posts_by_itself then
    select publish_id into v_publish_id from private.post_inits
     where job_id = p_job_id and outcome = 'accepted' order by sent_at desc limit 1;
    if found then
      -- Its answer came when the lease was lost already, and is in the ledger.
      v_job.publish_id := v_publish_id;
      v_job.submitted_at := v_now;
      v_job := private.move_job(v_job, 'processing', v_now, null, false);
      return jsonb_build_object('state', 'wait', 'job', private.job_json(v_job));
    end if;
    if exists (
      select 1 from private.post_inits where job_id = p_job_id and outcome in ('sent', 'unknown', 'errored')
    ) then
      v_job := private.move_job(v_job, 'unconfirmed', null, private.unanswered_init(), false);
      return jsonb_build_object('state', 'unconfirmed', 'job', private.job_json(v_job));
    end if;
  end if;
  update private.post_inits set outcome = 'unknown' where job_id = p_job_id and outcome = 'sent';

  v_slot_at := private.post_slot_at(
    v_job.connection_id, v_platform, v_platform_user_id, 1, p_posts_a_day, p_inits_a_minute, v_now);
  if v_slot_at is not null then
    v_job.waits_for_slot := true;
    v_job := private.move_job(v_job, 'queued', v_slot_at, v_job.error, false);
    return jsonb_build_object('state', 'wait', 'job', private.job_json(v_job));
  end if;

  insert into private.post_inits (id, job_id, connection_id, sent_at)
  values (p_init_id, p_job_id, v_job.connection_id, v_now);
  perform private.record_call(v_platform, v_platform_user_id, 'init', p_inits_a_minute, v_now);
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
  v_job := private.lock_leased_job(p_job_id, p_lease_owner, p_lease_version);
  -- Once, should the call be repeated on its way.
  update private.post_inits set outcome = 'accepted', publish_id = p_publish_id
   where id = p_init_id and job_id = p_job_id and outcome <> 'accepted';
  if found and v_job.id is null then
    update public.publish_jobs set inits_accepted = inits_accepted + 1 where id = p_job_id;
  elsif found then
    v_job.inits_accepted := v_job.inits_accepted + 1;
  end if;
  if v_job.id is null then
    -- Nobody knew any more whether the platform has it. This holder does.
    select * into v_job from public.publish_jobs where id = p_job_id and status = 'unconfirmed' for update;
    if found then
      v_job.publish_id := p_publish_id;
      v_job.submitted_at := v_now;
      perform private.move_job(v_job, 'processing', v_now, null, false);
    end if;
    return jsonb_build_object('state', 'lost');
  end if;
  v_job.publish_id := p_publish_id;
  v_job.upload_url_sealed := p_upload_url_sealed;
  v_job.upload_expires_at := v_now + private.seconds(p_upload_expires_in_seconds);
  v_job.chunk_size_bytes := p_chunk_size_bytes;
  v_job.chunk_count := p_chunk_count;
  v_job.bytes_total := coalesce(p_bytes_total, v_job.bytes_total);
  v_job.bytes_sent := 0;
  -- With one chunk, the next request is the one that lets the platform post.
  v_job.last_chunk_sent_at := case when p_chunk_count = 1 then v_now end;
  v_job.submitted_at := case when p_upload_url_sealed is null then v_now end;
  v_job.failures := 0;
  v_job.lease_expires_at := v_now + private.seconds(p_lease_seconds);
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
    -- Never taken back: that it is not there yet does not mean that it is not on its way.
    last_chunk_sent_at = coalesce(last_chunk_sent_at, case when p_last_chunk_next then v_now end),
    failures = 0,
    lapses = 0,
    lease_expires_at = v_now + private.seconds(p_lease_seconds),
    updated_at = v_now
  where id = p_job_id and lease_owner = p_lease_owner and lease_version = p_lease_version
    and status = 'uploading';
  return jsonb_build_object('state', case when found then 'ok' else 'lost' end);
end
$$;

-- Ids are only ever added: an answer or event that was longer on its way knows less.
create function private.add_post_ids(p_known text[], p_told text[]) returns text[]
language plpgsql immutable
set search_path = ''
as $$
begin
  return p_known || array(
    select distinct id from unnest(p_told) as id where id is not null and id <> all (p_known));
end
$$;

-- What a step changes besides the status, as finish_job_step is told; not written yet.
create function private.apply_changes(p_job public.publish_jobs, p_changes jsonb, p_now timestamptz)
returns public.publish_jobs
language plpgsql
set search_path = ''
as $$
begin
  if p_changes ? 'init_failed' then
    update private.post_inits set outcome = 'failed' where job_id = p_job.id and outcome = 'accepted';
  end if;
  if p_changes ? 'post_ids' then
    p_job.post_ids := private.add_post_ids(
      p_job.post_ids, array(select jsonb_array_elements_text(p_changes -> 'post_ids')));
  end if;
  if p_changes ? 'failed_attempt' then
    p_job.failures := p_job.failures + 1;
  end if;
  if p_changes ? 'submitted' then
    p_job.submitted_at := p_now;
    p_job.bytes_sent := coalesce(p_job.bytes_total, p_job.bytes_sent);
  end if;
  return p_job;
end
$$;

-- Ends a step: moves the job from `p_from_status`, which is part of the fence (an earlier write of
-- the same holder may have gone through although its answer was lost), to `p_status`, and gives the
-- lease back, or keeps it for the next step.
-- `p_next_attempt_in_seconds`: when an unsettled job is due again. `p_changes`, all optional:
--   init_id, init_outcome   what became of an init that was not accepted
--   post_ids                ids of the post that the platform told; known ones are kept
--   init_failed             the platform itself says that the accepted init came to nothing
--   submitted               the bytes are all there, processing begins
--   failed_attempt          counts towards the attempts that are made without progress
--   keep_error              nothing was tried, and the error of the last try stays
-- `p_log`: an entry for log_error, or null. Answers {state: 'lost'} or {state: 'ok', job}; of a job
-- whose lease was given back, the status is all there is to be told.
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
  if p_changes <> '{}' then
    v_job := private.apply_changes(v_job, p_changes, v_now);
  end if;
  if p_status = 'queued' then
    -- Back in the queue, the post begins anew.
    v_job.publish_id := null;
    v_job.submitted_at := null;
    v_job.last_chunk_sent_at := null;
    v_job.bytes_sent := 0;
  end if;
  v_job := private.move_job(
    v_job, p_status, v_now + private.seconds(p_next_attempt_in_seconds),
    case when p_changes ? 'keep_error' then v_job.error else p_error end, p_keep_lease);
  if p_from_status = 'queued' and p_status = 'failed' then
    perform private.pass_turn_on(v_job);
  end if;
  return jsonb_build_object(
    'state', 'ok',
    'job', case when p_keep_lease then private.driven_job_json(v_job, v_now)
                else jsonb_build_object('status', v_job.status) end);
end
$$;

revoke all on function
  private.lock_leased_job(uuid, uuid, bigint),
  private.add_post_ids(text[], text[]),
  private.apply_changes(public.publish_jobs, jsonb, timestamptz),
  public.begin_post_init(uuid, uuid, bigint, double precision, uuid, integer, integer),
  public.record_post_init(uuid, uuid, bigint, double precision, uuid, text, text, double precision, bigint, integer, bigint),
  public.record_upload_progress(uuid, uuid, bigint, double precision, bigint, boolean),
  public.finish_job_step(uuid, uuid, bigint, text, text, double precision, jsonb, boolean, jsonb, jsonb)
  from public, anon, authenticated;
grant execute on function
  private.lock_leased_job(uuid, uuid, bigint),
  private.add_post_ids(text[], text[]),
  private.apply_changes(public.publish_jobs, jsonb, timestamptz),
  public.begin_post_init(uuid, uuid, bigint, double precision, uuid, integer, integer),
  public.record_post_init(uuid, uuid, bigint, double precision, uuid, text, text, double precision, bigint, integer, bigint),
  public.record_upload_progress(uuid, uuid, bigint, double precision, bigint, boolean),
  public.finish_job_step(uuid, uuid, bigint, text, text, double precision, jsonb, boolean, jsonb, jsonb)
  to service_role;
