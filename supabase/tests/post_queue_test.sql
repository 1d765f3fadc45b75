-- A post is taken into the queue once, waits there, and is handed to one driver at a time.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob');
set local role service_role;
create temp table c as select tests.connect('ann') as id, tests.connect('bob') as bobs;

create function pg_temp.open(p_key text, p_hash text, p_user text default 'ann') returns jsonb
language sql
as $$
  select public.open_publish_job(
    tests.id(p_user || 'account'), tests.id(p_user), p_key, p_hash, tests.id('driver'), 30, 60, null, null)
$$;
create function pg_temp.claimed(p_owner text, p_limit integer default 25) returns setof text
language sql
as $$
  select item ->> 'id' from jsonb_array_elements(
    public.claim_due_jobs(tests.id(p_owner), 60, p_limit, null, 1000, 1000) -> 'items') as item
$$;

-- Idempotency -------------------------------------------------------------------------------------
select is(pg_temp.open('key', 'hash of one') ->> 'state', 'usable', 'a new key opens a post');
select is(tests.post('one', 'ann', id, '{"idempotency_key": "key"}') - 'job', '{"created": true}',
  'a post is taken') from c;
select is(tests.post('one', 'ann', id, '{"idempotency_key": "key"}') - 'job', '{"created": true}',
  'the same call again, as a transport may send it, has the same answer') from c;
select is(pg_temp.open('key', 'hash of one') -> 'job' ->> 'id', tests.id('one')::text,
  'the same request opened again finds its job');
select is(pg_temp.open('key', 'hash of two'), '{"conflict": true}', 'another request under that key conflicts');
select is(pg_temp.open('key', 'hash of one', 'bob') ->> 'state', 'usable', 'another user''s key is another key');
select is(
  tests.post('two', 'ann', id, '{"idempotency_key": "key", "request_hash": "hash of one"}') -> 'created', 'false',
  'a repeat that came through at the same time makes no second job') from c;
select is(
  tests.post('two', 'ann', id, '{"idempotency_key": "key", "request_hash": "hash of one"}') -> 'job' ->> 'id',
  tests.id('one')::text, 'and has the first one') from c;
select is(tests.post('two', 'ann', id, '{"idempotency_key": "key"}'), '{"conflict": true}',
  'another request that came through at the same time conflicts') from c;
select is(tests.post('bobs', 'bob', bobs, '{"idempotency_key": "key"}') -> 'created', 'true',
  'another user may have the same key') from c;
select is(tests.post('three', 'ann', id) -> 'created', 'true', 'without a key') from c;
select is(tests.post('four', 'ann', id, '{"request_hash": "hash of three"}') -> 'created', 'true',
  'the same request is another post') from c;
select throws_ok(
  format('select tests.post(''five'', ''ann'', %L, %L)', id, jsonb_build_object('idempotency_key', key)),
  '23514', null, name)
from c, (values ('an empty key is refused', ''), ('a key of 256 characters is refused', repeat('k', 256)))
  as bad (name, key);
select is(
  tests.post('long key', 'ann', id, jsonb_build_object('idempotency_key', repeat('ü', 255))) -> 'created', 'true',
  'one of 255 is taken') from c;

-- Whose it is -------------------------------------------------------------------------------------
select is(tests.post('six', 'bob', id), null, 'nobody posts with another user''s connection') from c;
select is(public.read_publish_job(tests.id('one'), tests.id('ann')) -> 'job' ->> 'status', 'queued',
  'the owner reads his job');
select is(public.read_publish_job(tests.id('one'), tests.id('bob')), null, 'nobody reads another user''s');
select is(public.read_publish_job(tests.id('none'), tests.id('ann')), null, 'nor one that does not exist');

-- Claiming ----------------------------------------------------------------------------------------
delete from public.publish_jobs;
select tests.post('now', 'ann', id),
       tests.post('past', 'ann', id, jsonb_build_object('scheduled_at', private.now() - interval '1 h')),
       tests.post('soon', 'ann', id, jsonb_build_object('scheduled_at', private.now() + interval '1 h'))
from c;
select is((tests.job('past')).next_attempt_at, private.now(), 'scheduled in the past means now');
select is((tests.job('soon')).next_attempt_at, private.now() + interval '1 h', 'scheduled for later waits');
select is(tests.claim('soon'), null, 'what is not due cannot be claimed, even by name');
select set_eq($$ select pg_temp.claimed('a') $$, array[tests.id('now')::text, tests.id('past')::text],
  'what is due is claimed');
select is_empty($$ select pg_temp.claimed('b') $$, 'and leased to one');
select is_empty($$ select pg_temp.claimed('a') $$, 'not even its holder claims it twice');
select tests.advance('59 seconds');
select is(tests.claim('now'), null, 'the lease holds for its time');
select tests.advance('1 second');
select is((tests.claim('now', 'b') ->> 'lease_version')::bigint, 2::bigint,
  'a lease that ran out goes to the next, with a version of its own');
select is(
  public.finish_job_step(tests.id('now'), tests.id('a'), 1, 'queued', 'failed', 0, null, false, '{}', null),
  '{"state": "lost"}', 'its earlier holder can move nothing');
select is((select count(*) from pg_temp.claimed('c', 1)), 1::bigint, 'no more are claimed than asked for');
select tests.advance('59 minutes');
select is(tests.claim('soon') ->> 'id', tests.id('soon')::text, 'at its time a scheduled post is claimed');

-- Waiting for a reconnect -------------------------------------------------------------------------
delete from public.publish_jobs;
select tests.connect('ann');
select tests.post('waits', 'ann', id), tests.post('much later', 'ann', id,
  jsonb_build_object('scheduled_at', private.now() + interval '30 d')) from c;
select tests.post('bobs', 'bob', bobs) from c;
select private.end_connection(r, 'reconnect_required', null)
  from public.platform_connections r, c where r.id = c.id;
select is(tests.post('new', 'ann', id), '{"ended": true}', 'what has ended takes no new post') from c;
select is(pg_temp.open(null, 'h') ->> 'state', 'ended', 'nor opens one');
select results_eq($$ select pg_temp.claimed('a') $$, array[tests.id('bobs')::text],
  'the posts of a connection that waits for its user wait too');
select is((tests.job('waits')).status, 'queued', 'they are not given up');
select is((tests.job('waits')).next_attempt_at, private.now() + interval '7 d', 'for seven days');

select tests.advance('1 d');
select tests.connect('ann');
select is((tests.job('waits')).next_attempt_at, private.now(), 'a reconnect brings them forward');
select is((tests.job('much later')).next_attempt_at, (tests.job('much later')).scheduled_at,
  'but never before their time');
select is(tests.claim('waits') ->> 'status', 'queued', 'and they go on');

select private.end_connection(r, 'reconnect_required', '{"code": "reconnect_required"}')
  from public.platform_connections r, c where r.id = c.id;
select tests.advance('1 d');
select private.end_connection(r, 'reconnect_required', null)
  from public.platform_connections r, c where r.id = c.id;
select tests.advance('5 d 23 h');
select is(public.claim_due_jobs(tests.id('a'), 60, 25, null, 5, 6) ->> 'failed', '0', 'within seven days nothing fails');
select is((tests.job('waits')).status, 'queued', 'the post still waits');
select tests.advance('1 h');
select is(public.claim_due_jobs(tests.id('a'), 60, 25, null, 5, 6) ->> 'failed', '1',
  'seven days after the connection ended, its due posts fail');
select is((select array[status, error ->> 'code', error ->> 'status'] from tests.job('waits')),
  array['failed', 'reconnect_required', '409'], 'with the reason');
select is((tests.job('much later')).status, 'queued', 'what is not due yet is left alone');

-- A connection that is no more --------------------------------------------------------------------
delete from public.publish_jobs;
select tests.connect('ann');
select tests.post('unstarted', 'ann', id), tests.post('uploading', 'ann', id), tests.pull('pulled', 'ann', id),
       tests.pull('asked', 'ann', id), tests.pull('answered late', 'ann', id), tests.post('done', 'ann', id)
from c;
select tests.claim(name) from unnest(array['uploading', 'pulled', 'asked', 'answered late', 'done']) as name;
select tests.accept_init('uploading'), tests.accept_init('pulled', null), tests.accept_init('done');
select tests.finish('done', 'uploading', 'published');
select tests.begin_init('asked');
-- The answer came after the lease was gone: the ledger knows that the platform took it.
select public.record_post_init(
  tests.id('answered late'), tests.id('driver'), 0, 60,
  (tests.begin_init('answered late') ->> 'init_id')::uuid, 'late', null, null, null, null, null);
select private.end_connection(r, 'disconnected', null) from public.platform_connections r, c where r.id = c.id;
select is((select status from tests.job(name)), status, name || ': ' || status)
from (values ('unstarted', 'cancelled'), ('uploading', 'failed'), ('pulled', 'failed'), ('asked', 'failed'),
  ('answered late', 'failed'), ('done', 'published')) as ended (name, status);
select is((tests.job('uploading')).error ->> 'code', 'reconnect_required', 'a running one tells why it failed');
select is_empty($$ select pg_temp.claimed('a') $$, 'nothing is left to claim');

select * from finish();
rollback;
