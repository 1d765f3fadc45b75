-- How a connection ends: by its user, by the deletion of that user, or by the platform's word. A
-- grant that is still alive is ended at the platform too, and that is retried until it is done.

-- Grants to end. No foreign key: a row outlives its connection and its user. Tokens stay sealed to
-- the place they had in platform_connections.
create table private.token_revocations (
  connection_id uuid primary key,
  platform text not null,
  platform_user_id text not null,
  access_token_sealed text not null,
  refresh_token_sealed text not null,
  access_token_expires_at timestamptz not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  lease_owner uuid,
  lease_expires_at timestamptz,
  created_at timestamptz not null default private.now()
);

create index token_revocations_due_idx on private.token_revocations (next_attempt_at);
create index token_revocations_account_idx on private.token_revocations (platform, platform_user_id);

revoke all on table private.token_revocations from public, anon, authenticated;
grant select, insert, update, delete on table private.token_revocations to service_role;

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

-- Takes a connection away from its user: the tokens are erased from it at once, and wait for their
-- revocation unless another connection lives on the same grant. The caller holds the account's lock.
create function private.disconnect(p_row public.platform_connections, p_now timestamptz)
returns public.platform_connections
language plpgsql
set search_path = ''
as $$
begin
  if p_row.status = 'active' and not exists (
    select 1 from public.platform_connections other
     where other.platform = p_row.platform and other.platform_user_id = p_row.platform_user_id
       and other.status = 'active' and other.id <> p_row.id
  ) then
    insert into private.token_revocations (
      connection_id, platform, platform_user_id, access_token_sealed, refresh_token_sealed,
      access_token_expires_at, next_attempt_at, created_at
    ) values (
      p_row.id, p_row.platform, p_row.platform_user_id, p_row.access_token_sealed,
      p_row.refresh_token_sealed, p_row.access_token_expires_at, p_now, p_now
    )
    on conflict (connection_id) do update set
      access_token_sealed = excluded.access_token_sealed,
      refresh_token_sealed = excluded.refresh_token_sealed,
      access_token_expires_at = excluded.access_token_expires_at,
      attempts = 0, next_attempt_at = p_now, lease_owner = null, lease_expires_at = null;
  end if;
  return private.end_connection(p_row, 'disconnected', null);
end
$$;

create function private.lock_account(p_platform text, p_platform_user_id text) returns void
language sql
set search_path = ''
as $$
  select pg_advisory_xact_lock(
    hashtextextended('account:' || p_platform || ':' || p_platform_user_id, 0))
$$;

-- Disconnects: null (no such connection of this user) or {connection}. Repeating it changes nothing.
create function public.disconnect_connection(p_connection_id uuid, p_user_id uuid) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_row public.platform_connections;
begin
  select * into v_row from public.platform_connections
   where id = p_connection_id and user_id = p_user_id;
  if not found then
    return null;
  end if;
  perform private.lock_account(v_row.platform, v_row.platform_user_id);
  select * into v_row from public.platform_connections
   where id = p_connection_id and user_id = p_user_id for update;
  if not found then
    return null;
  end if;
  if v_row.status <> 'disconnected' then
    v_row := private.disconnect(v_row, private.now());
  end if;
  return jsonb_build_object('connection', private.connection_json(v_row));
end
$$;

-- A deleted user's connections end as if he had disconnected them; what told of him is erased.
-- SECURITY DEFINER: it fires inside the deletion of an auth.users row, as whoever deletes it, and
-- that role (Supabase Auth's own, for one) has no rights here and needs none.
create function private.end_connections_of_deleted_user() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  v_row public.platform_connections;
begin
  perform private.lock_account(new.platform, new.platform_user_id);
  select * into v_row from public.platform_connections where id = new.id for update;
  if v_row.status <> 'disconnected' then
    perform private.disconnect(v_row, private.now());
  end if;
  update public.platform_connections set
    username = null, display_name = null, avatar_url = null, last_error = null
  where id = new.id;
  return null;
end
$$;

create trigger end_connections_of_deleted_user
  after update of user_id on public.platform_connections
  for each row when (old.user_id is not null and new.user_id is null)
  execute function private.end_connections_of_deleted_user();

-- Claims grants that are due to be revoked: {items}. One that a live connection has taken up again
-- since is left alone.
create function public.claim_due_revocations(
  p_platform text, p_lease_owner uuid, p_lease_seconds double precision, p_limit integer,
  p_connection_id uuid
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_row private.token_revocations;
  v_items jsonb := jsonb_build_array();
begin
  for v_row in
    select * from private.token_revocations
     where platform = p_platform and next_attempt_at <= v_now
       and (p_connection_id is null or connection_id = p_connection_id)
       and (lease_expires_at is null or lease_expires_at <= v_now)
     order by next_attempt_at
     limit p_limit
     for update skip locked
  loop
    if exists (
      select 1 from public.platform_connections c
       where c.platform = v_row.platform and c.platform_user_id = v_row.platform_user_id
         and c.status = 'active'
    ) then
      delete from private.token_revocations where connection_id = v_row.connection_id;
    else
      update private.token_revocations set
        lease_owner = p_lease_owner,
        lease_expires_at = v_now + private.seconds(p_lease_seconds),
        attempts = attempts + 1
      where connection_id = v_row.connection_id
      returning * into v_row;
      v_items := v_items || jsonb_build_object(
        'connection_id', v_row.connection_id,
        'access_token_sealed', v_row.access_token_sealed,
        'refresh_token_sealed', v_row.refresh_token_sealed,
        'access_expires_in_seconds', extract(epoch from v_row.access_token_expires_at - v_now),
        'attempts', v_row.attempts
      );
    end if;
  end loop;
  return jsonb_build_object('items', v_items);
end
$$;

-- Ends one try, fenced by the lease: done (the row goes), or again in `p_retry_in_seconds`, with
-- tokens that a refresh brought meanwhile, if any. Answers {recorded}.
create function public.finish_revocation(
  p_connection_id uuid, p_lease_owner uuid, p_done boolean, p_retry_in_seconds double precision,
  p_access_token_sealed text, p_refresh_token_sealed text, p_expires_in_seconds double precision,
  p_log jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
begin
  if p_log is not null then
    perform public.log_error(p_log);
  end if;
  if p_done then
    delete from private.token_revocations
     where connection_id = p_connection_id and lease_owner = p_lease_owner;
  else
    update private.token_revocations set
      access_token_sealed = coalesce(p_access_token_sealed, access_token_sealed),
      refresh_token_sealed = coalesce(p_refresh_token_sealed, refresh_token_sealed),
      access_token_expires_at =
        coalesce(v_now + private.seconds(p_expires_in_seconds), access_token_expires_at),
      next_attempt_at = v_now + private.seconds(p_retry_in_seconds),
      lease_owner = null, lease_expires_at = null
    where connection_id = p_connection_id and lease_owner = p_lease_owner;
  end if;
  return jsonb_build_object('recorded', found);
end
$$;

-- Takes a platform's event, once: {repeated} or {applied}, the number of rows it changed. `p_event`:
-- {kind: 'authorization_removed', platform_user_id, at, error}
-- {kind: 'post', platform_user_id, publish_id, status: published|sent_to_inbox|failed|null,
--  post_id, error}
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
  v_row public.platform_connections;
  v_count integer := 0;
begin
  perform private.lock_account(p_platform, p_event ->> 'platform_user_id');
  delete from private.token_revocations
   where platform = p_platform and platform_user_id = p_event ->> 'platform_user_id'
     and created_at <= (p_event ->> 'at')::timestamptz + interval '1 second';
  for v_row in
    select * from public.platform_connections
     where platform = p_platform and platform_user_id = p_event ->> 'platform_user_id'
       and status = 'active'
       and date_trunc('second', connected_at) <= (p_event ->> 'at')::timestamptz
     order by id for update
  loop
    perform private.end_connection(
      v_row, 'reconnect_required',
      (p_event -> 'error') || jsonb_build_object('at', private.iso(private.now())));
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

-- What an event says of the post with that publish_id, if its job may still be moved so.
create function private.settle_by_event(p_platform text, p_event jsonb) returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
  v_status text := p_event ->> 'status';
  v_post_id text := p_event ->> 'post_id';
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
  if v_post_id is not null and v_post_id <> all (v_job.post_ids) then
    update public.publish_jobs set post_ids = post_ids || v_post_id where id = v_job.id
    returning * into v_job;
  end if;
  perform private.move_job(v_job, v_status, null, nullif(p_event -> 'error', 'null'::jsonb), false);
  return 1;
end
$$;

-- Rows sealed under another key than `p_key_id`, to be sealed anew: {items}.
create function public.claim_stale_seals(p_key_id text, p_limit integer) returns jsonb
language sql stable security invoker
set search_path = ''
as $$
  select jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
    'connection_id', id,
    'token_version', token_version,
    'access_token_sealed', access_token_sealed,
    'refresh_token_sealed', refresh_token_sealed
  )), jsonb_build_array()))
  from (
    select id, token_version, access_token_sealed, refresh_token_sealed
      from public.platform_connections
     where sealing_key_id is not null and sealing_key_id <> p_key_id
     order by id limit p_limit
  ) as stale
$$;

create index platform_connections_sealing_key_idx
  on public.platform_connections (sealing_key_id) where sealing_key_id is not null;

-- Writes the same tokens under another key: {stored}. False where they changed meanwhile.
create function public.store_resealed_tokens(
  p_connection_id uuid, p_token_version bigint, p_access_token_sealed text,
  p_refresh_token_sealed text, p_sealing_key_id text
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
begin
  -- The version stays: the tokens are the same, and whoever refreshes them right now may still write.
  update public.platform_connections set
    access_token_sealed = p_access_token_sealed,
    refresh_token_sealed = p_refresh_token_sealed,
    sealing_key_id = p_sealing_key_id
  where id = p_connection_id and token_version = p_token_version and status = 'active';
  return jsonb_build_object('stored', found);
end
$$;

-- Removes what is over: error log entries after `p_error_log_days`, states after a day, events after
-- a month. A bounded number a call, so that no tick is long.
create function public.purge_expired(p_error_log_days integer, p_limit integer) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
begin
  delete from private.error_log where id in (
    select id from private.error_log
     where at < v_now - make_interval(days => p_error_log_days) order by at limit p_limit);
  delete from private.oauth_states where state_hash in (
    select state_hash from private.oauth_states
     where expires_at < v_now - interval '1 day' order by expires_at limit p_limit);
  delete from private.webhook_events where body_hash in (
    select body_hash from private.webhook_events
     where received_at < v_now - interval '30 days' order by received_at limit p_limit);
  return jsonb_build_object('purged', true);
end
$$;

revoke all on function
  private.disconnect(public.platform_connections, timestamptz),
  private.lock_account(text, text),
  private.end_connections_of_deleted_user(),
  private.remove_authorization(text, jsonb),
  private.settle_by_event(text, jsonb),
  public.disconnect_connection(uuid, uuid),
  public.claim_due_revocations(text, uuid, double precision, integer, uuid),
  public.finish_revocation(uuid, uuid, boolean, double precision, text, text, double precision, jsonb),
  public.receive_webhook(text, text, text, jsonb),
  public.claim_stale_seals(text, integer),
  public.store_resealed_tokens(uuid, bigint, text, text, text),
  public.purge_expired(integer, integer)
  from public, anon, authenticated;
grant execute on function
  private.disconnect(public.platform_connections, timestamptz),
  private.lock_account(text, text),
  private.remove_authorization(text, jsonb),
  private.settle_by_event(text, jsonb),
  public.disconnect_connection(uuid, uuid),
  public.claim_due_revocations(text, uuid, double precision, integer, uuid),
  public.finish_revocation(uuid, uuid, boolean, double precision, text, text, double precision, jsonb),
  public.receive_webhook(text, text, text, jsonb),
  public.claim_stale_seals(text, integer),
  public.store_resealed_tokens(uuid, bigint, text, text, text),
  public.purge_expired(integer, integer)
  to service_role;
