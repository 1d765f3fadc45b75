-- What the schedule keeps in order: seals under the current key, and rows that are over.

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
  public.claim_stale_seals(text, integer),
  public.store_resealed_tokens(uuid, bigint, text, text, text),
  public.purge_expired(integer, integer)
  from public, anon, authenticated;
grant execute on function
  public.claim_stale_seals(text, integer),
  public.store_resealed_tokens(uuid, bigint, text, text, text),
  public.purge_expired(integer, integer)
  to service_role;
