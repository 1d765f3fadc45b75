-- Who is kept warm and who is refreshed on use: when the schedule refreshes a token.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann');
set local role service_role;

-- The rule ----------------------------------------------------------------------------------------
select is(
  private.refresh_due_at(
    private.now(), private.now() + access, private.now() + refresh, in_use, private.now() + post)
    - private.now(),
  due, name)
from (values
  ('in use, 2 h: a fifth of its life before the end', interval '2 h', interval '180 d', true, null::interval, interval '96 min'),
  ('in use, 24 h: a fifth of its life before the end', '24 h', '365 d', true, null, '19 h 12 min'),
  ('in use, 10 min: five minutes before the end', '10 min', '180 d', true, null, '5 min'),
  ('in use, 25 min: a fifth is five minutes', '25 min', '180 d', true, null, '20 min'),
  ('in use, shorter than five minutes: at once', '4 min', '180 d', true, null, '-1 min'),
  ('dormant, a post in ten days: a day before it', '2 h', '180 d', false, '10 d', '9 d'),
  ('dormant, a post in two hours: as if in use', '2 h', '180 d', false, '2 h', '96 min'),
  ('in use, no end of the refresh token told: as ever', '2 h', null, true, null, '96 min'),
  ('dormant, no end of the refresh token told: on use', '2 h', null, false, null, null)
) as cases (name, access, refresh, in_use, post, due);

-- Shortly before half of the refresh token's life, each grant at a moment of its own
select ok(
  bool_and(share >= 0.479 and share < 0.4951) and count(distinct share) > 90 and max(share) - min(share) > 0.01,
  name || ': before half of the refresh token''s life, not all at once')
from (values
  ('dormant, 180 d', interval '180 d', false, null::interval),
  ('dormant, 365 d', '365 d', false, null),
  ('dormant, a post in a year', '180 d', false, '365 d'),
  ('in use, a refresh token of 2 h', '2 h', true, null)
) as cases (name, refresh, in_use, post)
cross join lateral (
  select extract(epoch from
    private.refresh_due_at(at, at + interval '2 h', at + refresh, in_use, at + post) - at
  ) / extract(epoch from refresh) as share
    from generate_series(1, 100) as i cross join lateral (select private.now() + i * interval '17 ms' as at) as issued
) as shares
group by name;

-- The schedule itself -----------------------------------------------------------------------------
create function pg_temp.claim(p_limit integer default 25, p_owner text default 'schedule')
returns setof uuid
language sql
as $$
  select (item ->> 'connection_id')::uuid
    from jsonb_array_elements(
      public.claim_due_tokens('tiktok', tests.id(p_owner), 30, p_limit) -> 'items') as item
$$;
create function pg_temp.due(p_account text) returns interval
language sql
as $$ select refresh_due_at - private.now() from public.platform_connections where platform_user_id = p_account $$;
create function pg_temp.refresh(p_account text) returns void
language sql
as $$
  select public.finish_token_refresh(
    id, tests.id('schedule'), token_version, 'sealed', 'sealed', 'key', 7200, 15552000, null, null)
    from public.platform_connections where platform_user_id = p_account
$$;

select tests.connect('ann', '2 h'), tests.connect('ann', '24 h', 86400, 31536000),
       tests.connect('ann', 'elsewhere', p_platform => 'other');
select is(pg_temp.due('2 h'), '96 min', 'a new connection of 2 h is warm');
select is(pg_temp.due('24 h'), '19 h 12 min', 'a new connection of 24 h is warm');
select is_empty($$ select pg_temp.claim() $$, 'nothing is due at first');

select tests.advance('95 min 59 s');
select is_empty($$ select pg_temp.claim() $$, 'nothing is due a second before its time');
select tests.advance('1 s');
select results_eq($$ select pg_temp.claim() $$, array[tests.id('ann2 h')],
  'at its time it is claimed, and only on its own platform');
select is_empty($$ select pg_temp.claim(25, 'other') $$, 'and by one alone');
select tests.advance('30 s');
select results_eq($$ select pg_temp.claim() $$, array[tests.id('ann2 h')],
  'until the lease is over');
select pg_temp.refresh('2 h');
select is(pg_temp.due('2 h'), '96 min', 'once refreshed, a warm connection stays warm');

-- Going dormant, 24 hours after it was connected
select tests.advance('24 h');
select results_eq($$ select pg_temp.claim() $$, array[]::uuid[], 'after a day unused nothing is refreshed');
select ok(pg_temp.due('2 h') between interval '86 d' - interval '24 h' and interval '89.2 d' - interval '24 h',
  'and what is dormant is put off to shortly before half of its refresh token''s life');

-- Used again
select tests.lease(tests.id('ann2 h'), 'ann''s', p_user => 'ann');
select results_eq($$ select pg_temp.claim() $$, array[]::uuid[], 'a user who refreshes it himself holds the lease');
select public.fail_token_refresh(tests.id('ann2 h'), tests.id('ann''s'), 2, false, '{}', 0, null);
select results_eq($$ select pg_temp.claim() $$, array[tests.id('ann2 h')], 'a use makes it warm again');
select pg_temp.refresh('2 h');
select is(pg_temp.due('2 h'), '96 min', 'and it stays so');
select tests.advance('23 h 59 min');
select results_eq($$ select pg_temp.claim() $$, array[tests.id('ann2 h')], 'for a day after the use');
select pg_temp.refresh('2 h');
select tests.advance('96 min');
select results_eq($$ select pg_temp.claim() $$, array[]::uuid[], 'and no longer');

-- The service's own calls are no use: the schedule would keep everything warm for ever
select tests.lease(tests.id('ann2 h'), 'schedule');
select ok(pg_temp.due('2 h') > '80 d', 'a call by the service itself warms nothing');
select public.fail_token_refresh(tests.id('ann2 h'), tests.id('schedule'), 4, false, '{}', 0, null);
select results_eq($$ select pg_temp.claim() $$, array[]::uuid[], 'a dormant one''s retry waits too');

-- A post to come
select tests.post('later', 'ann', tests.id('ann24 h'), jsonb_build_object('scheduled_at', private.now() + interval '10 d'));
select is(pg_temp.due('24 h'), '9 d', 'a post in ten days makes it due a day before');
select tests.advance('9 d');
select results_eq($$ select pg_temp.claim() $$, array[tests.id('ann24 h')], 'then it is refreshed');
select pg_temp.refresh('24 h');
select is(pg_temp.due('24 h'), '96 min', 'and kept warm until the post');

-- Before half of the refresh token's life is gone, used or not
select public.cancel_publish_job(tests.id('later'), tests.id('ann'));
select tests.advance('90 d');
select set_eq($$ select pg_temp.claim() $$, array[tests.id('ann2 h'), tests.id('ann24 h')],
  'the dormant are refreshed before their grants grow old');

select tests.advance('1 min');
select is((select count(*) from pg_temp.claim(1)), 1::bigint, 'no more are claimed than asked for');

-- A backlog -----------------------------------------------------------------------------------------
reset role;
delete from public.platform_connections;
create function pg_temp.backlog(p_rows integer) returns integer
language sql
as $$
  delete from public.platform_connections;
  select tests.connect('ann', 'due ' || i) from generate_series(1, p_rows) as i;
  update public.platform_connections set refresh_due_at = private.now();
  select private.invocations_for_due_tokens('tiktok', 10);
$$;
select results_eq(
  $$ select pg_temp.backlog(due) from unnest(array[0, 1, 10, 11, 75, 500]) as due $$,
  array[1, 1, 1, 2, 8, 8], 'a tick starts an invocation a batch that is due, at least one, at most eight');
select is(private.invocations_for_due_tokens('other', 10), 1, 'another platform''s backlog is its own');

select tests.connect('ann', 'in use'), tests.advance('25 hours');
select tests.lease(tests.id('annin use'), 'x', p_user => 'ann');
select public.fail_token_refresh(tests.id('annin use'), tests.id('x'), 1, false, '{}', 0, null);
set local role service_role;
select results_eq($$ select pg_temp.claim(1) $$, array[]::uuid[],
  'many that went dormant are put off, some a claim, however few were asked for');
select is((select count(*) from public.platform_connections where refresh_due_at <= private.now()), 481::bigint,
  'not all at once');
do $$ begin for i in 1..24 loop perform pg_temp.claim(1); end loop; end $$;
select results_eq($$ select pg_temp.claim(1) $$, array[tests.id('annin use')], 'until the turn comes of one that is in use');

select * from finish();
rollback;
