-- The steps between an init and the end: each is fenced by the lease and by the status it came from.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann');
set local role service_role;
create temp table c as select tests.connect('ann') as id;

create function pg_temp.progress(
  p_name text, p_bytes bigint, p_last boolean, p_owner text default 'driver', p_version bigint default null
) returns text
language sql
as $$
  select public.record_upload_progress(
    tests.id(p_name), tests.id(p_owner), coalesce(p_version, tests.version_of(p_name)), 60, p_bytes, p_last
  ) ->> 'state'
$$;
create function pg_temp.begin_upload(p_name text, p_chunks integer default 2) returns void
language plpgsql
as $$
begin
  perform tests.post(p_name, 'ann', tests.id('annaccount'));
  perform tests.claim(p_name);
  perform tests.accept_init(p_name, p_chunks);
end
$$;

-- Progress ----------------------------------------------------------------------------------------
select pg_temp.begin_upload('up');
select is(pg_temp.progress('up', 500, true, 'other'), 'lost', 'only the holder reports progress');
select is(pg_temp.progress('up', 500, true, p_version => 0), 'lost', 'with the version of his lease');
select is((tests.job('up')).bytes_sent, 0::bigint, 'else nothing is written');
select is(pg_temp.progress('up', 500, false), 'ok', 'the holder''s is written');
select is((tests.job('up')).bytes_sent, 500::bigint, 'to the byte');
select is((tests.job('up')).last_chunk_sent_at, null, 'more than one chunk is left');
select tests.advance('59 s');
select is(pg_temp.progress('up', 600, true), 'ok', 'progress renews the lease');
select is((tests.job('up')).last_chunk_sent_at, private.now(), 'the next request is the last');
create temp table last_chunk as select private.now() as at;
select tests.advance('59 s');
select is(pg_temp.progress('up', 600, true), 'ok', 'before its end');
select is((tests.job('up')).last_chunk_sent_at, (select at from last_chunk),
  'when the last chunk was first sent is not forgotten by a repeat');
select is(pg_temp.progress('up', 400, false), 'ok', 'the platform may know less than we sent');
select is((tests.job('up')).last_chunk_sent_at, (select at from last_chunk),
  'but a last chunk that was sent may be on its way still: a cancel must ask');
select tests.advance('60 s');
select isnt(tests.claim('up', 'next'), null, 'when the lease has run out, the next one takes over');
select is(pg_temp.progress('up', 700, false), 'lost', 'and whoever slept past it writes nothing');
select is(
  (public.read_publish_job(tests.id('up'), tests.id('ann')) #>> '{job,bytes_sent}')::int, 400,
  'where the last one stopped');
select throws_ok($$ update public.publish_jobs set bytes_sent = -1 $$, '23514', null, 'bytes are not negative');

-- Finishing a step --------------------------------------------------------------------------------
select pg_temp.begin_upload('steps', 1);
select is(tests.finish('steps', 'queued', 'processing'), '{"state": "lost"}',
  'a step from another status is lost: it went through before');
select is(tests.finish('steps', 'uploading', 'processing', '{"submitted": true}', 10, true) ->> 'state', 'ok',
  'the bytes are in');
select is(
  (select array[status, bytes_sent::text, (submitted_at = private.now())::text,
     (next_attempt_at - private.now())::text, upload_url_sealed, lease_owner::text] from tests.job('steps')),
  array['processing', '1000', 'true', '00:00:10', null, tests.id('driver')::text],
  'processing begins, and its driver goes on');
select is(tests.finish('steps', 'uploading', 'processing'), '{"state": "lost"}', 'the same step again is lost');
select is(
  tests.finish('steps', 'processing', 'processing', '{"failed_attempt": true}', 5, true) #>> '{job,failures}', '1',
  'a failed attempt counts');
select is(tests.finish('steps', 'processing', 'published', '{"post_ids": ["7678907398077074696"]}') ->> 'state', 'ok',
  'the platform says that it is published');
select is((tests.job('steps')).post_ids, array['7678907398077074696'], 'a post id of 19 digits survives');
select is((tests.job('steps')).next_attempt_at, null, 'and nothing is left to do');
select is(
  public.finish_job_step(tests.id('steps'), tests.id('driver'), 2, 'published', 'published', 0, null, false, '{}', null),
  '{"state": "lost"}', 'what is settled has no holder');

-- An illegal move is an error of ours, and undoes the whole step.
select pg_temp.begin_upload('illegal');
select throws_ok(
  $$ select tests.finish('illegal', 'uploading', 'unconfirmed', '{"post_ids": ["1"]}') $$,
  '23514', null, 'an illegal step is refused');
select is((tests.job('illegal')).post_ids, '{}', 'with all that came with it');

-- Back to the queue -------------------------------------------------------------------------------
select is(tests.finish('illegal', 'uploading', 'queued', '{"failed_attempt": true}', 30) ->> 'state', 'ok',
  'an upload that cannot go on begins anew');
select is(
  (select array[status, publish_id, bytes_sent::text, upload_url_sealed, last_chunk_sent_at::text,
     submitted_at::text, failures::text, (next_attempt_at - private.now())::text] from tests.job('illegal')),
  array['queued', null, '0', null, null, null, '1', '00:00:30'], 'from the start');
select is((select outcome from private.post_inits where job_id = tests.id('illegal')), 'accepted',
  'its first init was accepted all the same');
select tests.advance('30 s');
select tests.claim('illegal');
select is(tests.begin_init('illegal') ->> 'state', 'go', 'and a second one may follow');

select tests.advance('1 d');
select tests.pull('pull', 'ann', id) from c;
select tests.claim('pull');
select tests.accept_init('pull', null);
select tests.finish('pull', 'processing', 'queued', '{"init_failed": true, "failed_attempt": true}');
select is((select outcome from private.post_inits where job_id = tests.id('pull')), 'failed',
  'what the platform itself gave up is known to be no post');
select tests.claim('pull');
select is(tests.begin_init('pull') ->> 'state', 'go', 'so even a pull may be asked again');

-- The log -----------------------------------------------------------------------------------------
select is(
  public.finish_job_step(
    tests.id('pull'), tests.id('other'), 1, 'queued', 'failed', 0, null, false,
    jsonb_build_object('init_id', (select id from private.post_inits where job_id = tests.id('pull') order by sent_at desc, outcome desc limit 1), 'init_outcome', 'unknown'),
    '{"function_slug": "tiktok-status-poll", "code": "tiktok_unavailable", "detail": "no answer"}'),
  '{"state": "lost"}', 'a step whose lease is lost moves nothing');
select is((select outcome from private.post_inits where job_id = tests.id('pull') and outcome <> 'failed'), 'unknown',
  'but what became of its init is kept');
select is((select detail from private.error_log), 'no answer', 'and what went wrong is logged');
select is(public.log_error(jsonb_build_object(
    'function_slug', 'f', 'code', 'c', 'detail', repeat('x', 3000))), '{"logged": true}', 'a long text');
select is((select max(length(detail)) from private.error_log), 2000, 'is cut');
select throws_ok($$ select public.log_error('{"code": "c", "detail": "d"}') $$, '23502', null,
  'an entry without its function is refused');

select * from finish();
rollback;
