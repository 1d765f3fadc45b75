-- Whose figures are read, for how long they are kept, and who takes them along.
begin;
\ir fixtures.psql
select * from no_plan();

create function tests.may(p_profile boolean, p_videos boolean) returns jsonb
language sql immutable
as $$
  select jsonb_build_object(
    'profile_stats', jsonb_build_object('available', p_profile),
    'video_stats', jsonb_build_object('available', p_videos))
$$;
create function tests.allow(p_connection uuid, p_profile boolean, p_videos boolean) returns void
language sql
as $$
  update public.platform_connections set capabilities = tests.may(p_profile, p_videos) where id = p_connection
$$;
-- What is due of a connection, and since when.
create function tests.due(p_connection uuid) returns jsonb
language sql
as $$
  select jsonb_object_agg(kind, to_char(due_at at time zone 'UTC', 'HH24:MI'))
    from private.snapshot_tasks where connection_id = p_connection
$$;
create function tests.hold(p_connection uuid) returns void
language sql
as $$
  select private.lease_snapshot(p_connection, kind, tests.id('reader'), private.now() + interval '1 minute')
    from private.snapshot_tasks where connection_id = p_connection
$$;
create function tests.held(p_connection uuid) returns bigint
language sql
as $$
  select count(*) from private.snapshot_tasks
   where connection_id = p_connection and lease_owner = tests.id('reader')
$$;

create function tests.ann() returns uuid language sql immutable as $$ select tests.id('annaccount') $$;
create function tests.bob() returns uuid language sql immutable as $$ select tests.id('bobaccount') $$;
select tests.add_user('ann'), tests.add_user('bob');

-- Following a connection ----------------------------------------------------------------------------
select tests.connect('ann');
select is(tests.due(tests.ann()), '{"profile": "12:00", "videos": null}',
  'of a connection without video.list the profile is read');
select tests.advance('1 hour');
select tests.allow(tests.ann(), true, true);
select is(tests.due(tests.ann()), '{"profile": "13:00", "videos": "13:00"}', 'what is granted later is read at once');
select tests.advance('1 hour');
select tests.hold(tests.ann());
update public.platform_connections set
  capabilities = capabilities || '{"direct_post": {"available": false}}', avatar_url = 'https://a.example/1'
where id = tests.ann();
select is(tests.due(tests.ann()), '{"profile": "13:00", "videos": "13:00"}', 'other changes change nothing');
select is(tests.held(tests.ann()), 2::bigint, 'for a reader neither');
select tests.allow(tests.ann(), true, false);
select is(tests.due(tests.ann()) -> 'videos', 'null', 'what is no longer granted is not read');
select is(tests.held(tests.ann()), 0::bigint, 'and whoever reads is told so');
update private.snapshot_tasks set refused_at = private.now(), failures = 3 where connection_id = tests.ann();
select tests.advance('1 hour');
select tests.connect('ann');
select tests.allow(tests.ann(), true, true);
select is(tests.due(tests.ann()), '{"profile": "15:00", "videos": "15:00"}', 'connected again, all is due');
select is_empty(
  format('select 1 from private.snapshot_tasks where connection_id = %L and (refused_at is not null or failures > 0)', tests.ann()),
  'and old troubles are forgotten');
select tests.hold(tests.ann());
select private.end_connection(c, 'reconnect_required', null) from public.platform_connections c where id = tests.ann();
select is(tests.due(tests.ann()), '{"profile": null, "videos": null}', 'of an ended connection nothing is read');
select is(tests.held(tests.ann()), 0::bigint, 'by nobody');

-- Two users of one account --------------------------------------------------------------------------
select tests.connect('bob');
select tests.allow(tests.bob(), true, true);
select is(tests.due(tests.bob()), '{"profile": "15:00", "videos": "15:00"}', 'the same account of another user is his own');

-- What is kept --------------------------------------------------------------------------------------
insert into private.videos (connection_id, video_id, created_at, taken_at)
values (tests.bob(), '7600000000000000001', '2026-12-01', '2026-12-01'), (tests.bob(), '7600000000000000002', '2026-12-01', '2026-12-01');
-- Two videos, three readings a day for two months, with the hour as their figure.
insert into private.video_snapshots (video, taken_at, source, view_count)
select v.id, at, 'schedule', extract(epoch from at - '2026-12-01 00:00:00+00')::bigint / 3600
  from private.videos v,
       generate_series('2026-12-01 04:00:00+00'::timestamptz, '2027-01-29 20:00:00+00', '8 hours') as at
 where v.connection_id = tests.bob();
insert into private.profile_days (connection_id, day, taken_at, source, follower_count)
select tests.bob(), day::date, day + interval '3 hours', 'schedule', 1
  from generate_series('2025-12-01 00:00:00+00'::timestamptz, '2027-01-29 00:00:00+00', '1 day') as day;

create function tests.readings(p_from text, p_until text) returns bigint
language sql
as $$
  select count(*) from private.video_snapshots
   where taken_at >= (p_from || '+00')::timestamptz and taken_at < (p_until || '+00')::timestamptz
$$;
create function tests.tidy_at(p_time text) returns jsonb
language sql
as $$ select public.tidy_analytics(10) from set_config('tests.now', p_time || '+00', true) $$;

select is(tests.tidy_at('2026-12-02 11:00:00'), '{"tidied": 0}', 'nothing is tidied before a day has passed');
select is(tests.readings('2026-12-01', '2027-02-01'), 360::bigint, 'all are there');
select is(tests.tidy_at('2027-01-05 23:59:00'), '{"tidied": 2}', 'each account once a day');
select is(tests.tidy_at('2027-01-05 23:59:30'), '{"tidied": 0}', 'and once only');
select is(tests.readings('2026-12-01', '2027-02-01'), 360::bigint, 'five weeks are kept whole');
select is(tests.tidy_at('2027-01-30 00:00:00'), '{"tidied": 2}', 'four weeks later');
select is(tests.readings('2026-12-01', '2026-12-26'), 50::bigint, 'of each older day one reading a video is left');
select is(
  (select array_agg(distinct view_count % 24) from private.video_snapshots where taken_at < '2026-12-26 00:00:00+00'),
  array[20]::bigint[], 'its last');
select is(tests.readings('2026-12-26', '2027-02-01'), 210::bigint, 'and the newer ones are whole');
select is((select min(day) from private.profile_days), '2025-12-26', 'a profile''s days are kept for 400 days');
select is(tests.tidy_at('2028-01-15 00:00:00'), '{"tidied": 2}', 'much later');
select is((select min(taken_at) from private.video_snapshots), '2026-12-11 20:00:00+00', 'videos'' readings too');
select is(tests.readings('2026-12-11', '2027-02-01'), 100::bigint, 'one a day');
update private.videos set gone_at = '2026-12-10' where video_id = '7600000000000000002';
select is(tests.tidy_at('2028-01-16 00:00:00'), '{"tidied": 2}', 'and a day after');
select is((select array_agg(video_id) from private.videos), array['7600000000000000001'],
  'a video that is long gone is forgotten');
select is_empty($$ select 1 from private.query_days where day < '2026-12-12' $$, 'old counts too');

-- Avatars that nobody can renew ---------------------------------------------------------------------
update public.platform_connections set avatar_url = 'https://a.example/1';
select tests.tidy_at('2028-01-17 00:00:00');
select results_eq(
  'select status, avatar_url from public.platform_connections order by 1',
  $$ values ('active', 'https://a.example/1'), ('reconnect_required', null) $$,
  'the link to an avatar goes before it breaks, where it can''t be renewed');

-- Deletion ------------------------------------------------------------------------------------------
select tests.advance('1 hour');
select private.end_connection(c, 'disconnected', null) from public.platform_connections c where id = tests.bob();
select is((select count(*) from private.profile_days where connection_id = tests.bob()), 0::bigint + (
  select count(*) from private.profile_days), 'who disconnects keeps his history');
select isnt((select count(*) from private.profile_days), 0::bigint, 'there is one');
delete from auth.users where id = tests.id('bob');
select is(
  (select count(*) from private.analytics_accounts) + (select count(*) from private.snapshot_tasks),
  3::bigint, 'a deleted user takes his accounts along');
select is(
  (select count(*) from private.profile_days) + (select count(*) from private.videos)
    + (select count(*) from private.video_snapshots),
  0::bigint, 'and all their figures');
select is((select user_id from public.platform_connections where id = tests.bob()), null,
  'although his connection is still there, for its revocation');

select * from finish();
rollback;
