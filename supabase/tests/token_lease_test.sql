-- Tokens are lent out, and refreshed by one at a time: the lease, and the fence of what ends it.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob');
set local role service_role;

create function pg_temp.finish(
  p_connection uuid, p_owner text, p_version bigint, p_seconds double precision default 7200
) returns jsonb
language sql
as $$
  select public.finish_token_refresh(
    p_connection, tests.id(p_owner), p_version, 'sealed access 2', 'sealed refresh 2', 'key-2',
    p_seconds, 15552000, null, null)
$$;
create function pg_temp.fail(
  p_connection uuid, p_owner text, p_version bigint, p_reconnect boolean, p_log jsonb default null
) returns jsonb
language sql
as $$
  select public.fail_token_refresh(
    p_connection, tests.id(p_owner), p_version, p_reconnect,
    '{"code": "tiktok_unavailable", "detail": "no answer"}', 300, p_log)
$$;
create function pg_temp.row_of(p_user text) returns public.platform_connections
language sql
as $$ select * from public.platform_connections where id = tests.id(p_user || 'account') $$;

create temp table c as select tests.connect('ann') as id;

-- Usable ------------------------------------------------------------------------------------------
select is(tests.lease(id, 'a') - 'connection',
  '{"state": "usable", "access_token_sealed": "sealed access 1", "token_version": 1}',
  'a fresh token is usable, and its refresh token stays at home') from c;
select is(tests.lease(id, 'a') -> 'connection' ->> 'status', 'active', 'the connection comes with it') from c;
select is(tests.lease(id, 'a', p_user => 'bob'), null, 'another user''s connection is not there') from c;
select is(tests.lease(tests.id('none'), 'a'), null, 'nor is one that does not exist');
select tests.advance('119 minutes');
select is(tests.lease(id, 'a') ->> 'state', 'leased',
  'a token with no more than the asked time left is to be refreshed') from c;
select is((pg_temp.row_of('ann')).refresh_lease_owner, tests.id('a'), 'by the one who asked');

-- Busy --------------------------------------------------------------------------------------------
select is(tests.lease(id, 'b') - 'connection', '{"state": "busy", "refresh_failures": 0}', 'somebody else waits') from c;
select is(tests.lease(id, 'a') ->> 'state', 'leased', 'the holder who asks again still holds it') from c;
select is(
  tests.lease(id, 'a') - 'connection' - 'scopes' - 'connection_id',
  '{"state": "leased", "platform_user_id": "account", "access_token_sealed": "sealed access 1",
    "refresh_token_sealed": "sealed refresh 1", "token_version": 1, "access_expires_in_seconds": 60.000000, "refresh_failures": 0}',
  'a lease brings both tokens') from c;
select tests.advance('30 seconds');
select is(tests.lease(id, 'b') ->> 'state', 'leased', 'a lease that ran out goes to the next') from c;

-- The fence ---------------------------------------------------------------------------------------
select is(pg_temp.finish(id, 'a', 1), '{"stored": false}', 'who lost the lease cannot write') from c;
select is(pg_temp.finish(id, 'b', 2), '{"stored": false}', 'nor with another version') from c;
select is((pg_temp.row_of('ann')).access_token_sealed, 'sealed access 1', 'nothing was written');
select is(pg_temp.finish(id, 'b', 1), '{"stored": true, "token_version": 2}', 'the holder writes') from c;
select is(
  (select array[access_token_sealed, refresh_token_sealed, sealing_key_id] from pg_temp.row_of('ann')),
  array['sealed access 2', 'sealed refresh 2', 'key-2'], 'both tokens at once, with their key');
select is((pg_temp.row_of('ann')).access_token_expires_at, private.now() + interval '2 hours',
  'the access token''s life begins now');
select is((pg_temp.row_of('ann')).refresh_token_expires_at, private.now() + interval '180 days',
  'the refresh token''s too');
select is((pg_temp.row_of('ann')).last_refreshed_at, private.now(), 'the refresh is timed');
select is(pg_temp.finish(id, 'b', 1), '{"stored": false}', 'a second write of the same holder is none') from c;
select is(pg_temp.finish(id, 'b', 2), '{"stored": false}', 'the lease was given back') from c;
select is(tests.lease(id, 'c') ->> 'token_version', '2', 'whoever comes next has the new token') from c;

-- Refused by the platform -------------------------------------------------------------------------
select is(tests.lease(id, 'a', 1) ->> 'state', 'usable',
  'a refusal of an older version is answered with the newer token') from c;
select is(tests.lease(id, 'a', 2) ->> 'state', 'leased',
  'a refusal of this very version makes it be refreshed before its time') from c;
select tests.advance('30 seconds');
select tests.lease(id, 'b', 2) from c;
select is(pg_temp.finish(id, 'a', 2), '{"stored": false}', 'who slept until another took over cannot write') from c;
select tests.advance('30 seconds');

-- Failing -----------------------------------------------------------------------------------------
select is(tests.lease(id, 'a', 2) ->> 'state', 'leased', 'the next try') from c;
select is(pg_temp.fail(id, 'b', 2, false), '{"recorded": false}', 'a stranger''s failure counts nothing') from c;
select is(pg_temp.fail(id, 'a', 1, true), '{"recorded": false}', 'nor one of an older version') from c;
select is((pg_temp.row_of('ann')).status, 'active', 'the connection stands');
select is(
  pg_temp.fail(id, 'a', 2, false, '{"function_slug": "tiktok-refresh", "code": "tiktok_unavailable", "detail": "x"}'),
  '{"recorded": true}', 'the holder''s failure counts') from c;
select is((select code from private.error_log), 'tiktok_unavailable', 'and is in the log');
select is(
  (select array[refresh_failures::text, access_token_sealed, refresh_lease_owner::text,
     (refresh_due_at - private.now())::text] from pg_temp.row_of('ann')),
  array['1', 'sealed access 2', null, '00:05:00'],
  'the tokens stay, the lease is given back, the schedule comes again when told');
select is((pg_temp.row_of('ann')).last_error,
  jsonb_build_object('code', 'tiktok_unavailable', 'detail', 'no answer', 'at', private.iso(private.now())),
  'the user sees what happened');
select is(
  public.lease_connection_tokens(id, null, tests.id('waiter'), 30, 60, 2, 0) - 'connection',
  '{"state": "failed"}', 'who waited for it meanwhile shares the result') from c;
select is((pg_temp.row_of('ann')).refresh_lease_owner, null, 'and takes no lease');
select is(public.lease_connection_tokens(id, null, tests.id('waiter'), 30, 60, 2, 1) ->> 'state',
  'leased', 'who comes later tries himself') from c;
select pg_temp.fail(id, 'waiter', 2, false) from c;
select tests.lease(id, 'a', p_user => 'ann') from c;
select is((pg_temp.row_of('ann')).refresh_due_at, private.now() + interval '5 minutes',
  'a use does not hurry a retry') from c;
select tests.lease(id, 'a', 2) from c;
select is(pg_temp.finish(id, 'a', 2), '{"stored": true, "token_version": 3}', 'a later try succeeds') from c;
select is(
  (select array[refresh_failures::text, last_error::text] from pg_temp.row_of('ann')),
  array['0', null], 'and clears the failure');

-- The grant is dead -------------------------------------------------------------------------------
select tests.lease(id, 'a', 3) from c;
select pg_temp.fail(id, 'a', 3, true) from c;
select is(
  (select array[status, access_token_sealed, refresh_token_sealed, sealing_key_id,
     access_token_expires_at::text, refresh_token_expires_at::text, refresh_due_at::text,
     refresh_lease_owner::text] from pg_temp.row_of('ann')),
  array['reconnect_required', null, null, null, null, null, null, null],
  'a dead grant leaves no token behind');
select is(tests.lease(id, 'a') ->> 'state', 'ended', 'and nothing to lend') from c;
select is(tests.lease(id, 'a') -> 'connection' -> 'last_error' ->> 'code', 'tiktok_unavailable',
  'but the reason') from c;

-- Reconnecting while somebody refreshes -----------------------------------------------------------
create temp table again as select tests.connect('ann') as id;
select is((select id from again), (select id from c), 'the same account keeps its id');
select is((select array[status, last_error::text] from pg_temp.row_of('ann')), array['active', null],
  'and is active again, its error gone');
select is((pg_temp.row_of('ann')).token_version, 5::bigint, 'every change of the tokens counts');
select tests.advance('2 hours');
select tests.lease(id, 'slow') from c;
select tests.connect('ann');
select is(pg_temp.finish(id, 'slow', 5), '{"stored": false}',
  'a refresh of the old grant cannot overwrite the new one') from c;
select is(pg_temp.fail(id, 'slow', 5, true), '{"recorded": false}', 'nor end it') from c;
select is((pg_temp.row_of('ann')).access_token_sealed, 'sealed access 1', 'the new tokens stand');

select throws_ok(
  $$ update public.platform_connections set access_token_sealed = null where status = 'active' $$,
  '23514', null, 'an active connection has both tokens');
select throws_ok(
  $$ update public.platform_connections set status = 'disconnected' $$,
  '23514', null, 'a disconnected one has none');

select * from finish();
rollback;
