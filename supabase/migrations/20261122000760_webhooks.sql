-- What a platform tells by itself.

-- Events that were received, by the hash of their bytes: at least once becomes once.
create table private.webhook_events (
  body_hash text primary key check (body_hash ~ '^[0-9a-f]{64}$'),
  platform text not null,
  event text not null,
  received_at timestamptz not null default private.now()
);

create index webhook_events_received_idx on private.webhook_events (received_at);

revoke all on table private.webhook_events from public, anon, authenticated;
grant select, insert, delete on table private.webhook_events to service_role;

-- Takes a platform's event, once: {repeated} or {applied}, the number of rows it changed. `p_event`:
-- {kind: 'authorization_removed', platform_user_id, at, error}
-- {kind: 'post', platform_user_id, publish_id, status: published|sent_to_inbox|failed|cancelled,
--  post_id, may_be_retried, error}
-- {kind: 'other'}
create function public.receive_webhook(
  p_body_hash text, p_platform text, p_name text, p_event jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_applied integer := 0;
begin
  insert into private.webhook_events (body_hash, platform, event)
  values (p_body_hash, p_platform, left(p_name, 200))
  on conflict do nothing;
  if not found then
    return jsonb_build_object('repeated', true);
  end if;
  if p_event ->> 'kind' = 'authorization_removed' then
    v_applied := private.remove_authorization(p_platform, p_event);
  elsif p_event ->> 'kind' = 'post' then
    v_applied := private.settle_by_event(p_platform, p_event);
  end if;
  return jsonb_build_object('applied', v_applied);
end
$$;

-- The platform's user took the grant back. Whole seconds: that is how exact the event's time is; one
-- that is older than the connection speaks of an earlier grant.
create function private.remove_authorization(p_platform text, p_event jsonb) returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_account text := p_event ->> 'platform_user_id';
  v_at timestamptz := (p_event ->> 'at')::timestamptz;
  v_row public.platform_connections;
  v_count integer := 0;
begin
  perform 1 from public.platform_connections
    where platform = p_platform and platform_user_id = v_account
    order by id for no key update;
  perform private.lock_account(p_platform, v_account);
  -- What a revocation wanted is done, maybe by that very revocation, whose answer is still on its way.
  update private.token_revocations set
    access_token_sealed = null, refresh_token_sealed = null, sealing_key_id = null,
    next_attempt_at = null, lease_owner = null, lease_expires_at = null,
    ended_at = private.now()
   where platform = p_platform and platform_user_id = v_account
     and ended_at is null and created_at <= v_at + interval '1 second';
  for v_row in
    select * from public.platform_connections c
     where c.platform = p_platform and c.platform_user_id = v_account
       and c.status = 'active' and date_trunc('second', c.connected_at) <= v_at
  loop
    perform private.end_connection(
      v_row, 'reconnect_required',
      (p_event -> 'error') || jsonb_build_object('at', private.iso(private.now())));
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

-- What an event says of the post with that publish_id, if its job may still be moved so. Events come
-- in any order and more than once: what is known already, or older than that, changes nothing.
create function private.settle_by_event(p_platform text, p_event jsonb) returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
  v_status text := p_event ->> 'status';
begin
  select j.* into v_job
    from public.publish_jobs j
    join public.platform_connections c on c.id = j.connection_id
   where j.publish_id = p_event ->> 'publish_id'
     and c.platform = p_platform and c.platform_user_id = p_event ->> 'platform_user_id'
   for update of j;
  if not found or v_status is null or not private.is_legal_move(v_job.status, v_status) then
    return 0;
  end if;
  if v_status = 'failed' and (p_event ->> 'may_be_retried')::boolean then
    -- Whether it is, is decided where the platform's own answer about it is read: at once.
    update public.publish_jobs set
      next_attempt_at = least(next_attempt_at, private.now()), updated_at = private.now()
    where id = v_job.id;
    return 1;
  end if;
  v_job.post_ids := private.add_post_ids(v_job.post_ids, array[p_event ->> 'post_id']);
  perform private.move_job(v_job, v_status, null, nullif(p_event -> 'error', 'null'::jsonb), false);
  return 1;
end
$$;

revoke all on function
  private.remove_authorization(text, jsonb),
  private.settle_by_event(text, jsonb),
  public.receive_webhook(text, text, text, jsonb)
  from public, anon, authenticated;
grant execute on function
  private.remove_authorization(text, jsonb),
  private.settle_by_event(text, jsonb),
  public.receive_webhook(text, text, text, jsonb)
  to service_role;
