-- Posts into the queue. How they come out of it is the next file's.

-- Opens a post: {job} for a repeated idempotency key, {conflict: true} where that key came with
-- another request, else what lease_tokens_for_call answers.
create function public.open_publish_job(
  p_connection_id uuid, p_user_id uuid, p_idempotency_key text, p_request_hash text,
  p_lease_owner uuid, p_lease_seconds double precision, p_min_remaining_seconds double precision,
  p_call text, p_calls_a_minute integer
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
  return public.lease_tokens_for_call(
    p_connection_id, p_user_id, p_lease_owner, p_lease_seconds, p_min_remaining_seconds, null,
    p_call, p_calls_a_minute);
end
$$;

-- Takes a post into the queue: {job, created}. `p_job`: {mode, media, post, source, bytes_total,
-- scheduled_at, idempotency_key, request_hash, init_posts_by_itself, ids_expected}. {conflict: true}:
-- the key is taken by another request; {ended: true}: the connection is no longer active; null: not his.
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
      post, source, idempotency_key, request_hash, init_posts_by_itself, ids_expected, created_at,
      updated_at
    ) values (
      p_job_id, p_user_id, p_connection_id, 'queued', (p_job ->> 'bytes_total')::bigint,
      (p_job ->> 'scheduled_at')::timestamptz, v_due_at, p_job ->> 'mode', p_job -> 'media',
      p_job -> 'post', p_job -> 'source', p_job ->> 'idempotency_key', p_job ->> 'request_hash',
      (p_job ->> 'init_posts_by_itself')::boolean, coalesce((p_job ->> 'ids_expected')::boolean, false),
      v_now, v_now
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

revoke all on function
  public.open_publish_job(uuid, uuid, text, text, uuid, double precision, double precision, text, integer),
  public.create_publish_job(uuid, uuid, uuid, jsonb),
  public.read_publish_job(uuid, uuid)
  from public, anon, authenticated;
grant execute on function
  public.open_publish_job(uuid, uuid, text, text, uuid, double precision, double precision, text, integer),
  public.create_publish_job(uuid, uuid, uuid, jsonb),
  public.read_publish_job(uuid, uuid)
  to service_role;
