-- What an owner sees, and when his look has something read anew.
begin;
\ir fixtures.psql
select * from no_plan();

create function tests.at(p_time text) returns text
language sql
as $$ select set_config('tests.now', p_time || '+00', true) $$;
create function tests.ann() returns uuid language sql immutable as $$ select tests.id('annaccount') $$;
create function tests.look(
  p_refreshes boolean default true, p_days integer default 30, p_a_day integer default 1000, p_user text default 'ann'
) returns jsonb
language sql
as $$ select public.look_at_analytics(
  tests.ann(), tests.id(p_user), p_days, p_refreshes, tests.id('looker'), 60, p_a_day, 600) $$;
-- What the look has to read, as `profile, videos`.
create function tests.kinds(p_look jsonb) returns text
language sql
as $$ select string_agg(item ->> 'kind', ', ' order by item ->> 'kind') from jsonb_array_elements(p_look -> 'items') as item $$;
create function tests.release() returns void
language sql
as $$ update private.snapshot_tasks set lease_owner = null, lease_expires_at = null $$;

select tests.add_user('ann'), tests.add_user('ben');
select tests.connect('ann');
update public.platform_connections set capabilities =
  '{"profile_stats": {"available": true}, "video_stats": {"available": true}}';
insert into private.videos (connection_id, video_id, created_at, taken_at, title, share_url, cover_image_url, view_count)
select tests.ann(), (7600000000000000000 + n)::text, private.now() - n * interval '1 day', private.now(), 'Video ' || n,
       'https://t.example/' || n, 'https://c.example/' || n, n
  from generate_series(1, 120) as n;
insert into private.video_snapshots (video, taken_at, source, view_count)
select id, at, 'schedule', extract(day from at)
  from private.videos, unnest(array['2026-10-31 12:00+00', '2026-11-10 12:00+00', '2026-12-01 12:00+00']::timestamptz[]) as at
 where created_at < at;
insert into private.profile_days (connection_id, day, taken_at, source, follower_count)
values (tests.ann(), '2026-10-31', '2026-10-31 11:00+00', 'look', 1), (tests.ann(), '2026-11-01', '2026-11-01 12:00:01+00', 'look', 2),
       (tests.ann(), '2026-12-01', '2026-12-01 12:00+00', 'schedule', 3);
update private.snapshot_tasks set taken_at = private.now(), listed_at = private.now();

-- Whose it is ---------------------------------------------------------------------------------------
select is(tests.look(p_user => 'ben'), null, 'another user''s connection is none');

-- What is shown -------------------------------------------------------------------------------------
select is(tests.look() #> '{analytics,profile}',
  '{"newest": {"taken_at": 1796126400000, "follower_count": 3, "following_count": null, "likes_count": null, "video_count": null},
    "series": {"taken_at": [1793534401000, 1796126400000], "follower_count": [2, 3], "following_count": [null, null],
               "likes_count": [null, null], "video_count": [null, null]}}',
  'the profile''s newest figures, and those of the period, to the second');
select is(jsonb_array_length(tests.look() #> '{analytics,videos}'), 120, 'every video');
select is(tests.look() #> '{analytics,videos,0}',
  '{"id": "7600000000000000001", "job_id": null, "title": "Video 1", "created_at": 1796040000000, "taken_at": 1796126400000,
    "share_url": "https://t.example/1", "cover_image_url": "https://c.example/1", "view_count": 1, "like_count": null,
    "comment_count": null, "share_count": null,
    "series": {"taken_at": [1796126400000], "view_count": [1], "like_count": [null], "comment_count": [null], "share_count": [null]}}',
  'newest first');
select is(tests.look() #> '{analytics,videos,119,series,view_count}', '[10, 1]', 'with its figures of the period');
select is(tests.look(p_days => 60) #> '{analytics,videos,119,series,view_count}', '[31, 10, 1]', 'however long it is');
select is(tests.look(p_days => 1) #> '{analytics,profile,series,follower_count}', '[3]', 'or short');

select tests.post('posted', 'ann', tests.ann());
update public.publish_jobs set post_ids = array['7600000000000000002', '7600000000000000003'];
select is(
  (select array_agg(v ->> 'job_id' order by v ->> 'id') filter (where v ->> 'job_id' is not null)
     from jsonb_array_elements(tests.look() #> '{analytics,videos}') as v),
  array[tests.id('posted')::text, tests.id('posted')::text], 'a video that was posted here has its job');

update private.videos set gone_at = private.now() where video_id in ('7600000000000000005', '7600000000000000119');
select is(
  (select jsonb_agg(v - 'series' - 'id' - 'title' - 'created_at' - 'taken_at' - 'like_count' - 'comment_count' - 'share_count')
     from jsonb_array_elements(tests.look() #> '{analytics,videos}') as v where v ->> 'id' = '7600000000000000005'),
  '[{"job_id": null, "share_url": null, "cover_image_url": null, "view_count": 5}]',
  'one that is gone has no links');
select is(
  (select count(*) from jsonb_array_elements(tests.look(p_days => 60) #> '{analytics,videos}')), 120::bigint,
  'and is there as long as it has figures in the period');
delete from private.video_snapshots s using private.videos v where v.id = s.video and v.video_id = '7600000000000000119';
select is(
  (select count(*) from jsonb_array_elements(tests.look(p_days => 60) #> '{analytics,videos}')), 119::bigint, 'then no more');

-- Covers --------------------------------------------------------------------------------------------
create function tests.covers() returns bigint
language sql
as $$ select count(*) from jsonb_array_elements(tests.look(false) #> '{analytics,videos}') as v
       where v ->> 'cover_image_url' is not null $$;
select tests.advance('5 hours 29 minutes');
select is(tests.covers(), 118::bigint, 'a cover that lives half an hour longer is shown');
select tests.advance('1 minute');
select is(tests.covers(), 0::bigint, 'another one is not');

-- How old figures may be ----------------------------------------------------------------------------
select tests.at('2026-12-01 12:09:59');
select is(tests.look() -> 'items', '[]', 'what is younger than ten minutes is new enough');
select tests.advance('1 second');
select is(tests.kinds(tests.look(false)), null, 'who only reads, reads');
select is(tests.kinds(tests.look(p_a_day => 1)), null, 'without queries there is what there is');
select is(tests.kinds(tests.look()), 'profile, videos', 'else it is to be read anew');
select is(tests.look() -> 'busy', 'true', 'by one');
select is(tests.look() -> 'analytics', 'null', 'for whom the others wait');
select tests.advance('61 seconds');
select is(tests.kinds(tests.look()), 'profile, videos', 'unless he is gone');
select tests.release();
update private.snapshot_tasks set failures = 1, due_at = private.now() + interval '1 minute' where kind = 'videos';
select is(tests.kinds(tests.look()), 'profile', 'after a failure a look waits as long as the schedule');
select tests.release();
update private.snapshot_tasks set failures = 0, refused_at = private.now() where kind = 'videos';
select is(tests.kinds(tests.look()), 'profile', 'what is refused is not asked for');
select is(tests.look(false) -> 'refused', '["videos"]', 'but told');
select tests.release();
update private.snapshot_tasks set refused_at = null;
update public.platform_connections set capabilities =
  '{"profile_stats": {"available": false}, "video_stats": {"available": true}}';
update private.snapshot_tasks set taken_at = '2026-12-01 12:00:00+00', listed_at = '2026-12-01 12:00:00+00';
select is(tests.kinds(tests.look()), 'videos', 'a profile without figures is not read for a look');
select tests.release();
update public.platform_connections set capabilities =
  '{"profile_stats": {"available": true}, "video_stats": {"available": true}}';

-- Looking often -------------------------------------------------------------------------------------
update private.analytics_accounts set queries_on = '2026-12-01', queries_for_looks = 89;
select is(tests.kinds(tests.look(p_a_day => 100)), 'profile, videos', 'within his part of the day figures are ten minutes old');
select tests.release();
update private.analytics_accounts set queries_for_looks = 90;
select is(tests.kinds(tests.look(p_a_day => 100)), null, 'beyond it an hour');
select tests.at('2026-12-01 13:00:00');
select tests.release();
select is(tests.kinds(tests.look(p_a_day => 100)), 'profile, videos', 'and no more');
select tests.release();
update private.analytics_accounts set queries_for_looks = 19;
select is(private.query_share('tiktok', 10, 20), 20, 'twenty queries are everybody''s');

-- Which videos --------------------------------------------------------------------------------------
create function tests.asks(p_max_age interval) returns jsonb
language sql
as $$ select private.next_query(t, p_max_age, private.now()) from private.snapshot_tasks t where kind = 'videos' $$;
update private.videos set gone_at = null, taken_at = private.now() - interval '11 minutes';
update private.snapshot_tasks set taken_at = private.now();
select is(tests.asks('10 minutes') #>> '{ids,0}', '7600000000000000001', 'below the top, the newest first');
update private.videos set taken_at = private.now() where created_at > private.now() - interval '95 days 2 hours';
select is(jsonb_array_length(tests.asks('10 minutes') -> 'ids'), 5, 'the first hundred are as new as the top');
update private.videos set taken_at = private.now() - interval '4 hours 59 minutes' where created_at <= private.now() - interval '100 days';
update private.videos set taken_at = private.now() where created_at > private.now() - interval '101 days';
select is(tests.asks('10 minutes'), null, 'further down five hours will do');
select tests.advance('1 minute');
select is(jsonb_array_length(tests.asks('1 day') -> 'ids'), 20, 'then their covers are renewed');

-- Ended ---------------------------------------------------------------------------------------------
select private.end_connection(c, 'reconnect_required', null) from public.platform_connections c;
select is(tests.look() -> 'items', '[]', 'of an ended connection nothing is read');
select is(jsonb_array_length(tests.look() #> '{analytics,videos}'), 120, 'what was read is there');
select is((select looked_at from private.analytics_accounts), '2026-12-01 13:00:00+00', 'and nobody is told of the look');

select * from finish();
rollback;
