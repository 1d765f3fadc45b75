-- Reading figures: who reads what, with which query, and what becomes of the answer. What to ask next
-- follows from what is stored, so that whoever comes after a crash goes on where it was.

-- One account's part of the day's queries, and never less than `p_least`. Counts the accounts no further
-- than to where that is what is left.
create function private.query_share(p_platform text, p_queries_a_day integer, p_least integer)
returns integer
language sql stable
set search_path = ''
-- Along the index, as far as it counts: the planner does not know how early that ends.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
  select greatest(p_least, private.queries_for_figures(p_queries_a_day) / greatest(1, count(*)))::integer
    from (
      select from private.snapshot_tasks
       where platform = p_platform and kind = 'profile' and due_at is not null
       limit private.queries_for_figures(p_queries_a_day) / p_least + 1
    ) as accounts
$$;

-- How old figures may be for somebody who looks: ten minutes, until he has spent his part of the day, or
-- twenty queries, on it; then an hour.
create function private.look_max_age(
  p_account private.analytics_accounts, p_queries_a_day integer, p_now timestamptz
) returns interval
language sql stable
set search_path = ''
as $$
  select case
    when p_account.queries_on = private.utc_day(p_now)
      and p_account.queries_for_looks >= private.query_share(p_account.platform, p_queries_a_day, 20)
      then interval '1 hour'
    else interval '10 minutes'
  end
$$;

-- The next query of a task: {call: 'user'}, {call: 'list', cursor_ms} or {call: 'query', ids}; null:
-- there is nothing to ask. `p_max_age`: of whoever looks; null for the schedule.
--
-- Videos: first the top of the list, which has what is new. Then the list on to its end, where it was
-- not read to its end within a week, or another one went on below its top. Then by their ids those
-- that the list did not show although it should have, and those that are due. Of whoever looks the first
-- hundred are to be as new as the top; further down they are read again before their covers expire.
create function private.next_query(
  p_task private.snapshot_tasks, p_max_age interval, p_now timestamptz
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_top_due_at timestamptz;
  v_ids text[];
begin
  v_top_due_at := case
    when p_max_age is not null then p_task.taken_at + p_max_age
    when p_task.kind = 'profile' then private.next_utc_midnight(p_task.taken_at)
    else private.top_due_at(p_task)
  end;
  if v_top_due_at is null or v_top_due_at <= p_now then
    return jsonb_build_object('call', case p_task.kind when 'profile' then 'user' else 'list' end);
  end if;
  if p_task.kind = 'profile' then
    return null;
  end if;
  if p_task.cursor_ms is not null then
    return jsonb_build_object('call', 'list', 'cursor_ms', p_task.cursor_ms);
  end if;
  if p_max_age is null then
    v_ids := array(
      select video_id from private.videos
       where connection_id = p_task.connection_id and gone_at is null and missed_at is not null
       order by created_at desc nulls last limit 20);
    if cardinality(v_ids) = 0 then
      v_ids := array(
        select video_id from private.videos
         where connection_id = p_task.connection_id and gone_at is null
           and created_at > p_now - interval '30 days'
           and private.video_due_at(created_at, taken_at) <= p_now
         order by created_at desc limit 20);
    end if;
  else
    v_ids := array(
      select video_id from (
        select video_id, taken_at, missed_at,
               row_number() over (order by created_at desc nulls last, video_id desc) as place
          from private.videos
         where connection_id = p_task.connection_id and gone_at is null
      ) as newest
       where missed_at is not null
          or taken_at <= p_now - case when place <= 100 then p_max_age else interval '5 hours' end
       order by place limit 20);
  end if;
  return case when cardinality(v_ids) > 0 then jsonb_build_object('call', 'query', 'ids', v_ids) end;
end
$$;

-- When the top of the list is due: with its newest video, and every UTC day for those to come.
create function private.top_due_at(p_task private.snapshot_tasks) returns timestamptz
language sql stable
set search_path = ''
as $$
  select private.video_due_at((
    select max(created_at) from private.videos
     where connection_id = p_task.connection_id and gone_at is null
  ), p_task.taken_at)
$$;

-- When the schedule has something to ask next.
create function private.snapshot_due_at(p_task private.snapshot_tasks, p_now timestamptz)
returns timestamptz
language plpgsql stable
set search_path = ''
as $$
begin
  if private.next_query(p_task, null, p_now) is not null then
    return p_now;
  end if;
  if p_task.kind = 'profile' then
    return private.next_utc_midnight(p_task.taken_at);
  end if;
  return least(private.top_due_at(p_task), (
    select min(private.video_due_at(created_at, taken_at)) from private.videos
     where connection_id = p_task.connection_id and gone_at is null
       and created_at > p_now - interval '30 days' and taken_at < p_task.taken_at));
end
$$;

-- Leases a task that the caller has locked, and gives it as its holder sees it.
create function private.lease_snapshot(
  p_connection_id uuid, p_kind text, p_lease_owner uuid, p_lease_expires_at timestamptz
) returns jsonb
language sql
set search_path = ''
as $$
  update private.snapshot_tasks set
    lease_owner = p_lease_owner,
    lease_version = lease_version + 1,
    lease_expires_at = p_lease_expires_at
  where connection_id = p_connection_id and kind = p_kind
  returning jsonb_build_object(
    'connection_id', connection_id, 'kind', kind, 'lease_version', lease_version, 'failures', failures)
$$;

-- Hands out up to `p_limit` tasks that are due, as many as there are queries for: {items, deferred}. The others are put off to when there will be some. First come those
-- whose account has had less than its part of the day; among them those whose owners have looked within a
-- week; then whoever had the least.
create function public.claim_due_snapshots(
  p_platform text, p_lease_owner uuid, p_lease_seconds double precision, p_limit integer,
  p_queries_a_day integer, p_queries_a_minute integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_today date := private.utc_day(v_now);
  v_room record := private.query_room(
    private.query_day(p_platform, v_now), 'schedule', p_queries_a_day, p_queries_a_minute, v_now);
  v_share integer := private.query_share(p_platform, p_queries_a_day, 2);
  v_task record;
  v_items jsonb := jsonb_build_array();
  v_deferred integer := 0;
begin
  for v_task in
    select t.connection_id, t.kind
      from private.snapshot_tasks t
      join private.analytics_accounts a on a.connection_id = t.connection_id
      cross join lateral (
        select case when a.queries_on = v_today then a.queries_for_schedule + a.queries_for_looks else 0 end as taken
      ) as queries
     where t.platform = p_platform and t.due_at <= v_now
       and (t.lease_expires_at is null or t.lease_expires_at <= v_now)
     order by queries.taken >= v_share, (a.looked_at > v_now - interval '7 days') is true desc,
              queries.taken, t.due_at
     limit p_limit
     for no key update of t skip locked
  loop
    if jsonb_array_length(v_items) < v_room.room then
      v_items := v_items || private.lease_snapshot(
        v_task.connection_id, v_task.kind, p_lease_owner, v_now + private.seconds(p_lease_seconds));
    else
      update private.snapshot_tasks set due_at = v_room.free_at
       where connection_id = v_task.connection_id and kind = v_task.kind;
      v_deferred := v_deferred + 1;
    end if;
  end loop;
  return jsonb_build_object('items', v_items, 'deferred', v_deferred);
end
$$;

-- The task, if this is its holder, and its account; locked in order.
create function private.hold_snapshot(
  p_connection_id uuid, p_kind text, p_lease_owner uuid, p_lease_version bigint
) returns private.snapshot_tasks
language plpgsql
set search_path = ''
as $$
declare
  v_task private.snapshot_tasks;
begin
  perform from private.analytics_accounts where connection_id = p_connection_id for no key update;
  select * into v_task from private.snapshot_tasks
   where connection_id = p_connection_id and kind = p_kind
     and lease_owner = p_lease_owner and lease_version = p_lease_version
     for no key update;
  return v_task;
end
$$;

-- Ends the holder's turn; `p_due_at` null: when there is something to ask next.
create function private.release_snapshot(
  p_task private.snapshot_tasks, p_due_at timestamptz, p_now timestamptz
) returns void
language sql
set search_path = ''
as $$
  update private.snapshot_tasks set
    due_at = coalesce(p_due_at, private.snapshot_due_at(p_task, p_now)),
    lease_owner = null, lease_expires_at = null
  where connection_id = p_task.connection_id and kind = p_task.kind
$$;

-- Goes on with a task: takes its next query, or ends the turn. Answers {state, query}:
--   asks      send `query`, of which `asked_at` is the time
--   taken     there is nothing left to ask
--   deferred  there is, but not now: for want of queries, or because the holder stops (`p_goes_on`)
-- Called last, since whoever takes a query makes others wait.
create function private.go_on(
  p_task private.snapshot_tasks, p_source text, p_goes_on boolean, p_lease_seconds double precision,
  p_queries_a_day integer, p_queries_a_minute integer
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_account private.analytics_accounts;
  v_query jsonb;
  v_free_at timestamptz;
begin
  select * into v_account from private.analytics_accounts where connection_id = p_task.connection_id;
  v_query := private.next_query(p_task,
    case p_source when 'look' then private.look_max_age(v_account, p_queries_a_day, v_now) end, v_now);
  if v_query is null then
    perform private.release_snapshot(p_task, null, v_now);
    return jsonb_build_object('state', 'taken');
  end if;
  if not p_goes_on then
    perform private.release_snapshot(p_task, null, v_now);
    return jsonb_build_object('state', 'deferred');
  end if;
  v_free_at := private.take_query(p_task.platform, p_source, p_queries_a_day, p_queries_a_minute);
  if v_free_at is not null then
    perform private.release_snapshot(p_task, v_free_at, v_now);
    return jsonb_build_object('state', 'deferred');
  end if;
  -- Read anew: whoever takes a query may have waited for it.
  v_now := private.now();
  update private.analytics_accounts a set
    queries_on = private.utc_day(v_now),
    queries_for_schedule = (p_source = 'schedule')::integer
      + case when a.queries_on = private.utc_day(v_now) then a.queries_for_schedule else 0 end,
    queries_for_looks = (p_source = 'look')::integer
      + case when a.queries_on = private.utc_day(v_now) then a.queries_for_looks else 0 end
  where a.connection_id = p_task.connection_id;
  update private.snapshot_tasks set lease_expires_at = v_now + private.seconds(p_lease_seconds)
   where connection_id = p_task.connection_id and kind = p_task.kind;
  return jsonb_build_object('state', 'asks', 'query', v_query || jsonb_build_object('asked_at', v_now));
end
$$;

revoke all on function
  private.query_share(text, integer, integer),
  private.look_max_age(private.analytics_accounts, integer, timestamptz),
  private.next_query(private.snapshot_tasks, interval, timestamptz),
  private.top_due_at(private.snapshot_tasks),
  private.snapshot_due_at(private.snapshot_tasks, timestamptz),
  private.lease_snapshot(uuid, text, uuid, timestamptz),
  private.hold_snapshot(uuid, text, uuid, bigint),
  private.release_snapshot(private.snapshot_tasks, timestamptz, timestamptz),
  private.go_on(private.snapshot_tasks, text, boolean, double precision, integer, integer),
  public.claim_due_snapshots(text, uuid, double precision, integer, integer, integer)
  from public, anon, authenticated;
grant execute on function
  private.query_share(text, integer, integer),
  private.look_max_age(private.analytics_accounts, integer, timestamptz),
  private.next_query(private.snapshot_tasks, interval, timestamptz),
  private.top_due_at(private.snapshot_tasks),
  private.snapshot_due_at(private.snapshot_tasks, timestamptz),
  private.lease_snapshot(uuid, text, uuid, timestamptz),
  private.hold_snapshot(uuid, text, uuid, bigint),
  private.release_snapshot(private.snapshot_tasks, timestamptz, timestamptz),
  private.go_on(private.snapshot_tasks, text, boolean, double precision, integer, integer),
  public.claim_due_snapshots(text, uuid, double precision, integer, integer, integer)
  to service_role;
