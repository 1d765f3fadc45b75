-- The anti-forgery state: stored as a hash, for ten minutes, used once, by its own user.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob');
set local role service_role;

create function pg_temp.hash(p_name text) returns text
language sql immutable as $$ select md5(p_name) || md5(p_name || '.') $$;

create function pg_temp.create_state(
  p_name text, p_user text default 'ann', p_live boolean default true, p_platform text default 'tiktok'
) returns jsonb
language sql
as $$
  select public.create_oauth_state(
    pg_temp.hash(p_name), tests.id(p_user), p_platform, 'https://nexus.example.com/callback',
    'https://nexus.example.com/done', array['user.info.basic', 'video.publish'], 'sealed verifier',
    600, 10, p_live)
$$;
create function pg_temp.read_state(p_name text, p_platform text default 'tiktok') returns jsonb
language sql as $$ select public.read_oauth_state(pg_temp.hash(p_name), p_platform) $$;
create function pg_temp.consume(p_name text, p_user text, p_request text, p_platform text default 'tiktok')
returns jsonb
language sql
as $$ select public.consume_oauth_state(pg_temp.hash(p_name), tests.id(p_user), p_platform, p_request) $$;

-- One state's life --------------------------------------------------------------------------------
select is(pg_temp.create_state('one'), '{"expires_at": "2026-12-01T12:10:00.000Z"}',
  'a state lives for the time it was given');
select is(pg_temp.create_state('one'), '{"expires_at": "2026-12-01T12:10:00.000Z"}',
  'the same request again, as a transport may send it, has the same answer');
select is((select count(*) from private.oauth_states), 1::bigint, 'and makes no second state');
select is(pg_temp.read_state('one'), '{"redirect_to": "https://nexus.example.com/done"}',
  'a live state tells where its browser wants to go');
select is(pg_temp.read_state('one') ->> 'redirect_to', 'https://nexus.example.com/done',
  'and reading it changes nothing');
select is(pg_temp.read_state('made up'), null, 'an unknown state tells nothing');
select is(pg_temp.read_state('one', 'other'), null, 'another platform''s state tells nothing');
select is(pg_temp.consume('one', 'bob', 'request 1'), null, 'another user cannot consume it');
select is(pg_temp.consume('one', 'ann', 'request 1', 'other'), null, 'nor can another platform');
select isnt(pg_temp.read_state('one'), null, 'it stays live for its owner');

select is(
  pg_temp.consume('one', 'ann', 'request 2'),
  '{"redirect_uri": "https://nexus.example.com/callback", "redirect_to": "https://nexus.example.com/done",
    "scopes": ["user.info.basic", "video.publish"], "code_verifier_sealed": "sealed verifier",
    "accounts": {}, "consumed_at": "2026-12-01T12:00:00+00:00"}',
  'its owner consumes it');
select is(pg_temp.read_state('one'), null, 'a used state tells nothing');
select is(pg_temp.consume('one', 'ann', 'request 3'), null, 'a second request cannot consume it');
select is(pg_temp.consume('one', 'ann', null), null, 'nor can one without an id');
select is(pg_temp.consume('one', 'bob', 'request 2'), null, 'nor another user with the same request id');
select is(
  pg_temp.consume('one', 'ann', 'request 2') ->> 'code_verifier_sealed', 'sealed verifier',
  'the same request again, as a transport may send it, has the same answer');

-- Accounts that the user has already, so that the tokens can be sealed to the right row
select tests.connect('ann', 'account 1'), tests.connect('ann', 'account 2'),
       tests.connect('ann', 'account 3', p_platform => 'other'), tests.connect('bob', 'account 4');
select pg_temp.create_state('with accounts');
select is(
  pg_temp.consume('with accounts', 'ann', 'r') -> 'accounts',
  jsonb_build_object('account 1', tests.id('annaccount 1'), 'account 2', tests.id('annaccount 2')),
  'consuming names the user''s accounts on this platform, and nobody else''s');

-- Expiry ------------------------------------------------------------------------------------------
select pg_temp.create_state('slow');
select tests.advance('9 minutes 59 seconds');
select isnt(pg_temp.read_state('slow'), null, 'a state is live until its time');
select tests.advance('1 second');
select is(pg_temp.read_state('slow'), null, 'at its time it is dead');
select is(pg_temp.consume('slow', 'ann', 'r'), null, 'and cannot be consumed');

-- Ten at most -------------------------------------------------------------------------------------
select tests.advance('1 hour');
select pg_temp.create_state('live 1');
select tests.advance('1 minute');
select pg_temp.create_state('live ' || i) from generate_series(2, 10) as i;
select is(
  pg_temp.create_state('live 11'), '{"rate_limited": true, "retry_after_seconds": 540}',
  'the eleventh is refused until the first one''s end');
select is(pg_temp.read_state('live 11'), null, 'and not stored');
select ok(pg_temp.create_state('dry', p_live => false) ? 'expires_at', 'a dry run is not limited');
select is(pg_temp.read_state('dry'), null, 'and its state is not live');
select ok(pg_temp.create_state('bob 1', 'bob') ? 'expires_at', 'another user is not limited by it');
select ok(pg_temp.create_state('other 1', p_platform => 'other') ? 'expires_at', 'nor another platform');
select isnt(pg_temp.consume('live 5', 'ann', 'r'), null, 'one is used');
select ok(pg_temp.create_state('live 11') ? 'expires_at', 'then the eleventh is taken');
select ok(pg_temp.create_state('live 12') ? 'rate_limited', 'and the twelfth is not');
select tests.advance('9 minutes');
select ok(pg_temp.create_state('live 12') ? 'expires_at', 'until the first has expired');

-- What is stored ----------------------------------------------------------------------------------
select throws_ok(
  format($$ select public.create_oauth_state(%L, tests.id('bob'), 'tiktok', 'u', 'r', '{}', null, 600, 10, true) $$, hash),
  '23514', null, format('%s is stored as no hash', name))
from (values ('a raw state', 'q8J3bWc0S2lNfLr5vT1xYz'), ('an empty text', ''),
  ('upper case', upper(pg_temp.hash('ann')) || ''), ('a hash and more', pg_temp.hash('ann') || '0'))
  as bad (name, hash);
select tests.advance('2 days');
select pg_temp.create_state('fresh');
select is((select count(*) from private.oauth_states where user_id = tests.id('ann')), 1::bigint,
  'what expired more than a day ago goes with the user''s next state');

reset role;
delete from auth.users where id = tests.id('ann');
select is((select count(*) from private.oauth_states where user_id = tests.id('ann')), 0::bigint,
  'a deleted user''s states go with him');

select * from finish();
rollback;
