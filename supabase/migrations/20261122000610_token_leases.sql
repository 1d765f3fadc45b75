-- Tokens lent out, and refreshed by one at a time.

-- Lends the tokens of a connection to a caller. `p_user_id` null: the service itself.
-- `p_rejected_version`: the version whose access token the platform has just refused, or null.
-- `p_seen_failures`: what the first `busy` told, for a caller who has waited since; else null.
-- Answers null (no such connection of this user) or {state, connection, ...}:
--   usable    access_token_sealed, token_version: the token has `p_min_remaining_seconds` of life
--             left, or half of its life where that is shorter
--   leased    the caller now holds the lease and must refresh: access_token_sealed,
--             refresh_token_sealed, token_version, access_expires_in_seconds
--   busy      somebody else is refreshing; ask again: refresh_failures
--   failed    that refresh brought no tokens, and connection.last_error says why
--   ended     the connection is reconnect_required or disconnected
create function public.lease_connection_tokens(
  p_connection_id uuid, p_user_id uuid, p_lease_owner uuid, p_lease_seconds double precision,
  p_min_remaining_seconds double precision, p_rejected_version bigint,
  p_seen_failures integer default null
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
   for no key update;
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
     and v_row.access_token_expires_at > v_now + least(
       private.seconds(p_min_remaining_seconds),
       (v_row.access_token_expires_at - v_row.tokens_issued_at) / 2) then
    return v_answer || jsonb_build_object(
      'state', 'usable',
      'access_token_sealed', v_row.access_token_sealed,
      'token_version', v_row.token_version
    );
  end if;
  -- The same owner asking again is a repeat of one request, and holds the lease already.
  if v_row.refresh_lease_expires_at > v_now and v_row.refresh_lease_owner <> p_lease_owner then
    return v_answer || jsonb_build_object('state', 'busy', 'refresh_failures', v_row.refresh_failures);
  end if;
  -- Those who waited share the result, or each would ask the same platform in turn.
  if v_row.refresh_failures > p_seen_failures then
    return v_answer || jsonb_build_object('state', 'failed');
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
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'state', 'leased',
    'connection_id', p_row.id,
    'platform_user_id', p_row.platform_user_id,
    'scopes', to_jsonb(p_row.scopes),
    'access_token_sealed', p_row.access_token_sealed,
    'refresh_token_sealed', p_row.refresh_token_sealed,
    'token_version', p_row.token_version,
    'access_expires_in_seconds', extract(epoch from p_row.access_token_expires_at - p_now),
    'refresh_failures', p_row.refresh_failures
  );
end
$$;

-- Claims up to `p_limit` connections that the schedule must refresh now: {items: [leased tokens]}.
-- A connection that has gone dormant since it was scheduled is put off instead of refreshed, and makes
-- room for others that are due, but not without end.
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
  for v_round in 1..20 loop
    v_seen := 0;
    for v_row in
      select * from public.platform_connections
       where refresh_due_at <= v_now and platform = p_platform and status = 'active'
         and (refresh_lease_expires_at is null or refresh_lease_expires_at <= v_now)
       order by refresh_due_at
       limit p_limit - jsonb_array_length(v_items)
       for no key update skip locked
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
-- lifetime, the scopes or the capabilities keeps what is there. A lease that ran out but that nobody
-- took is still its holder's: the platform has rotated the tokens, and to refuse them would lose the grant.
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
  returning * into v_row;
  if not found then
    perform private.keep_for_revocation(
      p_connection_id, p_token_version, p_access_token_sealed, p_refresh_token_sealed,
      p_sealing_key_id, p_expires_in_seconds);
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
  select * into v_row from public.platform_connections c
   where c.id = p_connection_id and c.status = 'active'
     and c.refresh_lease_owner = p_lease_owner and c.token_version = p_token_version
   for no key update;
  if not found then
    return jsonb_build_object('recorded', false);
  end if;
  if p_log is not null then
    perform public.log_error(p_log);
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
  private.leased_tokens_json(public.platform_connections, timestamptz),
  public.lease_connection_tokens(uuid, uuid, uuid, double precision, double precision, bigint, integer),
  public.claim_due_tokens(text, uuid, double precision, integer),
  public.finish_token_refresh(uuid, uuid, bigint, text, text, text, double precision, double precision, text[], jsonb),
  public.fail_token_refresh(uuid, uuid, bigint, boolean, jsonb, double precision, jsonb)
  from public, anon, authenticated;
grant execute on function
  private.leased_tokens_json(public.platform_connections, timestamptz),
  public.lease_connection_tokens(uuid, uuid, uuid, double precision, double precision, bigint, integer),
  public.claim_due_tokens(text, uuid, double precision, integer),
  public.finish_token_refresh(uuid, uuid, bigint, text, text, text, double precision, double precision, text[], jsonb),
  public.fail_token_refresh(uuid, uuid, bigint, boolean, jsonb, double precision, jsonb)
  to service_role;
