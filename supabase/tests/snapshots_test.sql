-- Reading figures: who is next, what is asked, what becomes of an answer, and who may write it.
begin;
\ir fixtures.psql
select * from no_plan();

create function tests.at(p_time text) returns text
language sql
as $$ select set_config('tests.now', p_time || '+00', true) $$;

-- The connection of a user.
create function tests.of(p_name text) returns uuid
language sql immutable
as $$ select tests.id(p_name || '.') $$;
-- A user with an account that may show all.
create function tests.follow(p_name text) returns uuid
language plpgsql
as $$
begin
  perform tests.add_user(p_name);
  perform tests.connect(p_name, '.', 7776000);
  update public.platform_connections set capabilities =
    '{"profile_stats": {"available": true}, "video_stats": {"available": true}}' where id = tests.of(p_name);
  return tests.of(p_name);
end
$$;
create function tests.name_of(p_connection uuid) returns text
language sql
as $$ select split_part(u.email, '@', 1) from public.platform_connections c join auth.users u on u.id = c.user_id
       where c.id = p_connection $$;

create function tests.claim_snapshots(p_limit integer, p_a_day integer default 1000, p_reader text default 'reader')
returns jsonb
language sql
as $$ select public.claim_due_snapshots('tiktok', tests.id(p_reader), 60, p_limit, p_a_day, 600) $$;
-- As `ann profile, ben videos`.
create function tests.names(p_claim jsonb) returns text
language sql
as $$
  select string_agg(tests.name_of((item ->> 'connection_id')::uuid) || ' ' || (item ->> 'kind'), ', ' order by place)
    from jsonb_array_elements(p_claim -> 'items') with ordinality as items (item, place)
$$;

create function tests.task(p_name text, p_kind text) returns private.snapshot_tasks
language sql
as $$ select * from private.snapshot_tasks where connection_id = tests.of(p_name) and kind = p_kind $$;
-- Gives the task to a reader, whenever it is due, and begins.
create function tests.begin(
  p_name text, p_kind text, p_source text default 'schedule', p_a_day integer default 1000, p_reader text default 'reader'
) returns jsonb
language plpgsql
as $$
begin
  perform private.lease_snapshot(tests.of(p_name), p_kind, tests.id(p_reader), private.now() + interval '1 minute');
  return tests.begin_held(p_name, p_kind, p_source, p_a_day, p_reader);
end
$$;
create function tests.begin_held(
  p_name text, p_kind text, p_source text default 'schedule', p_a_day integer default 1000, p_reader text default 'reader'
) returns jsonb
language plpgsql
as $$
begin
  return public.begin_snapshot(
    tests.of(p_name), p_kind, tests.id(p_reader), (tests.task(p_name, p_kind)).lease_version, 60, p_source, null,
    tests.id('refresher'), 60, 60, p_a_day, 600);
end
$$;
create function tests.videos(p_ids text[], p_age interval default '1 hour', p_views integer default 1)
returns jsonb
language sql
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
      'id', id, 'create_time_seconds', extract(epoch from private.now() - p_age * place)::bigint,
      'title', 'Video ' || id, 'share_url', 'https://t.example/' || id, 'cover_image_url', 'https://c.example/' || id,
      'view_count', p_views, 'like_count', 2, 'comment_count', 3, 'share_count', 4) order by place), '[]')
    from unnest(p_ids) with ordinality as ids (id, place)
$$;
-- In plpgsql, like the others that write: their arguments come first. Stores a page for `p_step`, which begin or an earlier page gave; `p_ends_at` null: nothing follows.
create function tests.page(
  p_name text, p_step jsonb, p_videos jsonb, p_ends_at timestamptz default null, p_goes_on boolean default true,
  p_a_day integer default 1000, p_source text default 'schedule', p_reader text default 'reader'
) returns jsonb
language plpgsql
as $$
begin
  return public.store_video_page(
    tests.of(p_name), tests.id(p_reader), (tests.task(p_name, 'videos')).lease_version, 60, p_source, p_step -> 'query',
    jsonb_build_object('videos', p_videos, 'cursor_ms', (extract(epoch from p_ends_at) * 1000)::bigint,
      'has_more', p_ends_at is not null),
    p_goes_on, p_a_day, 600);
end
$$;
create function tests.profile(p_name text, p_step jsonb, p_followers integer) returns jsonb
language plpgsql
as $$
begin
  return public.store_profile_snapshot(
    tests.of(p_name), tests.id('reader'), (tests.task(p_name, 'profile')).lease_version, 'schedule',
    (p_step #>> '{query,asked_at}')::timestamptz,
    '{"username": "ann2", "display_name": null, "avatar_url": "https://a.example/2"}',
    case when p_followers is not null
      then jsonb_build_object('follower_count', p_followers, 'following_count', 1, 'likes_count', 2, 'video_count', 3) end);
end
$$;
create function tests.fail_task(p_name text, p_kind text, p_outcome text, p_pause double precision default null)
returns jsonb
language plpgsql
as $$
begin
  return public.fail_snapshot(
    tests.of(p_name), p_kind, tests.id('reader'), (tests.task(p_name, p_kind)).lease_version, p_outcome, 300, p_pause,
    '{"function_slug": "f", "code": "c", "detail": "d"}');
end
$$;

-- Whose turn it is ----------------------------------------------------------------------------------
select tests.at('2026-12-01 12:00:00');
select tests.follow(name) from unnest(array['ann', 'ben', 'cal']) as name;
select is(tests.names(tests.claim_snapshots(1, p_reader => 'one')) is not null, true, 'something is due');
select is(jsonb_array_length(tests.claim_snapshots(100) -> 'items'), 5, 'what one reads, another does not');
select is(tests.claim_snapshots(100), '{"items": [], "deferred": 0}', 'until its lease ends');
select tests.advance('61 seconds');
update private.analytics_accounts set queries_on = '2026-12-01', queries_for_schedule = case connection_id
  when tests.of('ann') then 7 when tests.of('ben') then 9 else 8 end;
update private.analytics_accounts set looked_at = private.now() - interval '3 days' where connection_id = tests.of('cal');
update private.snapshot_tasks set due_at = null where kind = 'videos';
select is(tests.names(tests.claim_snapshots(100)), 'cal profile, ann profile, ben profile',
  'whose owner looked within a week comes first, then who had the least today');
select tests.advance('61 seconds');
-- Of 27 for figures and three accounts, nine each.
select is(tests.names(tests.claim_snapshots(100, 30)), 'cal profile, ann profile, ben profile', 'nine is a part of thirty');
update private.analytics_accounts set queries_for_looks = 1 where connection_id = tests.of('cal');
select tests.advance('61 seconds');
select is(tests.names(tests.claim_snapshots(100, 30)), 'ann profile, cal profile, ben profile',
  'who had his part of the day comes last, although he looks');
select tests.advance('61 seconds');
update private.analytics_accounts set queries_on = '2026-11-30';
update private.analytics_accounts set looked_at = private.now() - interval '8 days' where connection_id = tests.of('cal');
update private.snapshot_tasks set due_at = due_at - interval '1 minute' where connection_id = tests.of('ben');
select is(tests.names(tests.claim_snapshots(1)), 'ben profile', 'else whoever has waited longest');

-- Without queries -----------------------------------------------------------------------------------
select tests.advance('61 seconds');
select is(tests.claim_snapshots(2, 1), '{"items": [], "deferred": 2}', 'without queries what is due is put off');
select is((select array_agg(distinct due_at) from private.snapshot_tasks where due_at > private.now()),
  array['2026-12-02 00:00:00+00'::timestamptz], 'to when there are some');
select is(tests.claim_snapshots(100, 1) -> 'deferred', '1', 'all of it ...');
select is(tests.claim_snapshots(100, 1), '{"items": [], "deferred": 0}', '... and then there is nothing to do');
select tests.at('2026-12-02 00:00:00');
select is(jsonb_array_length(tests.claim_snapshots(100, 3) -> 'items'), 1, 'of three queries one may be used at once');

-- The profile ---------------------------------------------------------------------------------------
select tests.at('2026-12-03 12:00:00');
select is(tests.begin('ann', 'profile') - 'token',
  '{"state": "asks", "query": {"call": "user", "asked_at": "2026-12-03T12:00:00+00:00"}}',
  'the profile is one query');
select is(tests.begin('ann', 'profile') #>> '{token,state}', 'usable', 'that comes with the token for it');
select tests.advance('5 seconds');
select is(tests.profile('ann', '{"query": {"asked_at": "2026-12-03T12:00:00+00:00"}}', 10), '{"state": "taken"}', 'it is kept');
select results_eq(
  'select taken_at, source, follower_count, video_count from private.profile_days',
  $$ values ('2026-12-03 12:00:00+00'::timestamptz, 'schedule', 10::bigint, 3::bigint) $$,
  'under the time when it was asked for, with how it came about');
select is((tests.task('ann', 'profile')).due_at, '2026-12-04 00:00:00+00', 'the next UTC day is due with its first minute');
select results_eq(
  format('select username, display_name, avatar_url from public.platform_connections where id = %L', tests.of('ann')),
  $$ values ('ann2', null, 'https://a.example/2') $$,
  'the connection shows its avatar, and its name where it is told');
select is(tests.profile('ann', '{"query": {"asked_at": "2026-12-03T12:00:00+00:00"}}', 99), '{"state": "lost"}',
  'who has given it back writes nothing more');
select is((tests.begin('ann', 'profile') ->> 'state'), 'taken', 'before the day is over there is nothing to ask');
select tests.at('2026-12-03 23:00:00');
update private.snapshot_tasks set taken_at = null where kind = 'profile';
select is(tests.profile('ann', tests.begin('ann', 'profile'), 20) ->> 'state', 'taken', 'a second reading of the day');
select is((select array_agg(follower_count) from private.profile_days), array[20]::bigint[], 'takes the place of the first');
select tests.at('2026-12-04 01:00:00');
select is(tests.profile('ann', tests.begin('ann', 'profile') || '{"query": {"asked_at": "2026-12-03T22:00:00+00:00"}}', 5) ->> 'state',
  'taken', 'an answer that was long on its way');
select is((select array_agg(follower_count) from private.profile_days), array[20]::bigint[], 'does not take the place of a later one');
select is(tests.profile('ann', tests.begin('ann', 'profile'), null) ->> 'state', 'taken', 'a profile without figures');
select is((select count(*) from private.profile_days), 1::bigint, 'is no day');
select is((tests.task('ann', 'profile')).refused_at, private.now(), 'it is as good as refused');

-- The list of videos --------------------------------------------------------------------------------
select tests.at('2026-12-05 12:00:00');
create temp table steps (name text, step jsonb);
create function tests.keep(p_name text, p_step jsonb) returns jsonb
language sql
as $$ insert into steps values (p_name, p_step) returning (step -> 'query') - 'asked_at' $$;
create function tests.step(p_name text) returns jsonb
language sql
as $$ select step from steps where name = p_name $$;

select is(tests.keep('top', tests.begin('ben', 'videos')), '{"call": "list"}', 'videos begin with the top of the list');
select is(
  tests.keep('second', tests.page('ben', tests.step('top'), tests.videos(array['9', '8', '7']), '2026-12-05 09:00:00+00')),
  jsonb_build_object('call', 'list', 'cursor_ms', 1796461200000), 'and go on where a page ends');
select is((tests.task('ben', 'videos')).cursor_ms, 1796461200000, 'which is remembered');
select is((tests.task('ben', 'videos')).listed_at, null, 'until the list was read to its end');
-- The holder dies here.
select tests.advance('2 minutes');
select is(tests.keep('again', tests.begin('ben', 'videos', p_reader => 'other')),
  jsonb_build_object('call', 'list', 'cursor_ms', 1796461200000), 'whoever comes after a crash asks for that page');
select is(tests.page('ben', tests.step('second'), tests.videos(array['6'])), '{"state": "lost"}', 'and who was late, nothing');
select is(
  tests.keep('third', tests.page('ben', tests.step('again'), '[]', '2026-12-05 08:00:00+00', p_reader => 'other')) ->> 'cursor_ms',
  '1796457600000', 'a page may be empty although the list goes on');
select is(
  tests.page('ben', tests.step('third'), tests.videos(array['6', '6', '5'], '5 hours'), p_goes_on => true, p_reader => 'other'),
  '{"state": "taken"}', 'a list ends where it says so; repeated ids count once');
select is((select array_agg(video_id order by video_id) from private.videos), array['5', '6', '7', '8', '9'], 'each video is there');
select is((select count(*) from private.video_snapshots), 5::bigint, 'once');
select is((tests.task('ben', 'videos')).listed_at, private.now(), 'the list was read to its end');
select is((tests.task('ben', 'videos')).due_at, '2026-12-05 14:00:00+00', 'a video of this day is due again in two hours');

-- How often -----------------------------------------------------------------------------------------
select is(private.video_due_at('2026-12-01', '2026-12-02 23:59+00'), '2026-12-03 01:59+00', 'two days long every two hours');
select is(private.video_due_at('2026-12-01', '2026-12-03 00:00+00'), '2026-12-03 06:00+00', 'a week long every six');
select is(private.video_due_at('2026-12-01', '2026-12-08 00:00+00'), '2026-12-09 00:00+00', 'then once a UTC day');
select is(private.video_due_at(null, '2026-12-08 13:00+00'), '2026-12-09 00:00+00', 'and where nobody knows how old it is');

-- New, missing, gone --------------------------------------------------------------------------------
select tests.at('2026-12-05 14:00:00');
select is(
  tests.keep('missing', tests.page('ben', tests.begin('ben', 'videos'), tests.videos(array['10', '9', '7', '6', '5']))) -> 'ids',
  '["8"]', 'what the list should have had is asked for by its id');
select is(tests.page('ben', tests.step('missing'), '[]'), '{"state": "taken"}', 'if it is not there either');
select is((select array_agg(video_id) from private.videos where gone_at is not null), array['8'], 'it is gone');
select is((select count(*) from private.video_snapshots s join private.videos v on v.id = s.video where v.video_id = '8'),
  1::bigint, 'and its history stays');
select tests.at('2026-12-05 16:00:00');
select is(
  tests.page('ben', tests.begin('ben', 'videos'), tests.videos(array['10', '9', '8', '7', '6', '5'])) ->> 'state', 'taken',
  'back on the list');
select is_empty('select 1 from private.videos where gone_at is not null', 'it is back');

select tests.at('2026-12-05 18:00:00');
select is(
  tests.keep('hole', tests.page('ben', tests.begin('ben', 'videos'), tests.videos(array['13', '12']), '2026-12-05 17:00:00+00')) ->> 'cursor_ms',
  '1796490000000', 'where a page has nothing but new videos, the list is read on');
select is((tests.task('ben', 'videos')).listed_at, null, 'to its end');
select is(tests.keep('rest', tests.page('ben', tests.step('hole'), tests.videos(array['11', '10', '9']), '2026-12-05 09:30:00+00'))
  ->> 'cursor_ms', '1796463000000', 'also past what is known');
select is(tests.page('ben', tests.step('rest'), tests.videos(array['8', '7', '6', '5'], '4 hours'), '2026-12-05 09:40:00+00') ->> 'state',
  'taken', 'a cursor that does not go down ends it');

-- Down the list -------------------------------------------------------------------------------------
select tests.at('2026-12-05 20:00:00');
select is(
  tests.page('ben', tests.begin('ben', 'videos'), tests.videos(array['13']), '2026-12-05 18:30:00+00') ->> 'state', 'asks',
  'what is below the page and is due ...');
update private.videos set taken_at = private.now() - interval '1 day' where video_id in ('5', '6');
update private.videos set created_at = '2026-11-01' where video_id = '6';
update private.videos set created_at = '2026-11-20' where video_id = '5';
update private.videos set taken_at = private.now() where video_id not in ('5', '6');
select is(tests.begin_held('ben', 'videos') #> '{query,ids}', '["5"]', '... is asked for by its id, unless it is older than a month');
update private.videos set created_at = '2026-11-01', taken_at = private.now();
update private.snapshot_tasks set taken_at = private.now() - interval '1 day', listed_at = '2026-12-01' where connection_id = tests.of('ben');
select is(
  tests.page('ben', tests.begin('ben', 'videos'), tests.videos(array['13']), '2026-12-05 18:30:00+00') ->> 'state', 'taken',
  'the list itself is not read on every day');
select tests.at('2026-12-07 00:00:00');
update private.snapshot_tasks set listed_at = '2026-11-30 23:00:00+00' where connection_id = tests.of('ben');
select is(
  tests.page('ben', tests.begin('ben', 'videos'), tests.videos(array['13']), '2026-12-06 18:30:00+00') #>> '{query,call}', 'list',
  'but every week');

-- Stopping ------------------------------------------------------------------------------------------
select is(
  tests.page('ben', tests.begin('ben', 'videos'), tests.videos(array['13']), '2026-12-06 10:30:00+00', p_goes_on => false),
  '{"state": "deferred"}', 'a reader who has no more time stops');
select is((tests.task('ben', 'videos')).due_at, private.now(), 'the schedule goes on');
select is((tests.task('ben', 'videos')).lease_owner, null, 'at once');
select is(tests.begin('ben', 'videos', p_a_day => 1) ->> 'state', 'deferred', 'and waits where there are no queries');
select is((tests.task('ben', 'videos')).due_at, '2026-12-08 00:00:00+00', 'until there are');

-- Without a token -----------------------------------------------------------------------------------
select is((select taken_for_figures from private.query_days where day = '2026-12-07'), 3, 'three queries were taken');
update public.platform_connections set access_token_expires_at = private.now() where id = tests.of('ben');
select is(tests.begin('ben', 'videos') - 'token', '{"state": "token"}', 'a token that is to be refreshed first');
select is((select taken_for_figures from private.query_days where day = '2026-12-07'), 3, 'costs no query');
select is(
  public.next_snapshot_query(tests.of('ben'), 'videos', tests.id('reader'), (tests.task('ben', 'videos')).lease_version, 60,
    'schedule', 1000, 600) ->> 'state', 'asks', 'it is taken once there is one');
select is((tests.task('ben', 'videos')).lease_expires_at, private.now() + interval '60 seconds', 'and the lease begins anew');

-- Failures ------------------------------------------------------------------------------------------
select is(tests.fail_task('ben', 'videos', 'failed'), '{"recorded": true}', 'a failure');
select is((tests.task('ben', 'videos')).due_at, private.now() + interval '5 minutes', 'is tried again');
select is((tests.task('ben', 'videos')).failures, 1, 'and counted');
select is(tests.fail_task('ben', 'videos', 'failed'), '{"recorded": false}', 'by its holder');
select is((select count(*) from private.error_log), 2::bigint, 'whoever fails says so');
select tests.begin('ben', 'videos');
select is(tests.fail_task('ben', 'videos', 'refused'), '{"recorded": true}', 'a refusal');
select is((tests.task('ben', 'videos')).due_at, '2026-12-08 00:00:00+00', 'is asked about tomorrow');
select is((tests.task('ben', 'videos')).refused_at, private.now(), 'and is told');
select is((tests.task('ben', 'videos')).failures, 1, 'it is no failure');
select tests.begin('ben', 'videos');
select is(tests.fail_task('ben', 'videos', 'deferred', 90) -> 'recorded', 'true', 'a limit');
select is(private.take_query('tiktok', 'look', 1000, 600), private.now() + interval '90 seconds', 'holds for all');

select * from finish();
rollback;
