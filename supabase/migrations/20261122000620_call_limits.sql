-- How often a platform may be asked for one account in a minute.
--
-- Platforms count requests by token, in a sliding minute. Here they are counted by account: two
-- connections of one account have a token each, a refresh makes another one, and whichever of these
-- the platform tells apart, an account that stays below the limit does so with every token.

-- One row for each kind of call that was ever made for an account. Updated in place: no index names
-- a column that changes.
create table private.call_windows (
  platform text not null,
  platform_user_id text not null,
  call text not null,
  -- The newest calls, oldest first; no more than the limit needs.
  taken_at timestamptz[] not null,
  primary key (platform, platform_user_id, call)
) with (fillfactor = 70);

revoke all on table private.call_windows from public, anon, authenticated;
grant select, insert, update, delete on table private.call_windows to service_role;

-- When there is room for one more call, for `p_turn` - 1 others go before it; null: now. A second
-- more than the minute, since one call may be longer on its way than the next.
create function private.call_free_at(
  p_taken_at timestamptz[], p_calls_a_minute integer, p_turn integer, p_now timestamptz
) returns timestamptz
language plpgsql immutable
set search_path = ''
as $$
declare
  v_free_at timestamptz;
begin
  if p_turn > p_calls_a_minute then
    return p_now + interval '61 seconds' * ((p_turn - 1) / p_calls_a_minute);
  end if;
  v_free_at := p_taken_at[cardinality(p_taken_at) - p_calls_a_minute + p_turn] + interval '61 seconds';
  return case when v_free_at > p_now then v_free_at end;
end
$$;

-- Writes down a call that is about to be made. The caller has made sure that there is room.
create function private.record_call(
  p_platform text, p_platform_user_id text, p_call text, p_calls_a_minute integer,
  p_now timestamptz
) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.call_windows as w (platform, platform_user_id, call, taken_at)
  values (p_platform, p_platform_user_id, p_call, array[p_now])
  on conflict (platform, platform_user_id, call) do update set
    taken_at = (w.taken_at || p_now)[greatest(cardinality(w.taken_at) + 2 - p_calls_a_minute, 1):];
end
$$;

-- Takes room for one call: null, or when there will be some.
create function private.take_call(
  p_platform text, p_platform_user_id text, p_call text, p_calls_a_minute integer
) returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
  v_taken_at timestamptz[];
  v_now timestamptz;
  v_free_at timestamptz;
begin
  -- The lock also where there is no row to lock yet.
  perform pg_advisory_xact_lock(
    hashtextextended('call:' || p_call || ':' || p_platform || ':' || p_platform_user_id, 0));
  v_now := private.now();
  select taken_at into v_taken_at from private.call_windows
   where platform = p_platform and platform_user_id = p_platform_user_id and call = p_call;
  v_free_at := private.call_free_at(v_taken_at, p_calls_a_minute, 1, v_now);
  if v_free_at is null then
    perform private.record_call(p_platform, p_platform_user_id, p_call, p_calls_a_minute, v_now);
  end if;
  return v_free_at;
end
$$;

-- Lends a connection's tokens, as lease_connection_tokens does, for one call of a kind that the
-- platform limits, which takes its room in the same transaction. `p_call` null: no such call. One
-- more answer: {state: 'limited', connection, retry_after_seconds}. No room is taken where the token
-- has to be refreshed first; ask again then.
create function public.lease_tokens_for_call(
  p_connection_id uuid, p_user_id uuid, p_lease_owner uuid, p_lease_seconds double precision,
  p_min_remaining_seconds double precision, p_rejected_version bigint, p_call text,
  p_calls_a_minute integer, p_seen_failures integer default null
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_answer jsonb := public.lease_connection_tokens(
    p_connection_id, p_user_id, p_lease_owner, p_lease_seconds, p_min_remaining_seconds,
    p_rejected_version, p_seen_failures);
  v_free_at timestamptz;
begin
  if p_call is null or v_answer ->> 'state' is distinct from 'usable' then
    return v_answer;
  end if;
  v_free_at := private.take_call(
    v_answer #>> '{connection,platform}', v_answer #>> '{connection,platform_user_id}', p_call,
    p_calls_a_minute);
  if v_free_at is null then
    return v_answer;
  end if;
  return jsonb_build_object(
    'state', 'limited',
    'connection', v_answer -> 'connection',
    'retry_after_seconds', greatest(1, ceil(extract(epoch from v_free_at - private.now())))
  );
end
$$;

revoke all on function
  private.call_free_at(timestamptz[], integer, integer, timestamptz),
  private.record_call(text, text, text, integer, timestamptz),
  private.take_call(text, text, text, integer),
  public.lease_tokens_for_call(uuid, uuid, uuid, double precision, double precision, bigint, text, integer, integer)
  from public, anon, authenticated;
grant execute on function
  private.call_free_at(timestamptz[], integer, integer, timestamptz),
  private.record_call(text, text, text, integer, timestamptz),
  private.take_call(text, text, text, integer),
  public.lease_tokens_for_call(uuid, uuid, uuid, double precision, double precision, bigint, text, integer, integer)
  to service_role;
