-- Figures with a history: what a platform said of an account and of its videos, and when.
--
-- Each connection has its own, also where two users connected the same account: what was read with one
-- user's grant is nobody else's, and goes when he is deleted.
--
-- Locks are taken in one order: the connection, its account here, the task, the day's queries; in that
-- order the deletion of a user takes them too.

create table private.analytics_accounts (
  connection_id uuid primary key references public.platform_connections (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  platform text not null,
  -- When its owner looked last.
  looked_at timestamptz,
  -- The queries of one UTC day, by what made them necessary.
  queries_on date,
  queries_for_schedule integer not null default 0,
  queries_for_looks integer not null default 0,
  -- Until when its history has been thinned out (tidy_analytics).
  tidied_at timestamptz not null default private.now()
) with (fillfactor = 70);

create index analytics_accounts_user_idx on private.analytics_accounts (user_id);
create index analytics_accounts_tidied_idx on private.analytics_accounts (tidied_at);

-- What is read of an account, one row a kind; whoever reads holds its lease.
create table private.snapshot_tasks (
  connection_id uuid not null references private.analytics_accounts (connection_id) on delete cascade,
  kind text not null check (kind in ('profile', 'videos')),
  platform text not null,
  -- When the schedule reads it next; null = never: the connection has ended, or lacks the permission.
  due_at timestamptz,
  -- When the profile, or the top of the list of videos, was read last.
  taken_at timestamptz,
  -- The platform refused it, although the user had granted it. Asked again every day.
  refused_at timestamptz,
  failures integer not null default 0,
  -- Where the list goes on below its top, and when it was read last to its end.
  cursor_ms bigint,
  listed_at timestamptz,
  lease_owner uuid,
  lease_version bigint not null default 0,
  lease_expires_at timestamptz,
  primary key (connection_id, kind)
) with (fillfactor = 70);

create index snapshot_tasks_due_idx on private.snapshot_tasks (platform, due_at) where due_at is not null;

-- The account's own figures: a row a UTC day, the last that were read on it. A day without one is a gap.
create table private.profile_days (
  connection_id uuid not null references private.analytics_accounts (connection_id) on delete cascade,
  day date not null,
  taken_at timestamptz not null,
  -- What it was read for.
  source text not null check (source in ('schedule', 'look', 'connect')),
  follower_count bigint,
  following_count bigint,
  likes_count bigint,
  video_count bigint,
  primary key (connection_id, day)
);

-- The videos, with the newest that is known of each.
create table private.videos (
  id bigint generated always as identity primary key,
  connection_id uuid not null references private.analytics_accounts (connection_id) on delete cascade,
  -- The platform's, exact.
  video_id text not null,
  created_at timestamptz,
  title text,
  share_url text,
  -- A signed link, as old as the figures.
  cover_image_url text,
  taken_at timestamptz not null,
  view_count bigint,
  like_count bigint,
  comment_count bigint,
  share_count bigint,
  -- The list does not have it any more; it is still to be asked for by its id.
  missed_at timestamptz,
  -- By its id it is not there either: deleted, or not public.
  gone_at timestamptz,
  constraint videos_video_key unique (connection_id, video_id)
) with (fillfactor = 80);

create index videos_newest_idx on private.videos (connection_id, created_at desc);

create table private.video_snapshots (
  video bigint not null references private.videos (id) on delete cascade,
  -- When they were asked for: no figure is older than its time says.
  taken_at timestamptz not null,
  source text not null check (source in ('schedule', 'look')),
  view_count bigint,
  like_count bigint,
  comment_count bigint,
  share_count bigint,
  primary key (video, taken_at)
);

revoke all on table private.analytics_accounts, private.snapshot_tasks, private.profile_days,
  private.videos, private.video_snapshots from public, anon, authenticated;
revoke all on sequence private.videos_id_seq from public, anon, authenticated;
grant select, insert, update, delete on table private.analytics_accounts, private.snapshot_tasks,
  private.profile_days, private.videos, private.video_snapshots to service_role;

create function private.has_capability(p_row public.platform_connections, p_feature text) returns boolean
language sql immutable
set search_path = ''
as $$ select coalesce((p_row.capabilities #>> array[p_feature, 'available'])::boolean, false) $$;

-- Keeps the tasks in step with their connection: whatever ends it ends them, and what it may show once
-- more is due at once. Whoever holds a lease on what changed loses it.
create function private.follow_connection() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  -- What is kept of a deleted user's connection goes with the user.
  if new.user_id is null then
    return null;
  end if;
  insert into private.analytics_accounts (connection_id, user_id, platform)
  values (new.id, new.user_id, new.platform)
  on conflict (connection_id) do nothing;
  -- The profile without its figures too: the links to avatars expire.
  insert into private.snapshot_tasks as t (connection_id, kind, platform, due_at)
  select new.id, kind, new.platform, case when new.status = 'active' and may_be_read then private.now() end
    from (values ('profile', true), ('videos', private.has_capability(new, 'video_stats')))
      as kinds (kind, may_be_read)
  on conflict (connection_id, kind) do update set
    due_at = excluded.due_at, refused_at = null, failures = 0,
    lease_owner = null, lease_expires_at = null, lease_version = t.lease_version + 1;
  return null;
end
$$;

create trigger follow_new_connection after insert on public.platform_connections
  for each row execute function private.follow_connection();
create trigger follow_changed_connection
  after update of status, connected_at, capabilities on public.platform_connections
  for each row when (
    (old.status, old.connected_at, old.capabilities -> 'profile_stats', old.capabilities -> 'video_stats')
      is distinct from
    (new.status, new.connected_at, new.capabilities -> 'profile_stats', new.capabilities -> 'video_stats')
  )
  execute function private.follow_connection();

-- When a video is to be read again: every two hours in its first two days, every six in its first
-- week, then once a UTC day.
create function private.video_due_at(p_created_at timestamptz, p_taken_at timestamptz) returns timestamptz
language sql immutable
set search_path = ''
as $$
  select case
    when p_taken_at < p_created_at + interval '2 days' then p_taken_at + interval '2 hours'
    when p_taken_at < p_created_at + interval '7 days' then p_taken_at + interval '6 hours'
    else private.next_utc_midnight(p_taken_at)
  end
$$;

-- Thins out up to `p_limit` histories, and removes what is over: {tidied}. Every reading is kept for
-- five weeks, then the last of each UTC day, for 400 days. The link to an avatar that nobody can renew
-- is taken away before it breaks.
create function public.tidy_analytics(p_limit integer) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_dense_from timestamptz := private.utc_midnight(v_now - interval '35 days');
  v_kept_from timestamptz := private.utc_midnight(v_now - interval '400 days');
  v_account private.analytics_accounts;
  v_count integer := 0;
begin
  update public.platform_connections set avatar_url = null
   where id in (
     select c.id from private.analytics_accounts a join public.platform_connections c on c.id = a.connection_id
      where a.tidied_at <= v_now - interval '1 day' and c.status <> 'active'
        and c.status_changed_at < v_now - interval '2 days' and c.avatar_url is not null
        for no key update of c skip locked);
  for v_account in
    select * from private.analytics_accounts where tidied_at <= v_now - interval '1 day'
     order by tidied_at limit p_limit for no key update skip locked
  loop
    -- What was dense when this was done last.
    delete from private.video_snapshots s using private.videos v
     where v.connection_id = v_account.connection_id and s.video = v.id
       and s.taken_at >= private.utc_midnight(v_account.tidied_at - interval '35 days')
       and s.taken_at < v_dense_from
       and exists (
         select 1 from private.video_snapshots later
          where later.video = s.video and later.taken_at > s.taken_at
            and later.taken_at < private.next_utc_midnight(s.taken_at));
    delete from private.video_snapshots s using private.videos v
     where v.connection_id = v_account.connection_id and s.video = v.id and s.taken_at < v_kept_from;
    delete from private.videos v
     where v.connection_id = v_account.connection_id and v.gone_at < v_kept_from;
    delete from private.profile_days
     where connection_id = v_account.connection_id and day < private.utc_day(v_kept_from);
    update private.analytics_accounts set tidied_at = v_now
     where connection_id = v_account.connection_id;
    v_count := v_count + 1;
  end loop;
  delete from private.query_days where day < private.utc_day(v_kept_from);
  return jsonb_build_object('tidied', v_count);
end
$$;

revoke all on function
  private.has_capability(public.platform_connections, text),
  private.follow_connection(),
  private.video_due_at(timestamptz, timestamptz),
  public.tidy_analytics(integer)
  from public, anon, authenticated;
grant execute on function
  private.has_capability(public.platform_connections, text),
  private.follow_connection(),
  private.video_due_at(timestamptz, timestamptz),
  public.tidy_analytics(integer)
  to service_role;

-- Connections that were there before.
insert into private.analytics_accounts (connection_id, user_id, platform)
select id, user_id, platform from public.platform_connections where user_id is not null
on conflict (connection_id) do nothing;
insert into private.snapshot_tasks (connection_id, kind, platform, due_at)
select c.id, kind, c.platform, case
    when c.status = 'active' and (kind = 'profile' or private.has_capability(c, 'video_stats')) then private.now()
  end
  from public.platform_connections c, unnest(array['profile', 'videos']) as kind
 where c.user_id is not null
on conflict (connection_id, kind) do nothing;
