-- The steps of whoever reads figures. Every write is fenced by the task's lease, owner and version.

-- Lends the token for a task, and takes its first query with it: {state, token, query}, `token` being an
-- answer of lease_connection_tokens and `state` one of
--   asks, taken, deferred  as go_on says
--   token                  the token is not usable as it is; once it is, ask next_snapshot_query
--   lost                   somebody else reads, or the connection has ended
-- No query is taken where there is no token to send it with.
create function public.begin_snapshot(
  p_connection_id uuid, p_kind text, p_lease_owner uuid, p_lease_version bigint,
  p_lease_seconds double precision, p_source text, p_user_id uuid, p_token_lease_owner uuid,
  p_token_lease_seconds double precision, p_min_remaining_seconds double precision,
  p_queries_a_day integer, p_queries_a_minute integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_token jsonb;
  v_task private.snapshot_tasks;
begin
  -- Before a lease on the tokens is taken, which whoever is lost would leave behind.
  if not exists (
    select 1 from private.snapshot_tasks
     where connection_id = p_connection_id and kind = p_kind
       and lease_owner = p_lease_owner and lease_version = p_lease_version
  ) then
    return jsonb_build_object('state', 'lost');
  end if;
  v_token := public.lease_connection_tokens(
    p_connection_id, p_user_id, p_token_lease_owner, p_token_lease_seconds, p_min_remaining_seconds, null);
  if v_token ->> 'state' is distinct from 'usable' then
    return jsonb_build_object('state', 'token', 'token', v_token);
  end if;
  v_task := private.hold_snapshot(p_connection_id, p_kind, p_lease_owner, p_lease_version);
  if v_task is null then
    return jsonb_build_object('state', 'lost');
  end if;
  return jsonb_build_object('token', v_token) || private.go_on(
    v_task, p_source, true, p_lease_seconds, p_queries_a_day, p_queries_a_minute);
end
$$;

-- A task's next query, for a holder whose token had to be refreshed first, or was refused: {state, query}.
create function public.next_snapshot_query(
  p_connection_id uuid, p_kind text, p_lease_owner uuid, p_lease_version bigint,
  p_lease_seconds double precision, p_source text, p_queries_a_day integer, p_queries_a_minute integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_task private.snapshot_tasks;
begin
  v_task := private.hold_snapshot(p_connection_id, p_kind, p_lease_owner, p_lease_version);
  if v_task is null then
    return jsonb_build_object('state', 'lost');
  end if;
  return private.go_on(
    v_task, p_source, true, p_lease_seconds, p_queries_a_day, p_queries_a_minute);
end
$$;

-- Keeps an account's figures as those of their UTC day, unless later ones are known.
create function private.store_figures(
  p_connection_id uuid, p_source text, p_asked_at timestamptz, p_figures jsonb
) returns void
language sql
set search_path = ''
as $$
  insert into private.profile_days as known
  select p_connection_id, private.utc_day(p_asked_at), p_asked_at, p_source, figures.*
    from jsonb_to_record(p_figures) as figures (
      follower_count bigint, following_count bigint, likes_count bigint, video_count bigint)
  on conflict (connection_id, day) do update set
    taken_at = excluded.taken_at, source = excluded.source,
    follower_count = excluded.follower_count, following_count = excluded.following_count,
    likes_count = excluded.likes_count, video_count = excluded.video_count
  where known.taken_at < excluded.taken_at
$$;

-- Keeps what was read to connect the account, so that it need not be read again at once. The caller
-- holds the connection. `p_account`: of store_connection.
create function private.keep_first_figures(p_connection_id uuid, p_account jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_asked_at timestamptz := (p_account ->> 'asked_at')::timestamptz;
begin
  if jsonb_typeof(p_account -> 'figures') is distinct from 'object' or v_asked_at is null then
    return;
  end if;
  perform from private.analytics_accounts where connection_id = p_connection_id for no key update;
  perform private.store_figures(p_connection_id, 'connect', v_asked_at, p_account -> 'figures');
  update private.snapshot_tasks set taken_at = v_asked_at, due_at = private.next_utc_midnight(v_asked_at)
   where connection_id = p_connection_id and kind = 'profile';
end
$$;

-- Keeps what the platform says of the account: {state}, `taken` or `lost`. `p_account`: {username,
-- display_name, avatar_url}, of which nulls say nothing but for the last. `p_figures`: the four counts;
-- null where the platform gave none, which it owes to whoever granted them.
create function public.store_profile_snapshot(
  p_connection_id uuid, p_lease_owner uuid, p_lease_version bigint, p_source text, p_asked_at timestamptz,
  p_account jsonb, p_figures jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_connection public.platform_connections;
  v_task private.snapshot_tasks;
begin
  select * into v_connection from public.platform_connections where id = p_connection_id for no key update;
  v_task := private.hold_snapshot(p_connection_id, 'profile', p_lease_owner, p_lease_version);
  if v_task is null then
    return jsonb_build_object('state', 'lost');
  end if;
  update public.platform_connections set
    username = coalesce(p_account ->> 'username', username),
    display_name = coalesce(p_account ->> 'display_name', display_name),
    avatar_url = p_account ->> 'avatar_url',
    updated_at = v_now
  where id = p_connection_id;
  if p_figures is not null then
    perform private.store_figures(p_connection_id, p_source, p_asked_at, p_figures);
  end if;
  update private.snapshot_tasks set
    taken_at = p_asked_at,
    failures = 0,
    refused_at = case
      when p_figures is null and private.has_capability(v_connection, 'profile_stats') then v_now
    end
  where connection_id = p_connection_id and kind = 'profile'
  returning * into v_task;
  perform private.release_snapshot(v_task, null, v_now);
  perform private.note_answer(v_task.platform, true, null);
  return jsonb_build_object('state', 'taken');
end
$$;

-- Keeps the videos of one answer, each with its figures of that time. Repeated ids count once; what is
-- known from later stays.
create function private.store_videos(
  p_connection_id uuid, p_source text, p_asked_at timestamptz, p_videos jsonb
) returns void
language plpgsql
set search_path = ''
as $$
begin
  with answered as (
    select distinct on (v.id) v.* from jsonb_to_recordset(p_videos) as v (
      id text, create_time_seconds bigint, title text, share_url text, cover_image_url text,
      view_count bigint, like_count bigint, comment_count bigint, share_count bigint)
  ), stored as (
    insert into private.videos as known (
      connection_id, video_id, created_at, title, share_url, cover_image_url, taken_at,
      view_count, like_count, comment_count, share_count
    )
    select p_connection_id, id, to_timestamp(create_time_seconds), title, share_url, cover_image_url,
           p_asked_at, view_count, like_count, comment_count, share_count
      from answered
    on conflict (connection_id, video_id) do update set
      created_at = coalesce(excluded.created_at, known.created_at),
      title = excluded.title, share_url = excluded.share_url,
      cover_image_url = excluded.cover_image_url, taken_at = excluded.taken_at,
      view_count = excluded.view_count, like_count = excluded.like_count,
      comment_count = excluded.comment_count, share_count = excluded.share_count,
      missed_at = null, gone_at = null
    where known.taken_at < excluded.taken_at
    returning id, view_count, like_count, comment_count, share_count
  )
  insert into private.video_snapshots
  select id, p_asked_at, p_source, view_count, like_count, comment_count, share_count from stored
  on conflict (video, taken_at) do nothing;
end
$$;

-- Keeps a page of videos, and goes on: {state, query}, as go_on says, or `lost`. `p_query`: as it was
-- given out. `p_page`: {videos, cursor_ms, has_more}; of a query by ids the videos alone.
create function public.store_video_page(
  p_connection_id uuid, p_lease_owner uuid, p_lease_version bigint, p_lease_seconds double precision,
  p_source text, p_query jsonb, p_page jsonb, p_goes_on boolean, p_queries_a_day integer,
  p_queries_a_minute integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_asked_at timestamptz := (p_query ->> 'asked_at')::timestamptz;
  v_below_ms bigint := (p_query ->> 'cursor_ms')::bigint;
  v_cursor_ms bigint := (p_page ->> 'cursor_ms')::bigint;
  v_has_more boolean := coalesce((p_page ->> 'has_more')::boolean, false);
  v_ids text[] := array(select jsonb_array_elements(p_page -> 'videos') ->> 'id');
  v_joins boolean;
  v_task private.snapshot_tasks;
begin
  v_task := private.hold_snapshot(p_connection_id, 'videos', p_lease_owner, p_lease_version);
  if v_task is null then
    return jsonb_build_object('state', 'lost');
  end if;
  -- Does this page reach down to what is known?
  v_joins := exists (
    select 1 from private.videos
     where connection_id = p_connection_id and video_id = any (v_ids) and gone_at is null);
  perform private.store_videos(p_connection_id, p_source, v_asked_at, p_page -> 'videos');
  if p_query ->> 'call' = 'query' then
    update private.videos set gone_at = v_asked_at, missed_at = null
     where connection_id = p_connection_id and taken_at < v_asked_at
       and video_id in (select jsonb_array_elements_text(p_query -> 'ids'))
       and video_id <> all (v_ids);
  else
    -- A list that goes on, but does not say where, or not further down, goes on nowhere.
    v_has_more := v_has_more and v_cursor_ms is not null and (v_below_ms is null or v_cursor_ms < v_below_ms);
    -- What lies between this page's two ends and is not on it. The seconds at the ends are left out:
    -- a cursor is finer than the times of videos.
    update private.videos set missed_at = coalesce(missed_at, v_asked_at)
     where connection_id = p_connection_id and gone_at is null and taken_at < v_asked_at
       and (v_below_ms is null or created_at < to_timestamp(v_below_ms / 1000))
       and (not v_has_more or created_at > to_timestamp(v_cursor_ms / 1000))
       and video_id <> all (v_ids);
    update private.snapshot_tasks set
      taken_at = case when v_below_ms is null then v_asked_at else taken_at end,
      listed_at = case
        when not v_has_more then v_asked_at
        -- More is new than fits on a page: there is a hole until the list has been read to its end.
        when v_below_ms is null and not v_joins then null
        else listed_at
      end,
      cursor_ms = case
        when not v_has_more then null
        when v_below_ms is not null then v_cursor_ms
        when cursor_ms is not null and v_joins then cursor_ms
        when listed_at is null or not v_joins
          or listed_at < private.utc_midnight(v_asked_at) - interval '6 days' then v_cursor_ms
      end
    where connection_id = p_connection_id and kind = 'videos'
    returning * into v_task;
  end if;
  update private.snapshot_tasks set failures = 0, refused_at = null
   where connection_id = p_connection_id and kind = 'videos'
  returning * into v_task;
  perform private.note_answer(v_task.platform, true, null);
  return private.go_on(
    v_task, p_source, p_goes_on, p_lease_seconds, p_queries_a_day, p_queries_a_minute);
end
$$;

-- Gives a task back without an answer: {recorded}; false: it was lost. `p_outcome`:
--   failed    tried again in `p_retry_in_seconds`; with `p_pause_seconds` (0 or more) the platform gave no
--             answer to anybody, or wants to be left alone for so long
--   refused   the user has not granted it after all; asked again tomorrow
--   deferred  nothing was asked, or nothing is wrong
create function public.fail_snapshot(
  p_connection_id uuid, p_kind text, p_lease_owner uuid, p_lease_version bigint, p_outcome text,
  p_retry_in_seconds double precision, p_pause_seconds double precision, p_log jsonb
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_task private.snapshot_tasks;
begin
  if p_log is not null then
    perform public.log_error(p_log);
  end if;
  v_task := private.hold_snapshot(p_connection_id, p_kind, p_lease_owner, p_lease_version);
  if v_task is null then
    return jsonb_build_object('recorded', false);
  end if;
  update private.snapshot_tasks set
    failures = failures + (p_outcome = 'failed')::integer,
    refused_at = case when p_outcome = 'refused' then v_now else refused_at end,
    due_at = case
      when p_outcome = 'refused' then private.next_utc_midnight(v_now)
      else v_now + private.seconds(p_retry_in_seconds)
    end,
    lease_owner = null, lease_expires_at = null
  where connection_id = p_connection_id and kind = p_kind;
  if p_pause_seconds is not null then
    perform private.note_answer(v_task.platform, false, p_pause_seconds);
  end if;
  return jsonb_build_object('recorded', true);
end
$$;

revoke all on function
  public.begin_snapshot(uuid, text, uuid, bigint, double precision, text, uuid, uuid, double precision, double precision, integer, integer),
  public.next_snapshot_query(uuid, text, uuid, bigint, double precision, text, integer, integer),
  public.store_profile_snapshot(uuid, uuid, bigint, text, timestamptz, jsonb, jsonb),
  private.store_figures(uuid, text, timestamptz, jsonb),
  private.keep_first_figures(uuid, jsonb),
  private.store_videos(uuid, text, timestamptz, jsonb),
  public.store_video_page(uuid, uuid, bigint, double precision, text, jsonb, jsonb, boolean, integer, integer),
  public.fail_snapshot(uuid, text, uuid, bigint, text, double precision, double precision, jsonb)
  from public, anon, authenticated;
grant execute on function
  public.begin_snapshot(uuid, text, uuid, bigint, double precision, text, uuid, uuid, double precision, double precision, integer, integer),
  public.next_snapshot_query(uuid, text, uuid, bigint, double precision, text, integer, integer),
  public.store_profile_snapshot(uuid, uuid, bigint, text, timestamptz, jsonb, jsonb),
  private.store_figures(uuid, text, timestamptz, jsonb),
  private.keep_first_figures(uuid, jsonb),
  private.store_videos(uuid, text, timestamptz, jsonb),
  public.store_video_page(uuid, uuid, bigint, double precision, text, jsonb, jsonb, boolean, integer, integer),
  public.fail_snapshot(uuid, text, uuid, bigint, text, double precision, double precision, jsonb)
  to service_role;
