-- Taking a post back.

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
  v_cancelled public.publish_jobs;
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
    v_cancelled := private.move_job(v_job, 'cancelled', null, null, false);
    if v_job.status = 'queued' then
      perform private.pass_turn_on(v_job);
    end if;
    return jsonb_build_object('state', 'cancelled', 'job', private.job_json(v_cancelled));
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
  public.cancel_publish_job(uuid, uuid),
  public.confirm_job_cancelled(uuid, uuid, text)
  from public, anon, authenticated;
grant execute on function
  public.cancel_publish_job(uuid, uuid),
  public.confirm_job_cancelled(uuid, uuid, text)
  to service_role;
