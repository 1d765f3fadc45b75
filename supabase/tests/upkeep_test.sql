-- What the schedule keeps in order: seals under the current key, and rows that are over.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob'), tests.add_user('cat');
set local role service_role;

-- Sealing anew ------------------------------------------------------------------------------------
create function pg_temp.stale(p_key text, p_old text[], p_limit integer default 25, p_from text default 'from')
returns setof jsonb
language sql
as $$
  select item from jsonb_array_elements(
    public.claim_stale_seals(p_key, p_old, tests.id(p_from), p_limit) -> 'items') as item
$$;
create function pg_temp.item(p_user text, p_old text, p_new text, p_awaits boolean default false) returns jsonb
language sql
as $$
  select jsonb_build_array(jsonb_build_object(
    'connection_id', tests.id(p_user || 'account'), 'awaits_revocation', p_awaits,
    'old_access_token_sealed', p_old, 'access_token_sealed', p_new || ' a', 'refresh_token_sealed', p_new || ' r'))
$$;
create function pg_temp.row_of(p_user text) returns public.platform_connections
language sql
as $$ select * from public.platform_connections where id = tests.id(p_user || 'account') $$;

select is(array(select private.sealing_key_ids()), '{}', 'where nothing is sealed no key is in use');
select tests.connect('ann'), tests.connect('bob', p_platform => 'other');
select is(array(select private.sealing_key_ids()), array['key-1'], 'a key is told once, whatever the platform');
select is_empty($$ select pg_temp.stale('key-1', '{}') $$, 'what is sealed under the current key stays');
select is((select count(*) from pg_temp.stale('key-2', array['key-1'])), 2::bigint, 'the rest is to be sealed anew');
select is(
  array(select pg_temp.stale('key-2', array['key-1'], p_from => p_from) ->> 'connection_id' from unnest(array['x', 'y']) as p_from order by 1),
  array(select pg_temp.stale('key-2', array['key-1'], p_from => p_from) ->> 'connection_id' from unnest(array['z', 'x']) as p_from order by 1),
  'wherever a sweep begins, it goes round');
select is((select count(*) from pg_temp.stale('key-2', array['key-1'], 1)), 1::bigint, 'no more than asked for');
select is_empty($$ select pg_temp.stale('key-2', '{}') $$, 'what would not open is left alone');
select is(public.claim_stale_seals('key-2', '{}', tests.id('from'), 25) -> 'missing_key_ids', '["key-1"]',
  'and its key is named');
select is(public.claim_stale_seals('key-2', array['key-0', 'key-1'], tests.id('from'), 25) -> 'missing_key_ids', '[]',
  'a key that is there is not missing, whether used or not');

create temp table before as select token_version from pg_temp.row_of('ann');
select is(public.store_resealed_tokens(pg_temp.item('ann', 'another', 'new'), 'key-2'), '{"stored": 0}',
  'nothing is written where the tokens changed meanwhile');
select is(public.store_resealed_tokens(pg_temp.item('ann', 'sealed access 1', 'new', true), 'key-2'), '{"stored": 0}',
  'nor in another place');
select is(public.store_resealed_tokens(pg_temp.item('ann', 'sealed access 1', 'new'), 'key-2'), '{"stored": 1}',
  'else both at once');
select is(
  (select array[access_token_sealed, refresh_token_sealed, sealing_key_id, token_version::text] from pg_temp.row_of('ann')),
  (select array['new a', 'new r', 'key-2', token_version::text] from before), 'their version the same: so are they');
select is(array(select private.sealing_key_ids() order by 1), array['key-1', 'key-2'], 'both keys are in use');

select public.disconnect_connection(tests.id('annaccount'), tests.id('ann'));
select results_eq(
  $$ select item ->> 'access_token_sealed', item ->> 'awaits_revocation' from pg_temp.stale('key-3', array['key-2']) as item $$,
  $$ values ('new a', 'true') $$, 'what waits for its revocation is sealed anew too');
select is(public.store_resealed_tokens(pg_temp.item('ann', 'another', 'newer', true), 'key-3'), '{"stored": 0}',
  'not where its tokens changed meanwhile');
select is(public.store_resealed_tokens(pg_temp.item('ann', 'new a', 'newer', true), 'key-3'), '{"stored": 1}',
  'else both at once');
select is((select array[access_token_sealed, refresh_token_sealed, sealing_key_id] from private.token_revocations),
  array['newer a', 'newer r', 'key-3'], 'in its own place');
select is(array(select private.sealing_key_ids() order by 1), array['key-1', 'key-3'], 'a key that nothing needs is not in use');

-- What is over ------------------------------------------------------------------------------------
select tests.connect('cat', 'cats');
reset role;
delete from auth.users where id = tests.id('cat');
set local role service_role;
select public.log_error('{"function_slug": "f", "code": "c", "detail": "d"}');
select public.receive_webhook(repeat('a', 64), 'tiktok', 'x', '{"kind": "other"}');
select tests.advance('31 days');
select public.log_error('{"function_slug": "f", "code": "c", "detail": "d"}');
select public.purge_expired(90, 0);
select is((select count(*) from public.platform_connections where user_id is null), 1::bigint, 'a bounded number goes');
select public.purge_expired(90, 2);
select is((select count(*) from private.error_log), 2::bigint, 'the log is kept for its days');
select public.purge_expired(30, 1000);
select is((select count(*) from private.error_log), 1::bigint, 'and no longer');
select is((select count(*) from private.webhook_events), 0::bigint, 'events go after a month');
select is((select count(*) from public.platform_connections where user_id is null), 0::bigint,
  'so does what is left of a deleted user');
select is((select count(*) from private.token_revocations), 2::bigint, 'but not what is still to be revoked');
select is((select count(*) from public.platform_connections), 2::bigint, 'nor what a user has disconnected');

select * from finish();
rollback;
