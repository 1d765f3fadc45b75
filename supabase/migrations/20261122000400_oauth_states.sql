-- The anti-forgery state of a connection in the making: stored as a hash, used once, ten minutes,
-- and only by the user who initiated (RFC 9700, section 4.7).

create table private.oauth_states (
  state_hash text primary key check (state_hash ~ '^[0-9a-f]{64}$'),
  user_id uuid not null references auth.users (id) on delete cascade,
  platform text not null,
  redirect_uri text not null,
  redirect_to text not null,
  scopes text[] not null,
  code_verifier_sealed text,
  created_at timestamptz not null default private.now(),
  expires_at timestamptz not null,
  consumed_at timestamptz,
  -- Whose request consumed it: a repeat of that very request (a transport may send a POST twice)
  -- gets the same answer, anybody else's gets none.
  consumed_by text
);

create index oauth_states_user_idx on private.oauth_states (user_id, expires_at);
create index oauth_states_expires_idx on private.oauth_states (expires_at);

revoke all on table private.oauth_states from public, anon, authenticated;
grant select, insert, update, delete on table private.oauth_states to service_role;

-- Stores a state. Answers {expires_at}, or {rate_limited: true, retry_after_seconds} when
-- `p_max_live` live ones of this user exist on this platform. A dry run (`p_live` false) counts
-- and stores nothing.
create function public.create_oauth_state(
  p_state_hash text, p_user_id uuid, p_platform text, p_redirect_uri text, p_redirect_to text,
  p_scopes text[], p_code_verifier_sealed text, p_ttl_seconds integer, p_max_live integer,
  p_live boolean
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_live integer;
  v_first timestamptz;
  v_expires_at timestamptz;
begin
  -- Counting and inserting must not interleave with the same user's other requests.
  perform pg_advisory_xact_lock(hashtextextended('oauth_states:' || p_user_id::text, 0));
  v_now := private.now();
  if not p_live then
    return jsonb_build_object('expires_at', private.iso(v_now + private.seconds(p_ttl_seconds)));
  end if;

  -- A transport may send a POST twice: the repeat gets the answer of the first.
  select expires_at into v_expires_at from private.oauth_states
   where state_hash = p_state_hash and user_id = p_user_id and consumed_at is null;
  if found then
    return jsonb_build_object('expires_at', private.iso(v_expires_at));
  end if;

  select count(*), min(expires_at) into v_live, v_first
    from private.oauth_states
   where user_id = p_user_id and platform = p_platform
     and consumed_at is null and expires_at > v_now;
  if v_live >= p_max_live then
    return jsonb_build_object(
      'rate_limited', true,
      'retry_after_seconds', greatest(1, ceil(extract(epoch from v_first - v_now)))
    );
  end if;

  -- A day is kept, so that a late return can be told from a made-up one in the log.
  delete from private.oauth_states
   where user_id = p_user_id and expires_at < v_now - interval '1 day';
  insert into private.oauth_states (
    state_hash, user_id, platform, redirect_uri, redirect_to, scopes, code_verifier_sealed,
    created_at, expires_at
  ) values (
    p_state_hash, p_user_id, p_platform, p_redirect_uri, p_redirect_to, p_scopes,
    p_code_verifier_sealed, v_now, v_now + private.seconds(p_ttl_seconds)
  );
  return jsonb_build_object('expires_at', private.iso(v_now + private.seconds(p_ttl_seconds)));
end
$$;

-- Where a live state wants its browser back: {redirect_to}, or null. Changes nothing.
create function public.read_oauth_state(p_state_hash text, p_platform text) returns jsonb
language sql stable security invoker
set search_path = ''
as $$
  select jsonb_build_object('redirect_to', redirect_to)
    from private.oauth_states
   where state_hash = p_state_hash and platform = p_platform
     and consumed_at is null and expires_at > private.now()
$$;

-- Consumes a live state of this user: {redirect_uri, redirect_to, scopes, code_verifier_sealed,
-- accounts: {<platform_user_id>: <connection id>}, consumed_at}, or null. Another user's stays live.
-- `p_queries_a_day`: the query that looks at the account is taken too; where there is none left, the
-- state stays live, and the answer is {limited: true, retry_after_seconds}.
create function public.consume_oauth_state(
  p_state_hash text, p_user_id uuid, p_platform text, p_request_id text,
  p_queries_a_day integer default null, p_queries_a_minute integer default null
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_state private.oauth_states;
  v_free_at timestamptz;
begin
  -- A repeat of the request has taken its query already.
  if p_queries_a_day is not null then
    perform from private.oauth_states
     where state_hash = p_state_hash and user_id = p_user_id and platform = p_platform
       and expires_at > private.now() and consumed_at is null
       for update;
    if found then
      v_free_at := private.take_query(p_platform, 'connecting', p_queries_a_day, p_queries_a_minute);
      if v_free_at is not null then
        return jsonb_build_object('limited', true, 'retry_after_seconds', private.seconds_until(v_free_at));
      end if;
    end if;
  end if;
  update private.oauth_states
     set consumed_at = coalesce(consumed_at, private.now()), consumed_by = p_request_id
   where state_hash = p_state_hash and user_id = p_user_id and platform = p_platform
     and expires_at > private.now()
     and (consumed_at is null or consumed_by = p_request_id)
  returning * into v_state;
  if not found then
    return null;
  end if;
  return jsonb_build_object(
    'redirect_uri', v_state.redirect_uri,
    'redirect_to', v_state.redirect_to,
    'scopes', to_jsonb(v_state.scopes),
    'code_verifier_sealed', v_state.code_verifier_sealed,
    'consumed_at', private.now(),
    'accounts', coalesce((
      select jsonb_object_agg(c.platform_user_id, c.id)
        from public.platform_connections c
       where c.user_id = p_user_id and c.platform = p_platform
    ), '{}'::jsonb)
  );
end
$$;

revoke all on function
  public.create_oauth_state(text, uuid, text, text, text, text[], text, integer, integer, boolean),
  public.read_oauth_state(text, text),
  public.consume_oauth_state(text, uuid, text, text, integer, integer)
  from public, anon, authenticated;
grant execute on function
  public.create_oauth_state(text, uuid, text, text, text, text[], text, integer, integer, boolean),
  public.read_oauth_state(text, text),
  public.consume_oauth_state(text, uuid, text, text, integer, integer)
  to service_role;
