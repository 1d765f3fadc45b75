-- The queries of a day and of a minute: how many there are for whom, and when there are more.
begin;
\ir fixtures.psql
select * from no_plan();

-- Takes `p_count` for a purpose, out of `p_a_day`, and says how many it got.
create function tests.take(
  p_purpose text, p_count integer, p_a_day integer default 100, p_a_minute integer default 600
) returns bigint
language sql
as $$
  select count(*) filter (where private.take_query('tiktok', p_purpose, p_a_day, p_a_minute) is null)
    from generate_series(1, p_count)
$$;

create function tests.free_at(p_purpose text, p_a_day integer default 100, p_a_minute integer default 600)
returns timestamptz
language sql
as $$ select private.take_query('tiktok', p_purpose, p_a_day, p_a_minute) $$;

create function tests.at(p_time text) returns text
language sql
as $$ select set_config('tests.now', p_time || '+00', true) $$;

-- A tenth for connecting ----------------------------------------------------------------------------
select tests.at('2026-12-01 12:00:00');
select is(tests.take('look', 200), 90::bigint, 'nine tenths are for figures');
select is(tests.free_at('look'), '2026-12-02 00:00:00+00', 'more come at midnight in UTC');
select is(tests.take('schedule', 200), 0::bigint, 'nothing is left for the schedule');
select is(tests.take('connecting', 200), 10::bigint, 'a tenth was kept for connecting');
select is(tests.free_at('connecting'), '2026-12-02 00:00:00+00', 'after that connecting waits too');
select is(public.take_query('tiktok', 100, 600),
  '{"taken": false, "retry_after_seconds": 43200}', 'who connects is told how long');
select is(public.take_query('clipshare', 100, 600), '{"taken": true}', 'another platform has its own');
select is(public.take_query('tiktok', null, null), '{"taken": true}', 'a platform without a limit has no end');

select tests.at('2026-12-02 00:00:00');
select is(tests.take('connecting', 200), 100::bigint, 'connecting may use up the whole day');
select tests.at('2026-12-03 12:00:00');
select is(tests.take('connecting', 30), 30::bigint, 'what connecting takes beyond its tenth ...');
select is(tests.take('look', 200), 70::bigint, '... is gone for figures');
select is(
  (select array_agg((day, taken_for_figures, taken_for_connecting)::text order by day)
     from private.query_days where platform = 'tiktok'),
  array['(2026-12-01,90,10)', '(2026-12-02,0,100)', '(2026-12-03,70,30)'],
  'each day is a row, for the operator');

select is(private.queries_for_figures(1000), 900, 'of 1000');
select is(private.queries_for_figures(15), 13, 'a tenth is rounded up');
select is(private.queries_for_figures(1), 0, 'the only one of a day is for connecting');

-- The schedule's pace -------------------------------------------------------------------------------
select tests.at('2026-12-04 00:00:00');
select is(tests.take('schedule', 200), 45::bigint, 'half of the day''s figures may be read at once');
select cmp_ok(tests.free_at('schedule'), '<', '2026-12-04 01:00:00+00'::timestamptz, 'the next one is soon');
select set_config('tests.now', tests.free_at('schedule')::text, true);
select is(tests.take('schedule', 200), 1::bigint, 'when it says');
select tests.at('2026-12-04 12:00:00');
select is(tests.take('schedule', 200), 22::bigint, 'three quarters by noon');
select is(tests.take('look', 5), 5::bigint, 'looks are not held back');
select tests.at('2026-12-04 23:59:29');
select is(tests.take('schedule', 200), 17::bigint, 'all of it by the end of the day');
select tests.at('2026-12-05 23:59:30');
select is(tests.take('look', 1), 0::bigint, 'nothing is on its way at midnight');
select is(tests.free_at('schedule'), '2026-12-06 00:00:00+00', 'it waits until then');
select is(tests.take('connecting', 1), 1::bigint, 'but who connects does not');

-- A minute ------------------------------------------------------------------------------------------
select tests.at('2026-12-07 10:00:59.9');
select is(tests.take('look', 9, 100, 6), 6::bigint, 'six a minute are six');
select is(tests.free_at('look', 100, 6), '2026-12-07 10:02:00+00', 'more come once that minute is over');
select tests.at('2026-12-07 10:01:59.9');
select is(tests.take('look', 1, 100, 6), 0::bigint, 'no sixty seconds hold more, wherever they begin');
select is(tests.take('connecting', 1, 100, 6), 0::bigint, 'whoever asks');
select tests.at('2026-12-07 10:02:00');
select is(tests.take('look', 4, 100, 6), 4::bigint, 'then there is room again');
select tests.at('2026-12-07 10:03:30');
select is(tests.take('look', 4, 100, 6), 2::bigint, 'two minutes together stay below it');
select tests.at('2026-12-08 23:59:29');
select is(tests.take('look', 6, 100, 6), 6::bigint, 'a minute before midnight ...');
select tests.at('2026-12-09 00:00:10');
select is(tests.take('look', 6, 100, 6), 0::bigint, '... counts on the day after');

-- A platform that is down ---------------------------------------------------------------------------
select tests.at('2026-12-10 10:00:00');
select is(tests.take('look', 1), 1::bigint, 'a day begins');
select private.note_answer('tiktok', false, 0) from generate_series(1, 4);
select is(tests.take('look', 1), 1::bigint, 'four failures in a row may be four accounts'' own');
select private.note_answer('tiktok', false, 0);
select is(tests.free_at('look'), '2026-12-10 10:01:00+00', 'the fifth pauses figures for a minute');
select is(tests.free_at('schedule'), '2026-12-10 10:01:00+00', 'the schedule''s too');
select is(tests.take('connecting', 1), 1::bigint, 'but not connecting');
select tests.at('2026-12-10 10:01:00');
select private.note_answer('tiktok', false, 0) from generate_series(1, 3);
select is(tests.free_at('look'), '2026-12-10 10:09:00+00', 'each one more doubles the pause');
select private.note_answer('tiktok', false, 0) from generate_series(1, 50);
select is(tests.free_at('look'), '2026-12-10 10:31:00+00', 'to half an hour');
select tests.at('2026-12-10 10:31:00');
select is(tests.take('look', 1), 1::bigint, 'then one finds out');
select private.note_answer('tiktok', true, null);
select private.note_answer('tiktok', false, 0);
select is(tests.take('look', 1), 1::bigint, 'an answer ends the row of failures');
select private.note_answer('tiktok', false, 600);
select is(tests.free_at('look'), '2026-12-10 10:41:00+00', 'a pause that the platform asks for is kept');

-- A query that was not sent -------------------------------------------------------------------------
select tests.at('2026-12-11 10:00:00');
select is(tests.take('connecting', 5, 5), 5::bigint, 'all are taken');
select is(public.return_query('tiktok', private.now()), '{"returned": true}', 'one comes back');
select is(tests.take('connecting', 5, 5), 1::bigint, 'and can be taken');
select is(public.return_query('tiktok', '2026-12-01 00:00:00+00'), '{"returned": true}', 'to the day it was of');
select is(public.return_query('tiktok', '2026-11-01 00:00:00+00'), '{"returned": false}', 'if there is one');

-- With the state of a connection --------------------------------------------------------------------
select tests.at('2026-12-12 10:00:00');
select tests.add_user('ann');
create function tests.consume(p_state text, p_request text, p_a_day integer) returns jsonb
language sql
as $$
  select public.consume_oauth_state(
    encode(sha256(p_state::bytea), 'hex'), tests.id('ann'), 'tiktok', p_request, p_a_day, 600)
$$;
create function tests.taken_today() returns integer
language sql
as $$ select coalesce(max(taken_for_connecting), 0) from private.query_days
       where platform = 'tiktok' and day = private.utc_day(private.now()) $$;
select public.create_oauth_state(
  encode(sha256(state::bytea), 'hex'), tests.id('ann'), 'tiktok', 'https://n.example/callback',
  'https://n.example/', array['user.info.basic'], null, 600, 10, true)
from unnest(array['one', 'two', 'three']) as state;

select is(tests.consume('unknown', 'request 1', 2), null, 'an unknown state costs nothing');
select is(tests.taken_today(), 0, 'no query');
select isnt(tests.consume('one', 'request 1', 2) ->> 'redirect_uri', null, 'a live one is consumed');
select is(tests.taken_today(), 1, 'with a query');
select isnt(tests.consume('one', 'request 1', 2) ->> 'redirect_uri', null, 'a repeat gets the same answer');
select is(tests.taken_today(), 1, 'and no other query');
select is(tests.consume('one', 'request 2', 2), null, 'used is used');
select is(tests.taken_today(), 1, 'at no cost');
select isnt(tests.consume('two', 'request 3', null) ->> 'redirect_uri', null, 'who brings no code needs none');
select is(tests.take('connecting', 5, 2), 1::bigint, 'the last one goes');
select is(tests.consume('three', 'request 4', 2), '{"limited": true, "retry_after_seconds": 50400}',
  'without one the answer is when to come again');
select is((select consumed_at from private.oauth_states where state_hash = encode(sha256('three'), 'hex')), null,
  'and the state stays live');
select isnt(tests.consume('three', 'request 5', 3) ->> 'redirect_uri', null, 'for the next try');

select * from finish();
rollback;
