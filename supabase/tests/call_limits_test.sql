-- Calls that the platform limits by the minute: counted by account, in a sliding window.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob');
set local role service_role;
create temp table c as select tests.connect('ann') as id, tests.connect('bob') as bobs,
  tests.connect('bob', 'another') as others;

create function pg_temp.ask(p_connection uuid, p_call text, p_a_minute integer) returns text
language sql
as $$
  select public.lease_tokens_for_call(p_connection, null, tests.id('driver'), 30, 60, null, p_call, p_a_minute) ->> 'state'
$$;
create function pg_temp.wait(p_connection uuid, p_call text, p_a_minute integer) returns integer
language sql
as $$
  select (public.lease_tokens_for_call(p_connection, null, tests.id('driver'), 30, 60, null, p_call, p_a_minute)
    ->> 'retry_after_seconds')::integer
$$;

select is(pg_temp.ask(id, 'status', 3), 'usable', format('call %s of three', i)) from c, generate_series(1, 2) as i;
select tests.advance('30 s');
select is(pg_temp.ask(id, 'status', 3), 'usable', 'the third comes half a minute later') from c;
select is(pg_temp.ask(id, 'status', 3), 'limited', 'the fourth has to wait') from c;
select is(pg_temp.wait(id, 'status', 3), 31, 'until the first is a minute old, and a second more') from c;
select is(
  public.lease_tokens_for_call(id, null, tests.id('driver'), 30, 60, null, 'status', 3) - 'retry_after_seconds' - 'state',
  jsonb_build_object('connection', private.connection_json(r)), 'no token is lent meanwhile')
from c join public.platform_connections r using (id);
select is(pg_temp.ask(id, 'creator', 3), 'usable', 'another kind of call has a window of its own') from c;
select is(pg_temp.ask(id, null, null), 'usable', 'and a call that is not limited none') from c;
select is(pg_temp.ask(bobs, 'status', 3), 'limited', 'the same account, connected by somebody else, has the same') from c;
select is(pg_temp.ask(others, 'status', 3), 'usable', 'another account has its own') from c;
select tests.advance('30 s');
select is(pg_temp.wait(id, 'status', 3), 1, 'after a minute there is a second left') from c;
select tests.advance('1 s');
select is(pg_temp.ask(id, 'status', 3), 'usable', format('then two more: %s', i)) from c, generate_series(1, 2) as i;
select is(pg_temp.wait(id, 'status', 3), 30, 'and the window has slid on to the third') from c;
select is(cardinality(taken_at), 3, 'no more is kept than is needed')
from private.call_windows where platform_user_id = 'account' and call = 'status';
select is(pg_temp.ask(id, 'status', 5), 'usable', 'a limit that was raised counts what is known') from c;
select is(pg_temp.ask(id, 'status', 2), 'limited', 'and one that was lowered, too') from c;

-- What needs a refresh first takes no room: that is of unknown length.
select tests.advance('2 hours');
select is(pg_temp.ask(id, 'status', 1), 'leased', 'an expired token has to be refreshed') from c;
select is(pg_temp.ask(bobs, 'status', 1), 'leased', 'by each connection by itself') from c;
select public.finish_token_refresh(id, tests.id('driver'), 1, 'a', 'r', 'k', 7200, 15552000, null, null) from c;
select is(pg_temp.ask(id, 'status', 1), 'usable', 'then it is lent, and the room taken') from c;
select is(pg_temp.ask(id, 'status', 1), 'limited', 'once') from c;
select private.end_connection(r, 'reconnect_required', null) from public.platform_connections r, c where r.id = c.id;
select is(pg_temp.ask(id, 'status', 1), 'ended', 'what has ended is told so, room or not') from c;
select is(
  public.lease_tokens_for_call(tests.id('none'), null, tests.id('driver'), 30, 60, null, 'status', 1), null,
  'and what does not exist, not at all');

-- The turn of several who wait -------------------------------------------------------------------
select is(private.call_free_at(taken_at, 3, turn, '2026-12-01 12:00+00'), free_at, name)
from (values
  ('nothing was ever taken', null, 1, null),
  ('an empty window', '{}', 3, null),
  ('the fourth of three, in an empty window', '{}', 4, '12:01:01'),
  ('the seventh of three, in an empty window', '{}', 7, '12:02:02'),
  ('one of three is taken: the second goes', '{11:59:30}', 2, null),
  ('the third waits for the first', '{11:59:30}', 3, '12:00:31'),
  ('all are taken: the first waits for the oldest', '{11:59:10,11:59:20,11:59:30}', 1, '12:00:11'),
  ('the second for the next one', '{11:59:10,11:59:20,11:59:30}', 2, '12:00:21'),
  ('what is a minute old is forgotten', '{11:58:59,11:59:20,11:59:30}', 1, null)
) as cases (name, taken, turn, free)
cross join lateral (
  select array(select ('2026-12-01 ' || t || '+00')::timestamptz from unnest(taken::text[]) as t) as taken_at,
         ('2026-12-01 ' || free || '+00')::timestamptz as free_at
) as times;

select * from finish();
rollback;
