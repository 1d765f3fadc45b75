-- Tokens of any platform: stored, lent out, refreshed by one at a time, and ended. Functions of a step
-- are in plpgsql, which keeps its plans: one in SQL would be planned anew with each call.
--
-- Who refreshes holds a lease that outlives the request to the platform; the write that ends the
-- refresh is fenced by the lease's owner and by token_version, so a holder that slept until another
-- took over can no longer write. Everybody else waits for the result.

-- When the schedule should look at a connection next (contract: "warm or dormant"). In use: once
-- less than the larger of five minutes and a fifth of the access token's life is left. Dormant:
-- shortly before half of the refresh token's life, or a day before its next post. How shortly differs
-- from grant to grant, so that accounts that were connected together do not all come due together.
create function private.refresh_due_at(
  p_issued_at timestamptz, p_access_expires_at timestamptz, p_refresh_expires_at timestamptz,
  p_in_use boolean, p_next_post_at timestamptz
) returns timestamptz
language plpgsql immutable
set search_path = ''
as $$
declare
  v_warm_at timestamptz := p_access_expires_at
    - greatest(interval '5 minutes', (p_access_expires_at - p_issued_at) / 5);
  v_dormant_at timestamptz := p_issued_at + (p_refresh_expires_at - p_issued_at) * (
    0.495 - 0.015 * (hashint8((extract(epoch from p_issued_at) * 1000000)::bigint) & 65535) / 65536
  );
begin
  return case
    when p_in_use then least(v_warm_at, v_dormant_at)
    -- Without a post to come there is no second time: `greatest` alone would pass over the null.
    else least(
      v_dormant_at,
      case when p_next_post_at is not null
        then greatest(v_warm_at, p_next_post_at - interval '24 hours') end)
  end;
end
$$;

create function private.is_in_use(p_row public.platform_connections, p_now timestamptz)
returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  if greatest(p_row.connected_at, p_row.last_used_at) > p_now - interval '24 hours' then
    return true;
  end if;
  return exists (
    select 1 from public.publish_jobs j
     where j.connection_id = p_row.id and j.next_attempt_at <= p_now + interval '24 hours');
end
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

-- Whoever connects, disconnects or revokes an account waits for the others. Locks are taken in one
-- order everywhere: the connection's row, the account, jobs. The row first, because the deletion of a
-- user cannot do otherwise. A row is locked for no key update: a job's driver, who holds his job,
-- refers to it by foreign keys, which must not wait for whoever waits for that job.
create function private.lock_account(p_platform text, p_platform_user_id text) returns void
language sql
set search_path = ''
as $$
  select pg_advisory_xact_lock(
    hashtextextended('account:' || p_platform || ':' || p_platform_user_id, 0))
$$;

-- Stores what a completed authorization brought: a new connection, or the same account of the same
-- user revived under its old id. `p_account`: {username, display_name, avatar_url}, and of platforms
-- that tell figures {figures, asked_at}, the first of their history; `asked` {name, a_minute} is the
-- call made to learn this that the platform limits by account. The tokens are
-- sealed to `p_connection_id`; if another request stored this account meanwhile under another id,
-- nothing is written and {existing_id} comes back, to seal anew and call again.
--
-- A platform's grant belongs to app and account, so the revocation of an earlier one may end this one
-- too. {revoking: true}: one is under way; ask again. {prove_since}: one has ended since
-- `p_alive_since`, the last time when this grant was known to live; look whether it still does, and
-- call again with `prove_since`.
create function public.store_connection(
  p_connection_id uuid, p_user_id uuid, p_platform text, p_platform_user_id text, p_account jsonb,
  p_scopes text[], p_capabilities jsonb, p_access_token_sealed text, p_refresh_token_sealed text,
  p_sealing_key_id text, p_expires_in_seconds double precision,
  p_refresh_expires_in_seconds double precision, p_alive_since timestamptz
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_access_expires_at timestamptz;
  v_refresh_expires_at timestamptz;
  v_seen uuid;
  v_existing uuid;
  v_row public.platform_connections;
begin
  select id into v_seen from public.platform_connections
   where user_id = p_user_id and platform = p_platform and platform_user_id = p_platform_user_id
   for no key update;
  perform private.lock_account(p_platform, p_platform_user_id);
  select id into v_existing from public.platform_connections
   where user_id = p_user_id and platform = p_platform and platform_user_id = p_platform_user_id;
  if v_existing is distinct from v_seen or v_existing <> p_connection_id then
    return jsonb_build_object('existing_id', coalesce(v_existing, p_connection_id));
  end if;
  v_now := private.now();
  if exists (
    select 1 from private.token_revocations
     where platform = p_platform and platform_user_id = p_platform_user_id
       and lease_expires_at > v_now
  ) then
    return jsonb_build_object('revoking', true);
  end if;
  if exists (
    select 1 from private.token_revocations
     where platform = p_platform and platform_user_id = p_platform_user_id
       -- A try that never reported back may have ended it too.
       and coalesce(ended_at, lease_expires_at) >= p_alive_since
  ) then
    return jsonb_build_object('prove_since', v_now);
  end if;
  v_access_expires_at := v_now + private.seconds(p_expires_in_seconds);
  v_refresh_expires_at := v_now + private.seconds(p_refresh_expires_in_seconds);

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
  where c.user_id = p_user_id
  returning * into v_row;
  if not found then
    raise exception 'the user of connection % was deleted', p_connection_id
      using errcode = 'foreign_key_violation';
  end if;
  perform private.wake_jobs_of(v_row.id);
  perform private.keep_first_figures(v_row.id, p_account);
  if jsonb_typeof(p_account -> 'asked') = 'object' then
    perform private.record_call(
      p_platform, p_platform_user_id, p_account #>> '{asked,name}',
      (p_account #>> '{asked,a_minute}')::integer, v_now);
  end if;
  -- The grant lives again: a revocation of an earlier one must not end it.
  delete from private.token_revocations
   where platform = p_platform and platform_user_id = p_platform_user_id and ended_at is null;
  return jsonb_build_object('connection', private.connection_json(v_row));
end
$$;

-- Keeps what was learnt of one feature of a connection: {stored}.
create function public.store_capability(
  p_connection_id uuid, p_user_id uuid, p_feature text, p_capability jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
begin
  update public.platform_connections set
    capabilities = capabilities || jsonb_build_object(p_feature, p_capability),
    updated_at = private.now()
  where id = p_connection_id and user_id = p_user_id and status = 'active';
  return jsonb_build_object('stored', found);
end
$$;

revoke all on function
  private.refresh_due_at(timestamptz, timestamptz, timestamptz, boolean, timestamptz),
  private.is_in_use(public.platform_connections, timestamptz),
  private.end_connection(public.platform_connections, text, jsonb),
  private.lock_account(text, text),
  public.store_connection(uuid, uuid, text, text, jsonb, text[], jsonb, text, text, text, double precision, double precision, timestamptz),
  public.store_capability(uuid, uuid, text, jsonb)
  from public, anon, authenticated;
grant execute on function
  private.refresh_due_at(timestamptz, timestamptz, timestamptz, boolean, timestamptz),
  private.is_in_use(public.platform_connections, timestamptz),
  private.end_connection(public.platform_connections, text, jsonb),
  private.lock_account(text, text),
  public.store_connection(uuid, uuid, text, text, jsonb, text[], jsonb, text, text, text, double precision, double precision, timestamptz),
  public.store_capability(uuid, uuid, text, jsonb)
  to service_role;
