-- How a connection ends: by its user, by the deletion of that user, or by the platform's word. A
-- grant that is still alive is ended at the platform too, and that is retried until it is done.

-- Grants to end. No foreign key: a row outlives its connection and its user. Tokens stay sealed to
-- the place they had in platform_connections. A grant that has been ended is remembered for an hour,
-- without its tokens: who connected the account meanwhile must know (public.store_connection).
create table private.token_revocations (
  connection_id uuid primary key,
  platform text not null,
  platform_user_id text not null,
  access_token_sealed text,
  refresh_token_sealed text,
  sealing_key_id text,
  access_token_expires_at timestamptz not null,
  attempts integer not null default 0,
  -- null = the grant has been ended.
  next_attempt_at timestamptz,
  lease_owner uuid,
  lease_expires_at timestamptz,
  created_at timestamptz not null default private.now(),
  ended_at timestamptz,

  constraint token_revocations_ended_has_none check (
    (ended_at is null) = (access_token_sealed is not null)
    and (ended_at is null) = (refresh_token_sealed is not null)
    and (ended_at is null) = (sealing_key_id is not null)
    and (ended_at is null) = (next_attempt_at is not null)
  )
);

create index token_revocations_due_idx
  on private.token_revocations (next_attempt_at) where next_attempt_at is not null;
create index token_revocations_ended_idx
  on private.token_revocations (ended_at) where ended_at is not null;
create index token_revocations_account_idx on private.token_revocations (platform, platform_user_id);

revoke all on table private.token_revocations from public, anon, authenticated;
grant select, insert, update, delete on table private.token_revocations to service_role;

-- Queues a grant's end, or takes newer tokens of the same grant. Whoever tries with older ones right
-- now must not end the row: he loses his lease.
create function private.queue_revocation(
  p_connection_id uuid, p_platform text, p_platform_user_id text, p_access_token_sealed text,
  p_refresh_token_sealed text, p_sealing_key_id text, p_access_token_expires_at timestamptz,
  p_now timestamptz
) returns void
language sql
set search_path = ''
as $$
  insert into private.token_revocations (
    connection_id, platform, platform_user_id, access_token_sealed, refresh_token_sealed,
    sealing_key_id, access_token_expires_at, next_attempt_at, created_at
  ) values (
    p_connection_id, p_platform, p_platform_user_id, p_access_token_sealed,
    p_refresh_token_sealed, p_sealing_key_id, p_access_token_expires_at, p_now, p_now
  )
  on conflict (connection_id) do update set
    access_token_sealed = excluded.access_token_sealed,
    refresh_token_sealed = excluded.refresh_token_sealed,
    sealing_key_id = excluded.sealing_key_id,
    access_token_expires_at = excluded.access_token_expires_at,
    attempts = 0, next_attempt_at = p_now, lease_owner = null, lease_expires_at = null,
    ended_at = null
$$;

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
    perform private.queue_revocation(
      p_row.id, p_row.platform, p_row.platform_user_id, p_row.access_token_sealed,
      p_row.refresh_token_sealed, p_row.sealing_key_id, p_row.access_token_expires_at, p_now);
  end if;
  return private.end_connection(p_row, 'disconnected', null);
end
$$;

-- A refresh was under way when its connection was disconnected: the tokens that it brought are the
-- ones that live now, and so the ones to revoke. `p_token_version` is the version before the end.
create function private.keep_for_revocation(
  p_connection_id uuid, p_token_version bigint, p_access_token_sealed text,
  p_refresh_token_sealed text, p_sealing_key_id text, p_expires_in_seconds double precision
) returns void
language sql
set search_path = ''
as $$
  select private.queue_revocation(
    c.id, c.platform, c.platform_user_id, p_access_token_sealed, p_refresh_token_sealed,
    p_sealing_key_id, private.now() + private.seconds(p_expires_in_seconds), private.now())
    from public.platform_connections c
   where c.id = p_connection_id and c.status = 'disconnected'
     and c.token_version = p_token_version + 1
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
   where id = p_connection_id and user_id = p_user_id for no key update;
  if not found then
    return null;
  end if;
  perform private.lock_account(v_row.platform, v_row.platform_user_id);
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
  select * into v_row from public.platform_connections where id = new.id;
  if v_row.status <> 'disconnected' then
    perform private.disconnect(v_row, private.now());
  end if;
  update public.platform_connections set
    username = null, display_name = null, avatar_url = null, last_error = null
  where id = new.id;
  update public.publish_jobs set
    post = null, source = null, media = jsonb_build_object('type', media ->> 'type')
  where connection_id = new.id;
  return null;
end
$$;

create trigger end_connections_of_deleted_user
  after update of user_id on public.platform_connections
  for each row when (old.user_id is not null and new.user_id is null)
  execute function private.end_connections_of_deleted_user();

-- Queues the grant of an account that was not connected in the end, under an id made up for it.
create function public.queue_revocation(
  p_connection_id uuid, p_platform text, p_platform_user_id text, p_access_token_sealed text,
  p_refresh_token_sealed text, p_sealing_key_id text, p_expires_in_seconds double precision
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
begin
  -- A repeat must not take the lease from whoever is at it.
  if not exists (
    select 1 from private.token_revocations where connection_id = p_connection_id
  ) then
    perform private.queue_revocation(
      p_connection_id, p_platform, p_platform_user_id, p_access_token_sealed,
      p_refresh_token_sealed, p_sealing_key_id,
      private.now() + private.seconds(p_expires_in_seconds), private.now());
  end if;
  return jsonb_build_object('queued', true);
end
$$;

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
    -- Who stores a connection of this account right now holds its lock; this grant may live again.
    continue when not pg_try_advisory_xact_lock(
      hashtextextended('account:' || v_row.platform || ':' || v_row.platform_user_id, 0));
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
        'platform_user_id', v_row.platform_user_id,
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

-- Ends one try, fenced by the lease: done (the tokens go), or again in `p_retry_in_seconds`, with
-- tokens that a refresh brought meanwhile, if any. Answers {recorded}.
create function public.finish_revocation(
  p_connection_id uuid, p_lease_owner uuid, p_done boolean, p_retry_in_seconds double precision,
  p_access_token_sealed text, p_refresh_token_sealed text, p_sealing_key_id text,
  p_expires_in_seconds double precision, p_log jsonb
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
    update private.token_revocations set
      access_token_sealed = null, refresh_token_sealed = null, sealing_key_id = null,
      next_attempt_at = null, lease_owner = null, lease_expires_at = null,
      ended_at = v_now
    where connection_id = p_connection_id and lease_owner = p_lease_owner;
  else
    update private.token_revocations set
      access_token_sealed = coalesce(p_access_token_sealed, access_token_sealed),
      refresh_token_sealed = coalesce(p_refresh_token_sealed, refresh_token_sealed),
      sealing_key_id = coalesce(p_sealing_key_id, sealing_key_id),
      access_token_expires_at =
        coalesce(v_now + private.seconds(p_expires_in_seconds), access_token_expires_at),
      next_attempt_at = v_now + private.seconds(p_retry_in_seconds),
      lease_owner = null, lease_expires_at = null
    where connection_id = p_connection_id and lease_owner = p_lease_owner;
  end if;
  return jsonb_build_object('recorded', found);
end
$$;

revoke all on function
  private.queue_revocation(uuid, text, text, text, text, text, timestamptz, timestamptz),
  private.disconnect(public.platform_connections, timestamptz),
  private.keep_for_revocation(uuid, bigint, text, text, text, double precision),
  private.end_connections_of_deleted_user(),
  public.disconnect_connection(uuid, uuid),
  public.queue_revocation(uuid, text, text, text, text, text, double precision),
  public.claim_due_revocations(text, uuid, double precision, integer, uuid),
  public.finish_revocation(uuid, uuid, boolean, double precision, text, text, text, double precision, jsonb)
  from public, anon, authenticated;
grant execute on function
  private.queue_revocation(uuid, text, text, text, text, text, timestamptz, timestamptz),
  private.disconnect(public.platform_connections, timestamptz),
  private.keep_for_revocation(uuid, bigint, text, text, text, double precision),
  public.disconnect_connection(uuid, uuid),
  public.queue_revocation(uuid, text, text, text, text, text, double precision),
  public.claim_due_revocations(text, uuid, double precision, integer, uuid),
  public.finish_revocation(uuid, uuid, boolean, double precision, text, text, text, double precision, jsonb)
  to service_role;
