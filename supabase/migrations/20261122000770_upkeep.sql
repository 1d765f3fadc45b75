-- What the schedule keeps in order: seals under the current key, and rows that are over.

create index platform_connections_sealing_key_idx
  on public.platform_connections (sealing_key_id, id) where sealing_key_id is not null;
create index token_revocations_sealing_key_idx
  on private.token_revocations (sealing_key_id, connection_id) where sealing_key_id is not null;

-- The keys under which tokens are sealed. Goes from key to key in the indexes, and reads no row.
create function private.sealing_key_ids() returns setof text
language sql stable
set search_path = ''
as $$
  with recursive keys as (
    select least(
      (select min(sealing_key_id) from public.platform_connections),
      (select min(sealing_key_id) from private.token_revocations)) as id
    union all
    select least(
      (select min(sealing_key_id) from public.platform_connections where sealing_key_id > keys.id),
      (select min(sealing_key_id) from private.token_revocations where sealing_key_id > keys.id))
      from keys where keys.id is not null
  )
  select id from keys where id is not null
$$;

-- Rows sealed under one of `p_old_key_ids`, to be sealed anew: {items, missing_key_ids}, the latter
-- being keys in use that are neither these nor `p_key_id`. Among the items the tokens that wait for their
-- revocation (`awaits_revocation`). The sweep begins at `p_from` and goes round, so that sweeps at the
-- same time do not seal the same rows, and rows that do not open hold up no others for ever.
create function public.claim_stale_seals(
  p_key_id text, p_old_key_ids text[], p_from uuid, p_limit integer
) returns jsonb
language plpgsql stable security invoker
set search_path = ''
as $$
declare
  v_in_use text[] := array(select private.sealing_key_ids());
  v_key_id text;
  v_items jsonb := jsonb_build_array();
begin
  foreach v_key_id in array array(
    select unnest(v_in_use) intersect select unnest(p_old_key_ids) except select p_key_id)
  loop
    v_items := v_items || coalesce((
      select jsonb_agg(to_jsonb(stale)) from (
        (select id as connection_id, false as awaits_revocation, access_token_sealed, refresh_token_sealed
           from public.platform_connections where sealing_key_id = v_key_id and id >= p_from
          order by id limit p_limit)
        union all
        (select id, false, access_token_sealed, refresh_token_sealed
           from public.platform_connections where sealing_key_id = v_key_id and id < p_from
          order by id limit p_limit)
        union all
        (select connection_id, true, access_token_sealed, refresh_token_sealed
           from private.token_revocations where sealing_key_id = v_key_id
          order by connection_id limit p_limit)
        limit p_limit - jsonb_array_length(v_items)
      ) as stale
    ), jsonb_build_array());
  end loop;
  return jsonb_build_object(
    'items', v_items,
    'missing_key_ids', to_jsonb(array(
      select unnest(v_in_use) except select unnest(p_old_key_ids) except select p_key_id)));
end
$$;

-- Writes the same tokens under another key: {stored}, how many. `p_items`: [{connection_id,
-- awaits_revocation, old_access_token_sealed, access_token_sealed, refresh_token_sealed}]. What changed
-- meanwhile stays as it is. The version stays too: the tokens are the same, and whoever refreshes them
-- right now may still write.
create function public.store_resealed_tokens(p_items jsonb, p_sealing_key_id text) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_connections integer;
  v_revocations integer;
begin
  -- What is locked is about to change anyway; several rows at once are best not waited for.
  with items as (
    select * from jsonb_to_recordset(p_items) as item (
      connection_id uuid, awaits_revocation boolean, old_access_token_sealed text,
      access_token_sealed text, refresh_token_sealed text)
  ), free as materialized (
    select c.id from public.platform_connections c
     where c.id in (select connection_id from items where not awaits_revocation)
       for no key update skip locked
  )
  update public.platform_connections c set
    access_token_sealed = items.access_token_sealed,
    refresh_token_sealed = items.refresh_token_sealed,
    sealing_key_id = p_sealing_key_id
  from items join free on free.id = items.connection_id
  where c.id = free.id and not items.awaits_revocation
    and c.access_token_sealed = items.old_access_token_sealed;
  get diagnostics v_connections = row_count;
  with items as (
    select * from jsonb_to_recordset(p_items) as item (
      connection_id uuid, awaits_revocation boolean, old_access_token_sealed text,
      access_token_sealed text, refresh_token_sealed text)
  ), free as materialized (
    select r.connection_id from private.token_revocations r
     where r.connection_id in (select connection_id from items where awaits_revocation)
       for no key update skip locked
  )
  update private.token_revocations r set
    access_token_sealed = items.access_token_sealed,
    refresh_token_sealed = items.refresh_token_sealed,
    sealing_key_id = p_sealing_key_id
  from items join free on free.connection_id = items.connection_id
  where r.connection_id = free.connection_id and items.awaits_revocation
    and r.access_token_sealed = items.old_access_token_sealed;
  get diagnostics v_revocations = row_count;
  return jsonb_build_object('stored', v_connections + v_revocations);
end
$$;

-- Removes what is over: error log entries after `p_error_log_days`, states after a day, ended grants
-- after an hour, events and what is left of deleted users after a month. A bounded number a call, so
-- that no tick is long.
create function public.purge_expired(p_error_log_days integer, p_limit integer) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
begin
  -- One of the tick's invocations is enough, and two would wait for each other's rows.
  if not pg_try_advisory_xact_lock(hashtextextended('purge_expired', 0)) then
    return jsonb_build_object('purged', false);
  end if;
  delete from private.error_log where id in (
    select id from private.error_log
     where at < v_now - make_interval(days => p_error_log_days) order by at limit p_limit);
  delete from private.oauth_states where state_hash in (
    select state_hash from private.oauth_states
     where expires_at < v_now - interval '1 day' order by expires_at limit p_limit);
  delete from private.token_revocations where connection_id in (
    select connection_id from private.token_revocations
     where ended_at < v_now - interval '1 hour' order by ended_at limit p_limit);
  delete from private.webhook_events where body_hash in (
    select body_hash from private.webhook_events
     where received_at < v_now - interval '30 days' order by received_at limit p_limit);
  delete from public.platform_connections where id in (
    select id from public.platform_connections
     where user_id is null and status_changed_at < v_now - interval '30 days' limit p_limit);
  return jsonb_build_object('purged', true);
end
$$;

revoke all on function
  private.sealing_key_ids(),
  public.claim_stale_seals(text, text[], uuid, integer),
  public.store_resealed_tokens(jsonb, text),
  public.purge_expired(integer, integer)
  from public, anon, authenticated;
grant execute on function
  private.sealing_key_ids(),
  public.claim_stale_seals(text, text[], uuid, integer),
  public.store_resealed_tokens(jsonb, text),
  public.purge_expired(integer, integer)
  to service_role;
