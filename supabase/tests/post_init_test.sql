-- Leave for an init: the intent that is written first, the daily limit and the one per minute.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob');
set local role service_role;
create temp table c as select tests.connect('ann') as id, tests.connect('bob') as bobs;

create function pg_temp.outcomes(p_name text) returns text[]
language sql
as $$ select array_agg(outcome order by sent_at) from private.post_inits where job_id = tests.id(p_name) $$;
-- Takes and claims a post, then asks for leave.
create function pg_temp.ask(
  p_name text, p_user text default 'ann', p_daily integer default 5, p_minute integer default 6
) returns text
language plpgsql
as $$
begin
  perform tests.post(p_name, p_user, tests.id(p_user || 'account'));
  perform tests.claim(p_name);
  return tests.begin_init(p_name, p_daily, p_minute) ->> 'state';
end
$$;
create function pg_temp.reject(p_name text) returns text
language sql
as $$
  select tests.finish(p_name, 'queued', 'queued', jsonb_build_object(
    'init_id', (select id from private.post_inits where job_id = tests.id(p_name) order by sent_at desc limit 1),
    'init_outcome', 'rejected')) ->> 'state'
$$;

-- The intent --------------------------------------------------------------------------------------
select is(pg_temp.ask('upload'), 'go', 'a leased, queued job gets leave');
select is(pg_temp.outcomes('upload'), array['sent'], 'its init is written down before it is sent');
select is((tests.job('upload')).attempts, 1, 'and counted');
select is(public.begin_post_init(tests.id('upload'), tests.id('other'), 1, 60, gen_random_uuid(), 5, 6), '{"state": "lost"}',
  'nobody but the holder gets leave');
select is(public.begin_post_init(tests.id('upload'), tests.id('driver'), 0, 60, gen_random_uuid(), 5, 6), '{"state": "lost"}',
  'nor the holder of an earlier lease');

-- The driver dies; the lease runs out; the next one takes over.
select tests.advance('1 minute');
select tests.claim('upload', 'other');
select is(tests.begin_init('upload') ->> 'state', 'lost', 'who slept until another took over gets no leave');
select tests.advance('1 minute');
select tests.claim('upload');
select is(tests.begin_init('upload') ->> 'state', 'go',
  'an upload whose init was never answered is begun anew: nothing posts before its bytes are in');
select is(pg_temp.outcomes('upload'), array['unknown', 'sent'], 'the first one''s outcome stays unknown');

select tests.pull('pull', 'ann', id) from c;
select tests.claim('pull');
select is(tests.begin_init('pull') ->> 'state', 'go', 'a pull gets leave');
select tests.advance('1 minute');
select tests.claim('pull');
select is(tests.begin_init('pull') ->> 'state', 'unconfirmed',
  'a pull whose init was never answered is not repeated');
select is(
  (select array[status, error ->> 'code', next_attempt_at::text, lease_owner::text] from tests.job('pull')),
  array['unconfirmed', 'tiktok_unavailable', null, null], 'it rests, unconfirmed');
select is(pg_temp.outcomes('pull'), array['sent'], 'and no second init was written');

select tests.pull('slow', 'ann', id) from c;
select tests.claim('slow');
create temp table slow_init as select tests.begin_init('slow') ->> 'init_id' as id;
select tests.advance('1 minute');
select tests.claim('slow', 'next');
select public.begin_post_init(
  tests.id('slow'), tests.id('next'), tests.version_of('slow'), 60, gen_random_uuid(), 5, 6);
select is((tests.job('slow')).status, 'unconfirmed', 'whose answer is slow is unconfirmed');
select is(public.record_post_init(
  tests.id('slow'), tests.id('driver'), 1, 60, (select id from slow_init)::uuid, 'the slow one''s id',
  null, null, null, null, null), '{"state": "lost"}', 'until it comes, from one whose lease is gone');
select is((select array[status, publish_id, error::text] from tests.job('slow')),
  array['processing', 'the slow one''s id', null], 'then it is followed like any other');

-- The transport repeated the request for leave by itself: the same id, the same answer, one init.
select tests.post('repeated', 'bob', bobs) from c;
select tests.claim('repeated');
select is(public.begin_post_init(tests.id('repeated'), tests.id('driver'), 1, 60, tests.id('repeated'), 5, 6) ->> 'state',
  'go', 'a request for leave that is repeated');
select is(public.begin_post_init(tests.id('repeated'), tests.id('driver'), 1, 60, tests.id('repeated'), 5, 6) ->> 'state',
  'go', 'gets the same answer');
select is(pg_temp.outcomes('repeated'), array['sent'], 'and is one init');

-- The answer came when another had the lease: the post is known to be taken, and is only followed.
select tests.pull('taken', 'bob', bobs) from c;
select tests.claim('taken');
select public.record_post_init(
  tests.id('taken'), tests.id('driver'), 0, 60, (tests.begin_init('taken') ->> 'init_id')::uuid,
  'the id that was kept', null, null, null, null, null);
select tests.advance('1 minute');
select tests.claim('taken');
select is(tests.begin_init('taken') ->> 'state', 'wait', 'an init that is known to be accepted is not repeated');
select is(
  (select array[status, publish_id, submitted_at::text] from tests.job('taken')),
  array['processing', 'the id that was kept', private.now()::text], 'its post is followed');

select tests.pull('pull 2', 'ann', id) from c;
select tests.claim('pull 2');
select tests.begin_init('pull 2');
select is(pg_temp.reject('pull 2'), 'ok', 'a refused pull goes back to the queue');
select tests.claim('pull 2');
select is(tests.begin_init('pull 2') ->> 'state', 'go', 'and may be asked again: surely nothing was posted');

-- Accepted ----------------------------------------------------------------------------------------
delete from public.publish_jobs;
select tests.advance('2 d');
select tests.post('upload', 'ann', id), tests.pull('pull', 'ann', id), tests.post('one chunk', 'ann', id) from c;
select tests.claim(name) from unnest(array['upload', 'pull', 'one chunk']) as name;
select is(tests.accept_init('upload') ->> 'state', 'ok', 'an accepted init is recorded');
select is(
  (select array[status, publish_id, upload_url_sealed, chunk_size_bytes::text, chunk_count::text,
     bytes_sent::text, last_chunk_sent_at::text, submitted_at::text] from tests.job('upload')),
  array['uploading', 'publish id of upload', 'sealed address', '500', '2', '0', null, null],
  'an upload begins');
select is((tests.job('upload')).lease_owner, tests.id('driver'), 'its driver goes on with it');
select is((tests.job('upload')).next_attempt_at, private.now(), 'should he die, it is due at once');
select tests.accept_init('pull', null), tests.accept_init('one chunk', 1);
select is(
  (select array[status, (submitted_at = private.now())::text, upload_url_sealed] from tests.job('pull')),
  array['processing', 'true', null], 'a pull is in processing');
select is((tests.job('one chunk')).last_chunk_sent_at, private.now(),
  'of a single chunk the next request is the last');
select is(pg_temp.outcomes('upload'), array['accepted'], 'the ledger knows');

select tests.post('late', 'ann', id) from c;
select tests.claim('late');
create temp table late as select (tests.begin_init('late') ->> 'init_id')::uuid as init_id;
select tests.advance('1 minute');
select tests.claim('late', 'other');
select is(
  public.record_post_init(tests.id('late'), tests.id('driver'), 1, 60, init_id, 'p', 'u', 3600, 500, 2, 1000),
  '{"state": "lost"}', 'once another has taken over the job is not touched') from late;
select is((tests.job('late')).status, 'queued', 'it stays as it was');
select is(pg_temp.outcomes('late'), array['accepted'], 'but the platform''s count is kept');
select public.record_post_init(tests.id('upload'), tests.id('driver'), 1, 60, init_id, 'other', null, null, null, null, null)
  from late;
select is((select publish_id from private.post_inits, late where id = init_id), 'p',
  'another job''s init is not touched');

-- Five in any 24 hours ----------------------------------------------------------------------------
delete from public.publish_jobs;
create temp table began as select private.now() as at;
select is(pg_temp.ask('post 1', p_daily => 2), 'go', 'the first of two');
select tests.advance('1 h');
select is(pg_temp.ask('post 2', p_daily => 2), 'go', 'the second of two');
select is(pg_temp.ask('post 3', p_daily => 2), 'wait', 'the third waits');
select is((tests.job('post 3')).status, 'queued', 'in the queue');
select is((tests.job('post 3')).lease_owner, null, 'its lease given back');
select is((tests.job('post 3')).next_attempt_at, (select at from began) + interval '24 h',
  'until the first one''s 24 hours are over');
select is(pg_temp.outcomes('post 3'), null, 'and took no slot');
select is(pg_temp.ask('bob 1', 'bob', p_daily => 2), 'go', 'another connection has slots of its own');
select tests.advance('22 h 59 min 59 s');
select is(tests.claim('post 3'), null, 'a second before that it is not due');
select tests.advance('1 s');
select tests.claim('post 3');
select is(tests.begin_init('post 3', 2) ->> 'state', 'go', 'then the clock frees the slot');
select is(pg_temp.ask('post 4', p_daily => 2), 'wait', 'one slot, one post');
select is((tests.job('post 4')).next_attempt_at, private.now() + interval '1 h',
  'the next waits for the second one''s');

select tests.advance('2 d');
select is(pg_temp.ask('slot ' || i), 'go', format('post %s of five', i)) from generate_series(1, 5) as i;
select is(pg_temp.ask('slot 6', p_minute => 100), 'wait', 'the sixth of five waits');
select is(pg_temp.reject('slot 2'), 'ok', 'one is refused by the platform');
select tests.advance('1 h');
select is(pg_temp.ask('slot 7'), 'go', 'a refused init costs no slot');
select is(pg_temp.ask('slot 8'), 'wait', 'but that one did');
-- Counted by accepted init: what came to nothing later has taken its slot all the same.
select tests.advance('2 d');
select pg_temp.ask('failed', p_daily => 1);
update private.post_inits set outcome = 'failed' where job_id = tests.id('failed');
select is(pg_temp.ask('after failed', p_daily => 1), 'wait', 'a post that failed at the platform keeps its slot');
delete from public.publish_jobs where id = tests.id('failed');

-- Six a minute ------------------------------------------------------------------------------------
select tests.advance('2 d');
select is(pg_temp.ask('fast ' || i, p_daily => 100), 'go', format('init %s of six in a minute', i))
from generate_series(1, 6) as i;
select is(pg_temp.ask('fast 7', p_daily => 100), 'wait', 'the seventh waits');
select is((tests.job('fast 7')).next_attempt_at, private.now() + interval '61 s',
  'a minute, and a second for what is longer on its way');
select ok((tests.job('fast 7')).waits_for_slot, 'and is known to wait for nothing else');
select pg_temp.reject('fast 1');
select is(pg_temp.ask('fast 8', p_daily => 100), 'wait', 'a refused init counts by the minute');
select is(pg_temp.ask('of bob', 'bob', p_daily => 100), 'wait',
  'and so do those of another connection to the same account');
select tests.connect('bob', 'his own');
select tests.post('own', 'bob', tests.id('bobhis own'));
select tests.claim('own');
select is(tests.begin_init('own', 100) ->> 'state', 'go', 'another account has a minute of its own');
select tests.advance('60 s');
select is(tests.claim('fast 7'), null, 'a second before that it is not due');
select tests.advance('1 s');
select tests.claim('fast 7');
select is((tests.job('fast 7')).waits_for_slot, false, 'claimed, it no longer waits');
select is(tests.begin_init('fast 7', 100) ->> 'state', 'go', 'and gets leave');

select * from finish();
rollback;
