-- How a connection ends: by its user, by the deletion of that user, by the platform's word.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob'), tests.add_user('cat');
set local role service_role;

create function pg_temp.disconnect(p_user text, p_by text default null) returns jsonb
language sql
as $$
  select public.disconnect_connection(tests.id(p_user || 'account'), tests.id(coalesce(p_by, p_user))) -> 'connection'
$$;
create function pg_temp.claim_revocations(p_owner text default 'schedule') returns jsonb
language sql
as $$ select public.claim_due_revocations('tiktok', tests.id(p_owner), 30, 25, null) -> 'items' $$;
create function pg_temp.waiting() returns bigint
language sql as $$ select count(*) from private.token_revocations where ended_at is null $$;
create function pg_temp.row_of(p_user text) returns public.platform_connections
language sql
as $$ select * from public.platform_connections where id = tests.id(p_user || 'account') $$;

-- By its user -------------------------------------------------------------------------------------
select tests.connect('ann'), tests.connect('bob');
select tests.post('anns', 'ann', tests.id('annaccount'));
select is(pg_temp.disconnect('ann', 'bob'), null, 'nobody disconnects another user''s connection');
select is(pg_temp.disconnect('ann') ->> 'status', 'disconnected', 'its user does');
select is(
  (select array[access_token_sealed, refresh_token_sealed, refresh_due_at::text] from pg_temp.row_of('ann')),
  array[null, null, null], 'its tokens are erased');
select is((tests.job('anns')).status, 'cancelled', 'its posts end with it');
select is(pg_temp.waiting(), 0::bigint, 'a grant that another user still holds is not revoked');
select is(pg_temp.disconnect('bob') ->> 'status', 'disconnected', 'the last one goes');
select is(pg_temp.waiting(), 1::bigint, 'then it is');
select is(pg_temp.disconnect('bob') ->> 'status', 'disconnected', 'disconnecting again changes nothing');
select is(pg_temp.waiting(), 1::bigint, 'and revokes once');

-- A grant that was not connected in the end ------------------------------------------------------
create function pg_temp.queue(p_id text) returns text
language sql
as $$
  select public.queue_revocation(tests.id(p_id), 'tiktok', 'refused', 'sealed a', 'sealed r', 'key-1', 3600) ->> 'queued'
$$;
select is(pg_temp.queue('refused'), 'true', 'a refused account''s grant waits for its revocation too');
select is(pg_temp.queue('refused'), 'true', 'a repeated request');
select is(pg_temp.waiting(), 2::bigint, 'queues it once');
select is(
  public.claim_due_revocations('tiktok', tests.id('schedule'), 60, 1, tests.id('refused')) #>> '{items,0,access_token_sealed}',
  'sealed a', 'whoever refused it claims it at once');
select public.finish_revocation(tests.id('refused'), tests.id('schedule'), true, 0, null, null, null, null, null);

-- The revocation, until it is done ----------------------------------------------------------------
select is(
  pg_temp.claim_revocations(),
  jsonb_build_array(jsonb_build_object(
    'connection_id', tests.id('bobaccount'), 'platform_user_id', 'account',
    'access_token_sealed', 'sealed access 1', 'refresh_token_sealed', 'sealed refresh 1',
    'access_expires_in_seconds', 7200.000000, 'attempts', 1)),
  'the tokens wait for their revocation');
select is(pg_temp.claim_revocations('other'), '[]', 'one at a time tries');
create function pg_temp.finish(p_owner text, p_done boolean) returns text
language sql
as $$
  select public.finish_revocation(
    tests.id('bobaccount'), tests.id(p_owner), p_done, 600, 'sealed access 2', 'sealed refresh 2', 'key-2', 7200, null
  ) ->> 'recorded'
$$;
select is(pg_temp.finish('other', true), 'false', 'who does not hold it ends nothing');
select is(pg_temp.finish('schedule', false), 'true', 'TikTok could not be reached');
select is(pg_temp.claim_revocations(), '[]', 'it waits');
select tests.advance('10 minutes');
select is(pg_temp.claim_revocations() -> 0 ->> 'access_token_sealed', 'sealed access 2',
  'and is tried again, with the tokens that a refresh brought');
select is(pg_temp.finish('schedule', true), 'true', 'TikTok took it');
select is(pg_temp.waiting(), 0::bigint, 'the tokens are gone');

select tests.connect('ann');
select pg_temp.disconnect('ann');
select tests.connect('bob');
select is(pg_temp.claim_revocations(), '[]', 'a grant that was given again meanwhile is not revoked');
select is(pg_temp.waiting(), 0::bigint, 'nor later');

-- A refresh that was under way when its connection was disconnected -------------------------------
select tests.connect('cat');
select tests.lease(tests.id('cataccount'), 'refresher', 1);
select pg_temp.disconnect('cat');
delete from private.token_revocations where connection_id = tests.id('cataccount');
select is(public.finish_token_refresh(
    tests.id('cataccount'), tests.id('refresher'), 1, 'rotated access', 'rotated refresh', 'k', 7200, null, null, null),
  '{"stored": false}', 'its tokens are not stored');
select is((select access_token_sealed from private.token_revocations where connection_id = tests.id('cataccount')),
  'rotated access', 'but they are the ones that live now, and are revoked');
delete from private.token_revocations where connection_id = tests.id('cataccount');

-- By the deletion of its user ---------------------------------------------------------------------
select pg_temp.disconnect('bob');
delete from private.token_revocations;
select tests.connect('cat');
select tests.post('unstarted', 'cat', tests.id('cataccount')), tests.post('running', 'cat', tests.id('cataccount'));
select tests.claim('running');
select tests.accept_init('running');
reset role;
delete from auth.users where id = tests.id('cat');
set local role service_role;
select is(
  (select array[status, user_id::text, username, access_token_sealed] from pg_temp.row_of('cat')),
  array['disconnected', null, null, null], 'what a deleted user had is ended, and tells nothing of him');
select is((tests.job('unstarted')).status, 'cancelled', 'his unstarted posts are cancelled');
select is((select array[status, error ->> 'code'] from tests.job('running')),
  array['failed', 'reconnect_required'], 'his running ones fail');
select is(jsonb_array_length(pg_temp.claim_revocations()), 1, 'his grant is revoked');
select tests.connect('bob');
select is((pg_temp.row_of('bob')).status, 'disconnected', 'while a grant is being revoked, no connection is stored on it');
select is((public.store_connection(
    tests.id('bobaccount'), tests.id('bob'), 'tiktok', 'account', '{}', '{}', '{}', 'a', 'r', 'k', 7200, 7200, null)),
  '{"revoking": true}', 'and its caller is told to wait');

-- A user who is deleted while he connects again
select throws_ok(
  format($$ select public.store_connection(%L, %L, 'tiktok', 'account of cat', '{}', '{}', '{}', 'a', 'r', 'k', 7200, 7200, null) $$,
    tests.id('cataccount'), tests.id('cat')),
  '23503', null, 'his old row is not revived for nobody');
select is((pg_temp.row_of('cat')).status, 'disconnected', 'it stays ended');

-- A grant that another's disconnection may have ended --------------------------------------------
create temp table exchanged as select private.now() as at;
select tests.advance('1 second');
select is(public.finish_revocation(tests.id('cataccount'), tests.id('schedule'), true, 0, null, null, null, null, null) ->> 'recorded',
  'true', 'the revocation ends');
create function pg_temp.store_bob(p_alive_since timestamptz) returns jsonb
language sql
as $$
  select public.store_connection(
    tests.id('bobaccount'), tests.id('bob'), 'tiktok', 'account', '{}', '{}', '{}', 'a', 'r', 'k', 7200, 7200, p_alive_since)
$$;
select is(pg_temp.store_bob(at) ->> 'prove_since' is not null, true,
  'who exchanged his code before must prove that his grant outlived it') from exchanged;
select is((pg_temp.row_of('bob')).status, 'disconnected', 'and is not connected before');
select is(pg_temp.store_bob(private.now() + interval '1 ms') -> 'connection' ->> 'status', 'active',
  'once proved, he is');
select is((select array[access_token_sealed, sealing_key_id] from private.token_revocations where ended_at is not null limit 1),
  array[null, null], 'an ended grant is remembered without its tokens');
select tests.advance('30 seconds');

-- By the platform's word --------------------------------------------------------------------------
create function pg_temp.hook(p_hash text, p_event jsonb, p_platform text default 'tiktok') returns jsonb
language sql
as $$
  select public.receive_webhook(
    md5(p_hash) || md5(p_hash), p_platform, p_event ->> 'kind', '{"platform_user_id": "account"}' || p_event)
$$;
create function pg_temp.removed(p_hash text, p_at timestamptz) returns jsonb
language sql
as $$
  select pg_temp.hook(p_hash, jsonb_build_object(
    'kind', 'authorization_removed', 'at', p_at, 'error', '{"code": "authorization_removed"}'::jsonb))
$$;
select tests.connect('ann'), tests.connect('bob');
select is(pg_temp.removed('old', private.now() - interval '2 s'), '{"applied": 0}',
  'a removal older than the connection speaks of an earlier grant');
select is((pg_temp.row_of('ann')).status, 'active', 'and ends nothing');
select is(pg_temp.removed('new', private.now()), '{"applied": 2}', 'a removal ends all that hold the grant');
select is((select array[status, access_token_sealed, last_error ->> 'code'] from pg_temp.row_of('ann')),
  array['reconnect_required', null, 'authorization_removed'], 'its tokens are erased, and the user sees why');
select is(pg_temp.waiting(), 0::bigint, 'and there is nothing left to revoke');
select is(pg_temp.removed('new', private.now()), '{"repeated": true}', 'an event counts once');

-- The platform tells of a revocation before it answers it
select tests.connect('ann');
select pg_temp.disconnect('ann');
select is(jsonb_array_length(pg_temp.claim_revocations()), 1, 'a revocation is under way');
select is(pg_temp.removed('echo', private.now()), '{"applied": 0}', 'its event comes first, and ends nothing more');
select is(
  public.finish_revocation(tests.id('annaccount'), tests.id('schedule'), true, 0, null, null, null, null, null),
  '{"recorded": false}', 'its answer comes second');
select is(pg_temp.store_bob(private.now() - interval '1 s') ->> 'prove_since' is not null, true,
  'and who exchanged his code before must prove that his grant outlived it');
select tests.advance('1 s');

-- Posts settled by events -------------------------------------------------------------------------
create function pg_temp.settled(p_hash text, p_name text, p_status text, p_post_id text default null, p_platform text default 'tiktok')
returns text
language sql
as $$
  select pg_temp.hook(p_hash, jsonb_build_object(
    'kind', 'post', 'publish_id', 'publish id of ' || p_name, 'status', p_status, 'post_id', p_post_id,
    'error', null), p_platform) ->> 'applied'
$$;
select tests.connect('ann');
select tests.post(name, 'ann', tests.id('annaccount')) from unnest(array['draft', 'direct']) as name;
select tests.claim(name), tests.accept_init(name) from unnest(array['draft', 'direct']) as name;
select is(pg_temp.settled('a', 'nobody''s', 'published'), '0', 'an unknown publish_id settles nothing');
select is(pg_temp.settled('b', 'draft', 'published', p_platform => 'other'), '0', 'nor another platform''s event');
select is(pg_temp.settled('c', 'draft', 'sent_to_inbox'), '1', 'a draft arrives');
select is(pg_temp.settled('d', 'draft', 'failed'), '0', 'a late failure of what has arrived changes nothing');
select is(pg_temp.settled('e', 'draft', 'published', '7678907398077074696'), '1', 'its user publishes it');
select is(pg_temp.settled('f', 'draft', 'published', '7678907398077074697'), '1', 'twice');
select is(pg_temp.settled('g', 'draft', 'published', '7678907398077074697'), '1', 'the same post told again');
select is((select post_ids from tests.job('draft')), array['7678907398077074696', '7678907398077074697'],
  'every post of it is kept, once');
select is(pg_temp.settled('h', 'draft', 'sent_to_inbox'), '0', 'an event out of order changes nothing');
select is((tests.job('draft')).status, 'published', 'it stays published');
select is(pg_temp.settled('i', 'direct', 'published', '1'), '1', 'a webhook settles what is being driven');
select is(tests.finish('direct', 'uploading', 'failed'), '{"state": "lost"}', 'and its driver is fenced off');
select is(pg_temp.hook('j', '{"kind": "other"}'), '{"applied": 0}', 'an unknown event is taken and changes nothing');
select throws_ok($$ select public.receive_webhook('no hash', 'tiktok', 'x', '{"kind": "other"}') $$,
  '23514', null, 'events are kept by hash');

select * from finish();
rollback;
