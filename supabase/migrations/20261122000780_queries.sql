-- How often a platform may be asked for figures: so many queries a UTC day and a minute for the whole
-- app, whoever it is about. A tenth of the day is kept for connecting accounts.
--
-- A query is counted when it is about to be sent, in the transaction of the step that sends it: whoever
-- dies on the way has spent it, and the platform never sees more than was counted. The day's row is
-- what all steps wait for, so each takes it last.

create table private.query_days (
  platform text not null,
  -- In UTC.
  day date not null,
  taken_for_figures integer not null default 0,
  taken_for_connecting integer not null default 0,
  -- The last minute in which one was taken, how many in it, and how many in the minute before.
  minute timestamptz not null default '-infinity',
  taken_in_minute integer not null default 0,
  taken_in_minute_before integer not null default 0,
  -- How many queries in a row the platform has not answered. From the fifth on figures pause, longer
  -- and longer: while it is down, the day's queries are not spent on finding that out.
  failures integer not null default 0,
  paused_until timestamptz not null default '-infinity',
  primary key (platform, day)
) with (fillfactor = 50);

comment on table private.query_days is 'Queries sent to each platform, one row a UTC day.';

revoke all on table private.query_days from public, anon, authenticated;
grant select, insert, update, delete on table private.query_days to service_role;

-- The beginning of a moment's UTC day, and of the one after it.
create function private.utc_midnight(p_at timestamptz) returns timestamptz
language sql immutable parallel safe
set search_path = ''
as $$ select date_trunc('day', p_at at time zone 'UTC') at time zone 'UTC' $$;

create function private.next_utc_midnight(p_at timestamptz) returns timestamptz
language sql immutable parallel safe
set search_path = ''
as $$ select (date_trunc('day', p_at at time zone 'UTC') + interval '1 day') at time zone 'UTC' $$;

create function private.utc_day(p_at timestamptz) returns date
language sql immutable parallel safe
set search_path = ''
as $$ select (p_at at time zone 'UTC')::date $$;

-- Today's row as it is, or as it will begin: a new day goes on in the minute of the old one, and a
-- platform that is down at midnight is still down.
create function private.query_day(p_platform text, p_now timestamptz) returns private.query_days
language plpgsql stable
set search_path = ''
as $$
declare
  v_today date := private.utc_day(p_now);
  v_row private.query_days;
begin
  select * into v_row from private.query_days
   where platform = p_platform and day in (v_today, v_today - 1) order by day desc limit 1;
  if v_row.day is distinct from v_today then
    v_row.platform := p_platform;
    v_row.day := v_today;
    v_row.taken_for_figures := 0;
    v_row.taken_for_connecting := 0;
    v_row.minute := coalesce(v_row.minute, '-infinity');
    v_row.taken_in_minute := coalesce(v_row.taken_in_minute, 0);
    v_row.taken_in_minute_before := coalesce(v_row.taken_in_minute_before, 0);
    v_row.failures := coalesce(v_row.failures, 0);
    v_row.paused_until := coalesce(v_row.paused_until, '-infinity');
  end if;
  return v_row;
end
$$;

-- What is not kept for connecting.
create function private.queries_for_figures(p_a_day integer) returns integer
language sql immutable parallel safe
set search_path = ''
as $$ select p_a_day - ceil(p_a_day / 10.0)::integer $$;

-- How many queries may be taken now, and when there is one if there is none.
--   connecting  all that is left of the day
--   look        what is left of nine tenths; what connecting took beyond its own tenth is gone
--   schedule    half of those nine tenths from the first minute of the day, the rest as the day goes
--               on, so that whoever looks in the evening still finds some
-- Two calendar minutes together stay below `p_a_minute`, and so does any minute across them.
create function private.query_room(
  p_day private.query_days, p_purpose text, p_a_day integer, p_a_minute integer, p_now timestamptz,
  out room integer, out free_at timestamptz
)
language plpgsql stable
set search_path = ''
as $$
declare
  v_midnight timestamptz := private.next_utc_midnight(p_now);
  v_passed double precision := extract(epoch from p_now - private.utc_midnight(p_now)) / 86400;
  v_for_figures integer := private.queries_for_figures(p_a_day);
  v_used integer := p_day.taken_for_figures
    + greatest(0, p_day.taken_for_connecting - (p_a_day - v_for_figures));
  v_minute timestamptz := greatest(date_trunc('minute', p_now), p_day.minute);
  v_in_minutes integer;
begin
  if p_purpose = 'connecting' then
    room := p_a_day - p_day.taken_for_figures - p_day.taken_for_connecting;
    free_at := v_midnight;
  elsif p_day.paused_until > p_now then
    room := 0;
    free_at := p_day.paused_until;
  -- What is on its way at midnight would be counted by the platform for the day after.
  elsif p_now >= v_midnight - interval '30 seconds' then
    room := 0;
    free_at := v_midnight;
  elsif p_purpose = 'schedule' then
    room := ceil(v_for_figures * (1 + v_passed) / 2) - v_used;
    free_at := case
      when v_used < v_for_figures
        then p_now + private.seconds(1 + 86400 * greatest(0, 2.0 * v_used / v_for_figures - 1 - v_passed))
      else v_midnight
    end;
  else
    room := v_for_figures - v_used;
    free_at := v_midnight;
  end if;
  v_in_minutes := case p_day.minute
    when v_minute then p_day.taken_in_minute + p_day.taken_in_minute_before
    when v_minute - interval '1 minute' then p_day.taken_in_minute
    else 0
  end;
  if room > 0 and v_in_minutes >= p_a_minute then
    room := 0;
    free_at := v_minute + interval '2 minutes';
  else
    room := greatest(0, least(room, p_a_minute - v_in_minutes));
  end if;
end
$$;

-- Takes one: null, or when there will be one. The caller does nothing after it that waits.
-- `p_a_day` null: a platform that nobody counts for.
create function private.take_query(
  p_platform text, p_purpose text, p_a_day integer, p_a_minute integer
) returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_today date := private.utc_day(v_now);
  v_day private.query_days;
  v_minute timestamptz;
  v_room record;
begin
  if p_a_day is null then
    return null;
  end if;
  if not exists (select 1 from private.query_days where platform = p_platform and day = v_today) then
    insert into private.query_days select (private.query_day(p_platform, v_now)).*
    on conflict (platform, day) do nothing;
  end if;
  select * into v_day from private.query_days
   where platform = p_platform and day = v_today for update;
  v_now := private.now();
  v_room := private.query_room(v_day, p_purpose, p_a_day, p_a_minute, v_now);
  if v_room.room = 0 then
    return v_room.free_at;
  end if;
  v_minute := greatest(date_trunc('minute', v_now), v_day.minute);
  update private.query_days set
    taken_for_connecting = taken_for_connecting + (p_purpose = 'connecting')::integer,
    taken_for_figures = taken_for_figures + (p_purpose <> 'connecting')::integer,
    minute = v_minute,
    taken_in_minute = case minute when v_minute then taken_in_minute else 0 end + 1,
    taken_in_minute_before = case minute
      when v_minute then taken_in_minute_before
      when v_minute - interval '1 minute' then taken_in_minute
      else 0
    end
  where platform = p_platform and day = v_today;
  return null;
end
$$;

-- Takes a query that a connection depends on: {taken: true}, or {taken: false, retry_after_seconds}.
create function public.take_query(p_platform text, p_queries_a_day integer, p_queries_a_minute integer)
returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_free_at timestamptz := private.take_query(p_platform, 'connecting', p_queries_a_day, p_queries_a_minute);
begin
  return case
    when v_free_at is null then jsonb_build_object('taken', true)
    else jsonb_build_object('taken', false, 'retry_after_seconds', private.seconds_until(v_free_at))
  end;
end
$$;

create function private.seconds_until(p_at timestamptz) returns integer
language sql stable
set search_path = ''
as $$ select greatest(1, ceil(extract(epoch from p_at - private.now())))::integer $$;

-- Gives back a query for connecting that was taken at `p_taken_at` and surely not sent: {returned}.
-- Else whoever sends made-up codes would spend the day's queries.
create function public.return_query(p_platform text, p_taken_at timestamptz) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
begin
  update private.query_days set
    taken_for_connecting = taken_for_connecting - 1,
    taken_in_minute = greatest(0, taken_in_minute - 1)
  where platform = p_platform and day = private.utc_day(p_taken_at) and taken_for_connecting > 0;
  return jsonb_build_object('returned', found);
end
$$;

-- Remembers whether the platform answers. Called last, like `take_query`.
create function private.note_answer(p_platform text, p_answered boolean, p_pause_seconds double precision)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
begin
  if p_answered then
    update private.query_days set failures = 0
     where platform = p_platform and day = private.utc_day(v_now) and failures > 0;
  else
    update private.query_days set
      failures = failures + 1,
      paused_until = greatest(paused_until, v_now + private.seconds(p_pause_seconds), case
        when failures >= 4 then v_now + least(interval '30 minutes', interval '1 minute' * 2 ^ least(failures - 4, 10))
      end)
    where platform = p_platform and day = private.utc_day(v_now);
  end if;
end
$$;

revoke all on function
  private.utc_midnight(timestamptz), private.next_utc_midnight(timestamptz), private.utc_day(timestamptz),
  private.query_day(text, timestamptz),
  private.queries_for_figures(integer),
  private.query_room(private.query_days, text, integer, integer, timestamptz),
  private.take_query(text, text, integer, integer),
  private.seconds_until(timestamptz),
  private.note_answer(text, boolean, double precision),
  public.take_query(text, integer, integer),
  public.return_query(text, timestamptz)
  from public, anon, authenticated;
grant execute on function
  private.utc_midnight(timestamptz), private.next_utc_midnight(timestamptz), private.utc_day(timestamptz),
  private.query_day(text, timestamptz),
  private.queries_for_figures(integer),
  private.query_room(private.query_days, text, integer, integer, timestamptz),
  private.take_query(text, text, integer, integer),
  private.seconds_until(timestamptz),
  private.note_answer(text, boolean, double precision),
  public.take_query(text, integer, integer),
  public.return_query(text, timestamptz)
  to service_role;
