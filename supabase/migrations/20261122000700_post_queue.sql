-- Posts into the queue, and out of it to a driver.

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
    'inits_accepted', (
      select count(*) from private.post_inits i
       where i.job_id = p_row.id and i.outcome in ('accepted', 'failed')),
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
          'The account had to be connected again, and was not within seven days. Connect it and post again.'
        ), false);
        v_failed := v_failed + 1;
      end if;
    end loop;
    exit when v_seen = 0 or v_failed + jsonb_array_length(v_items) >= p_limit;
  end loop;
  return jsonb_build_object('items', v_items, 'failed', v_failed);
end
$$;

revoke all on function
  private.driven_job_json(public.publish_jobs, timestamptz),
  public.open_publish_job(uuid, uuid, text, text, uuid, double precision, double precision),
  public.create_publish_job(uuid, uuid, uuid, jsonb),
  public.read_publish_job(uuid, uuid),
  public.claim_due_jobs(uuid, double precision, integer, uuid)
  from public, anon, authenticated;
grant execute on function
  private.driven_job_json(public.publish_jobs, timestamptz),
  public.open_publish_job(uuid, uuid, text, text, uuid, double precision, double precision),
  public.create_publish_job(uuid, uuid, uuid, jsonb),
  public.read_publish_job(uuid, uuid),
  public.claim_due_jobs(uuid, double precision, integer, uuid)
  to service_role;
