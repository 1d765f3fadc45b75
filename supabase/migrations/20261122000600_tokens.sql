-- Tokens of any platform: stored, lent out, refreshed by one at a time, and ended.
--
-- Who refreshes holds a lease that outlives the request to the platform; the write that ends the
-- refresh is fenced by the lease's owner and by token_version, so a holder that slept past his
-- lease can no longer write. Everybody else waits for the result.

-- When the schedule should look at a connection next (contract: "warm or dormant"). In use: once
-- less than the larger of five minutes and a fifth of the access token's life is left. Dormant:
-- at half of the refresh token's life, or a day before its next post.
create function private.refresh_due_at(
  p_issued_at timestamptz, p_access_expires_at timestamptz, p_refresh_expires_at timestamptz,
  p_in_use boolean, p_next_post_at timestamptz
) returns timestamptz
language sql immutable
set search_path = ''
as $$
  with times as (
    select
      p_access_expires_at
        - greatest(interval '5 minutes', (p_access_expires_at - p_issued_at) / 5) as warm_at,
      p_issued_at + (p_refresh_expires_at - p_issued_at) / 2 as dormant_at
  )
  select case
    when p_in_use then least(warm_at, dormant_at)
    -- Without a post to come there is no second time: `greatest` alone would pass over the null.
    else least(
      dormant_at,
      case when p_next_post_at is not null
        then greatest(warm_at, p_next_post_at - interval '24 hours') end)
  end from times
$$;

create function private.is_in_use(p_row public.platform_connections, p_now timestamptz)
returns boolean
language sql stable
set search_path = ''
as $$
  select greatest(p_row.connected_at, p_row.last_used_at) > p_now - interval '24 hours'
    or exists (
      select 1 from public.publish_jobs j
       where j.connection_id = p_row.id and j.next_attempt_at <= p_now + interval '24 hours'
    )
$$;

-- The one function that takes a connection out of `active`. Tokens are erased; a platform's grant
-- that is still alive is ended through private.token_revocations, written by the caller.
create function private.end_connection(
  p_row public.platform_connections, p_status text, p_error jsonb
) returns public.platform_connections
language plpgsql
set search_path = ''
as $$
declare
  v_row public.platform_connections;
begin
  if p_status not in ('reconnect_required', 'disconnected') then
    raise exception 'a connection does not end as %', p_status using errcode = 'check_violation';
  end if;
  update public.platform_connections c set
    status = p_status,
    last_error = coalesce(p_error, c.last_error),
    access_token_sealed = null, refresh_token_sealed = null, sealing_key_id = null,
    access_token_expires_at = null, refresh_token_expires_at = null,
    token_version = c.token_version + 1,
    refresh_lease_owner = null, refresh_lease_expires_at = null,
    refresh_due_at = null,
    status_changed_at = case when c.status = p_status then c.status_changed_at else private.now() end,
    updated_at = private.now()
  where c.id = p_row.id
  returning * into v_row;
  if p_status = 'disconnected' then
    perform private.end_jobs_of(p_row.id);
  end if;
  return v_row;
end
$$;

-- Stores what a completed authorization brought: a new connection, or the same account of the same
-- user revived under its old id. `p_account`: {username, display_name, avatar_url}. The tokens are
-- sealed to `p_connection_id`; if another request stored this account meanwhile under another id,
-- nothing is written and {existing_id} comes back, to seal anew and call again.
create function public.store_connection(
  p_connection_id uuid, p_user_id uuid, p_platform text, p_platform_user_id text, p_account jsonb,
  p_scopes text[], p_capabilities jsonb, p_access_token_sealed text, p_refresh_token_sealed text,
  p_sealing_key_id text, p_expires_in_seconds double precision,
  p_refresh_expires_in_seconds double precision
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_access_expires_at timestamptz;
  v_refresh_expires_at timestamptz;
  v_existing uuid;
  v_row public.platform_connections;
begin
  perform pg_advisory_xact_lock(
    hashtextextended('account:' || p_platform || ':' || p_platform_user_id, 0)
  );
  v_now := private.now();
  v_access_expires_at := v_now + private.seconds(p_expires_in_seconds);
  v_refresh_expires_at := v_now + private.seconds(p_refresh_expires_in_seconds);
  select id into v_existing from public.platform_connections
   where user_id = p_user_id and platform = p_platform and platform_user_id = p_platform_user_id;
  if v_existing <> p_connection_id then
    return jsonb_build_object('existing_id', v_existing);
  end if;

  insert into public.platform_connections as c (
    id, user_id, platform, platform_user_id, username, display_name, avatar_url, scopes, status,
    capabilities, connected_at, last_error, access_token_sealed, refresh_token_sealed,
    sealing_key_id, access_token_expires_at, refresh_token_expires_at, token_version,
    tokens_issued_at, refresh_due_at, created_at, updated_at
  ) values (
    p_connection_id, p_user_id, p_platform, p_platform_user_id, p_account ->> 'username',
    p_account ->> 'display_name', p_account ->> 'avatar_url', p_scopes, 'active', p_capabilities,
    v_now, null, p_access_token_sealed, p_refresh_token_sealed, p_sealing_key_id,
    v_access_expires_at, v_refresh_expires_at, 1, v_now,
    private.refresh_due_at(v_now, v_access_expires_at, v_refresh_expires_at, true, null),
    v_now, v_now
  )
  on conflict (id) do update set
    username = excluded.username,
    display_name = excluded.display_name,
    avatar_url = excluded.avatar_url,
    scopes = excluded.scopes,
    status = 'active',
    capabilities = excluded.capabilities,
    connected_at = v_now,
    status_changed_at = v_now,
    last_error = null,
    access_token_sealed = excluded.access_token_sealed,
    refresh_token_sealed = excluded.refresh_token_sealed,
    sealing_key_id = excluded.sealing_key_id,
    access_token_expires_at = excluded.access_token_expires_at,
    refresh_token_expires_at = excluded.refresh_token_expires_at,
    token_version = c.token_version + 1,
    tokens_issued_at = v_now,
    refresh_lease_owner = null,
    refresh_lease_expires_at = null,
    refresh_failures = 0,
    refresh_due_at = excluded.refresh_due_at,
    updated_at = v_now
  returning * into v_row;
  perform private.wake_jobs_of(v_row.id);
  -- The grant lives again: a revocation of an earlier one must not end it.
  delete from private.token_revocations
   where platform = p_platform and platform_user_id = p_platform_user_id;
  return jsonb_build_object('connection', private.connection_json(v_row));
end
$$;

-- How many connections, of all users, hold this account's grant: {count}. The grant belongs to app and
-- account, so it is revoked only when none is left.
create function public.count_live_connections(p_platform text, p_platform_user_id text) returns jsonb
language sql stable security invoker
set search_path = ''
as $$
  select jsonb_build_object('count', count(*))
    from public.platform_connections
   where platform = p_platform and platform_user_id = p_platform_user_id and status = 'active'
$$;

-- Lends the tokens of a connection to a caller. `p_user_id` null: the service itself.
-- `p_rejected_version`: the version whose access token the platform has just refused, or null.
-- Answers null (no such connection of this user) or {state, connection, ...}:
--   usable    access_token_sealed, token_version
--   leased    the caller now holds the lease and must refresh: access_token_sealed,
--             refresh_token_sealed, token_version, access_expires_in_seconds
--   busy      somebody else is refreshing; ask again
--   ended     the connection is reconnect_required or disconnected
create function public.lease_connection_tokens(
  p_connection_id uuid, p_user_id uuid, p_lease_owner uuid, p_lease_seconds double precision,
  p_min_remaining_seconds double precision, p_rejected_version bigint
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_row public.platform_connections;
  v_answer jsonb;
begin
  select * into v_row from public.platform_connections
   where id = p_connection_id and (p_user_id is null or user_id = p_user_id)
   for update;
  if not found then
    return null;
  end if;
  v_now := private.now();
  v_answer := jsonb_build_object('connection', private.connection_json(v_row));
  if v_row.status <> 'active' then
    return v_answer || jsonb_build_object('state', 'ended');
  end if;

  -- A use keeps the connection warm; written at most every ten minutes, so that a busy user does
  -- not cost a write a call.
  if p_user_id is not null
     and (v_row.last_used_at is null or v_row.last_used_at < v_now - interval '10 minutes') then
    update public.platform_connections c set
      last_used_at = v_now,
      refresh_due_at = case
        when c.refresh_failures > 0 then c.refresh_due_at
        else private.refresh_due_at(
          c.tokens_issued_at, c.access_token_expires_at, c.refresh_token_expires_at, true, null)
      end
    where c.id = v_row.id
    returning * into v_row;
  end if;

  if v_row.token_version is distinct from p_rejected_version
     and v_row.access_token_expires_at > v_now + private.seconds(p_min_remaining_seconds) then
    return v_answer || jsonb_build_object(
      'state', 'usable',
      'access_token_sealed', v_row.access_token_sealed,
      'token_version', v_row.token_version
    );
  end if;
  -- The same owner asking again is a repeat of one request, and holds the lease already.
  if v_row.refresh_lease_expires_at > v_now and v_row.refresh_lease_owner <> p_lease_owner then
    return v_answer || jsonb_build_object('state', 'busy');
  end if;
  update public.platform_connections c set
    refresh_lease_owner = p_lease_owner,
    refresh_lease_expires_at = v_now + private.seconds(p_lease_seconds)
  where c.id = v_row.id;
  return v_answer || private.leased_tokens_json(v_row, v_now);
end
$$;

create function private.leased_tokens_json(p_row public.platform_connections, p_now timestamptz)
returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'state', 'leased',
    'connection_id', p_row.id,
    'scopes', to_jsonb(p_row.scopes),
    'access_token_sealed', p_row.access_token_sealed,
    'refresh_token_sealed', p_row.refresh_token_sealed,
    'token_version', p_row.token_version,
    'access_expires_in_seconds', extract(epoch from p_row.access_token_expires_at - p_now),
    'refresh_failures', p_row.refresh_failures
  )
$$;

-- Claims up to `p_limit` connections that the schedule must refresh now: {items: [leased tokens]}.
-- A connection that has gone dormant since it was scheduled is put off instead of refreshed.
create function public.claim_due_tokens(
  p_platform text, p_lease_owner uuid, p_lease_seconds double precision, p_limit integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_row public.platform_connections;
  v_due_at timestamptz;
  v_items jsonb := jsonb_build_array();
  v_seen integer;
begin
  loop
    v_seen := 0;
    for v_row in
      select * from public.platform_connections
       where refresh_due_at <= v_now and platform = p_platform and status = 'active'
         and (refresh_lease_expires_at is null or refresh_lease_expires_at <= v_now)
       order by refresh_due_at
       limit p_limit - jsonb_array_length(v_items)
       for update skip locked
    loop
      v_seen := v_seen + 1;
      v_due_at := private.refresh_due_at(
        v_row.tokens_issued_at, v_row.access_token_expires_at, v_row.refresh_token_expires_at,
        private.is_in_use(v_row, v_now),
        (select min(j.next_attempt_at) from public.publish_jobs j where j.connection_id = v_row.id)
      );
      if v_due_at <= v_now then
        update public.platform_connections set
          refresh_lease_owner = p_lease_owner,
          refresh_lease_expires_at = v_now + private.seconds(p_lease_seconds)
        where id = v_row.id;
        v_items := v_items || private.leased_tokens_json(v_row, v_now);
      else
        update public.platform_connections set refresh_due_at = v_due_at where id = v_row.id;
      end if;
    end loop;
    exit when v_seen = 0 or jsonb_array_length(v_items) >= p_limit;
  end loop;
  return jsonb_build_object('items', v_items);
end
$$;

-- Stores refreshed tokens, both at once: {stored: true, token_version}. {stored: false}: the lease
-- or the version is no longer the caller's, nothing was written. Null for the refresh token's
-- lifetime, the scopes or the capabilities keeps what is there.
create function public.finish_token_refresh(
  p_connection_id uuid, p_lease_owner uuid, p_token_version bigint, p_access_token_sealed text,
  p_refresh_token_sealed text, p_sealing_key_id text, p_expires_in_seconds double precision,
  p_refresh_expires_in_seconds double precision, p_scopes text[], p_capabilities jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_row public.platform_connections;
begin
  update public.platform_connections c set
    access_token_sealed = p_access_token_sealed,
    refresh_token_sealed = p_refresh_token_sealed,
    sealing_key_id = p_sealing_key_id,
    access_token_expires_at = v_now + private.seconds(p_expires_in_seconds),
    refresh_token_expires_at =
      coalesce(v_now + private.seconds(p_refresh_expires_in_seconds), c.refresh_token_expires_at),
    scopes = coalesce(p_scopes, c.scopes),
    capabilities = coalesce(p_capabilities, c.capabilities),
    token_version = c.token_version + 1,
    tokens_issued_at = v_now,
    last_refreshed_at = v_now,
    last_error = null,
    refresh_lease_owner = null,
    refresh_lease_expires_at = null,
    refresh_failures = 0,
    refresh_due_at = private.refresh_due_at(
      v_now, v_now + private.seconds(p_expires_in_seconds),
      coalesce(v_now + private.seconds(p_refresh_expires_in_seconds), c.refresh_token_expires_at),
      private.is_in_use(c, v_now),
      (select min(j.next_attempt_at) from public.publish_jobs j where j.connection_id = c.id)
    ),
    updated_at = v_now
  where c.id = p_connection_id and c.status = 'active'
    and c.refresh_lease_owner = p_lease_owner and c.token_version = p_token_version
    and c.refresh_lease_expires_at > v_now
  returning * into v_row;
  if not found then
    return jsonb_build_object('stored', false);
  end if;
  return jsonb_build_object('stored', true, 'token_version', v_row.token_version);
end
$$;

-- Gives the lease back after a refresh that brought no tokens. `p_reconnect`: the grant is dead;
-- otherwise the schedule tries again in `p_retry_in_seconds`. `p_error`: {code, detail}.
-- `p_log`: an entry for log_error, or null. Answers {recorded}; false: fenced off, nothing written.
create function public.fail_token_refresh(
  p_connection_id uuid, p_lease_owner uuid, p_token_version bigint, p_reconnect boolean,
  p_error jsonb, p_retry_in_seconds double precision, p_log jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_row public.platform_connections;
  v_error jsonb := p_error || jsonb_build_object('at', private.iso(v_now));
begin
  if p_log is not null then
    perform public.log_error(p_log);
  end if;
  select * into v_row from public.platform_connections c
   where c.id = p_connection_id and c.status = 'active'
     and c.refresh_lease_owner = p_lease_owner and c.token_version = p_token_version
   for update;
  if not found then
    return jsonb_build_object('recorded', false);
  end if;
  if p_reconnect then
    perform private.end_connection(v_row, 'reconnect_required', v_error);
  else
    update public.platform_connections c set
      last_error = v_error,
      refresh_failures = c.refresh_failures + 1,
      refresh_due_at = v_now + private.seconds(p_retry_in_seconds),
      refresh_lease_owner = null,
      refresh_lease_expires_at = null,
      updated_at = v_now
    where c.id = v_row.id;
  end if;
  return jsonb_build_object('recorded', true);
end
$$;

revoke all on function
  private.refresh_due_at(timestamptz, timestamptz, timestamptz, boolean, timestamptz),
  private.is_in_use(public.platform_connections, timestamptz),
  private.end_connection(public.platform_connections, text, jsonb),
  private.leased_tokens_json(public.platform_connections, timestamptz),
  public.store_connection(uuid, uuid, text, text, jsonb, text[], jsonb, text, text, text, double precision, double precision),
  public.count_live_connections(text, text),
  public.lease_connection_tokens(uuid, uuid, uuid, double precision, double precision, bigint),
  public.claim_due_tokens(text, uuid, double precision, integer),
  public.finish_token_refresh(uuid, uuid, bigint, text, text, text, double precision, double precision, text[], jsonb),
  public.fail_token_refresh(uuid, uuid, bigint, boolean, jsonb, double precision, jsonb)
  from public, anon, authenticated;
grant execute on function
  private.refresh_due_at(timestamptz, timestamptz, timestamptz, boolean, timestamptz),
  private.is_in_use(public.platform_connections, timestamptz),
  private.end_connection(public.platform_connections, text, jsonb),
  private.leased_tokens_json(public.platform_connections, timestamptz),
  public.store_connection(uuid, uuid, text, text, jsonb, text[], jsonb, text, text, text, double precision, double precision),
  public.count_live_connections(text, text),
  public.lease_connection_tokens(uuid, uuid, uuid, double precision, double precision, bigint),
  public.claim_due_tokens(text, uuid, double precision, integer),
  public.finish_token_refresh(uuid, uuid, bigint, text, text, text, double precision, double precision, text[], jsonb),
  public.fail_token_refresh(uuid, uuid, bigint, boolean, jsonb, double precision, jsonb)
  to service_role;
