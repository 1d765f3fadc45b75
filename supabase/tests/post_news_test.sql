-- What becomes known of a post once the platform has it: events in any order, and asking later.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob');
set local role service_role;
create temp table c as select tests.connect('ann', 'ann') as id, tests.connect('bob', 'bob') as bobs;

-- A post that the platform has, in processing. Two days apart, so that the limits are out of the way.
create function pg_temp.processing(p_name text, p_with jsonb default '{}') returns void
language plpgsql
as $$
begin
  perform tests.advance('2 d');
  perform tests.post(p_name, 'ann', tests.id('annann'), p_with);
  perform tests.claim(p_name);
  perform tests.accept_init(p_name, null);
  perform tests.finish(p_name, 'processing', 'processing', '{}', 60);
end
$$;
-- Receives an event about that post; answers how many jobs it changed.
create function pg_temp.event(
  p_name text, p_status text, p_post_id text default null, p_with jsonb default '{}', p_account text default 'ann'
) returns integer
language sql
as $$
  select (public.receive_webhook(
    encode(sha256(gen_random_uuid()::text::bytea), 'hex'), 'tiktok', 'post.' || p_status,
    jsonb_build_object('kind', 'post', 'platform_user_id', p_account, 'publish_id', 'publish id of ' || p_name,
      'status', p_status, 'post_id', p_post_id) || p_with) ->> 'applied')::integer
$$;
create function pg_temp.now_is(p_name text) returns text[]
language sql
as $$ select array[status] || post_ids from tests.job(p_name) $$;
create function pg_temp.quiet(p_name text) returns interval
language sql
as $$ select follow_up_at - private.now() from tests.job(p_name) $$;

-- Events ------------------------------------------------------------------------------------------
select pg_temp.processing('told');
select is(pg_temp.event('told', 'published', p_account => 'bob'), 0, 'an event about another account changes nothing');
select is(pg_temp.event('unheard of', 'published'), 0, 'nor one about a post that is not ours');
select is(pg_temp.now_is('told'), array['processing'], 'it is still in processing');
select is(pg_temp.event('told', 'published'), 1, 'one about it settles it');
select is((select array[next_attempt_at::text, lease_owner::text] from tests.job('told')), array[null, null],
  'nothing is left to do');
select is(pg_temp.event('told', 'published', '7001'), 1, 'an id may come later');
select is(pg_temp.event('told', 'published', '7001'), 1, 'and again');
select is(pg_temp.now_is('told'), array['published', '7001'], 'it is kept once');
select tests.advance('50 d');
select is(pg_temp.event('told', 'published', '7002'), 1, 'weeks later, too');
select is(pg_temp.now_is('told'), array['published', '7001', '7002'], 'and none is lost');

create temp table orders as select * from (values
  ('inbox, published, id', array['sent_to_inbox', 'published', 'id'], array['published', '8']),
  ('published, then the inbox', array['published', 'sent_to_inbox'], array['published']),
  ('id first of all', array['id', 'sent_to_inbox', 'published'], array['published', '8']),
  ('published, then failed', array['published', 'failed'], array['published']),
  ('in the inbox, then failed', array['sent_to_inbox', 'failed'], array['sent_to_inbox']),
  ('failed, then published all the same', array['failed', 'published'], array['published']),
  ('failed, twice', array['failed', 'failed'], array['failed']),
  ('cancelled, then published', array['cancelled', 'published'], array['cancelled'])
) as o (name, events, ends);
select pg_temp.processing(name, '{"mode": "draft"}') from orders;
select pg_temp.event(name, case event when 'id' then 'published' else event end, case event when 'id' then '8' end)
from orders, unnest(events) with ordinality as e (event, nr) order by name, nr;
select is(pg_temp.now_is(name), ends, name) from orders;

-- A failure that may be mended is for the driver to decide, at once.
select pg_temp.processing('mendable');
select is(pg_temp.event('mendable', 'failed', p_with => '{"may_be_retried": true}'), 1, 'a failure that may be mended');
select is(pg_temp.now_is('mendable'), array['processing'], 'settles nothing');
select is((tests.job('mendable')).next_attempt_at, private.now(), 'but the platform is asked at once');
select is(pg_temp.event('mendable', 'failed', p_with => '{"may_be_retried": false, "error": {"code": "tiktok_rejected"}}'), 1,
  'one that cannot be mended');
select is((select array[status, error ->> 'code'] from tests.job('mendable')), array['failed', 'tiktok_rejected'],
  'settles it, with the reason');
select is(pg_temp.event('told', 'failed', p_with => '{"may_be_retried": true}'), 0, 'what is settled is not asked about');

-- Who drives it when an event settles it is fenced off.
select pg_temp.processing('driven');
select tests.advance('60 s');
select tests.claim('driven');
select is(pg_temp.event('driven', 'published', '9'), 1, 'an event comes while the platform is being asked');
select is(
  public.finish_job_step(tests.id('driven'), tests.id('driver'), tests.version_of('driven') - 1, 'processing', 'failed', 0, null, false, '{}', null),
  '{"state": "lost"}', 'the answer, which is older, changes nothing');
select is(pg_temp.now_is('driven'), array['published', '9'], 'it stays published');

-- Asking later ------------------------------------------------------------------------------------
delete from public.publish_jobs;
select pg_temp.processing(name, with_what) from (values
  ('private', '{}'::jsonb), ('public', '{"ids_expected": true}'), ('draft', '{"ids_expected": true, "mode": "draft"}'),
  ('told at once', '{"ids_expected": true}'), ('in vain', '{"ids_expected": true}')) as posts (name, with_what);
select pg_temp.event(name, status, post_id) from (values ('private', 'published', null), ('public', 'published', null),
  ('draft', 'sent_to_inbox', null), ('told at once', 'published', '1'), ('in vain', 'failed', null)) as e (name, status, post_id);
select is(pg_temp.quiet(name), quiet, name) from (values
  ('private', null::interval), ('public', '1 minute'), ('draft', '1 minute'), ('told at once', null), ('in vain', null)
) as cases (name, quiet);

create function pg_temp.due() returns setof text
language sql
as $$
  select item ->> 'publish_id' from jsonb_array_elements(public.claim_follow_ups(25, 600, 86400 * 28) -> 'items') as item
$$;
create function pg_temp.answer(p_name text, p_status text, p_ids text[], p_again double precision default 120) returns boolean
language sql
as $$
  select (public.record_follow_up(tests.id(p_name), 'publish id of ' || p_name, p_status, p_ids, p_again) ->> 'news')::boolean
$$;
select is_empty($$ select pg_temp.due() $$, 'before its time nothing is asked about');
select tests.advance('1 minute');
select set_eq($$ select pg_temp.due() $$, array['publish id of public', 'publish id of draft'], 'then it is');
select is_empty($$ select pg_temp.due() $$, 'by one');
select tests.advance('10 minutes');
select is((select item - 'id' - 'connection_id' from jsonb_array_elements(public.claim_follow_ups(25, 600, 86400 * 28) -> 'items') as item
            where item ->> 'publish_id' = 'publish id of public'),
  '{"publish_id": "publish id of public", "status": "published", "mode": "direct", "post_ids": [], "quiet_seconds": 660}',
  'who asked and died leaves it to the next');
select is(pg_temp.answer('public', 'published', '{}'), false, 'nothing new');
select is(pg_temp.quiet('public'), '2 minutes', 'asked again when the caller says');
select is(pg_temp.answer('public', 'published', array['11']), true, 'an id is news');
select is(pg_temp.now_is('public'), array['published', '11'], 'and kept');
select is(pg_temp.quiet('public'), null, 'then nothing is left to be known of a direct post');

select is(pg_temp.answer('draft', 'published', '{}'), true, 'a draft that its user has posted is news');
select is(pg_temp.now_is('draft'), array['published'], 'it is published');
select is(pg_temp.quiet('draft'), '1 minute', 'its id is asked for soon');
select is(pg_temp.answer('draft', 'published', array['21']), true, 'the id comes');
select is(pg_temp.answer('draft', 'published', array['21', '22']), true, 'and that of another post of the same draft');
select is(pg_temp.now_is('draft'), array['published', '21', '22'], 'both are kept');
select is(pg_temp.quiet('draft'), '1 minute', 'and more may come');
select is(pg_temp.answer('draft', 'sent_to_inbox', '{}'), false, 'an answer that is older than what is known');
select is(pg_temp.now_is('draft'), array['published', '21', '22'], 'takes nothing back');
select is(pg_temp.answer('draft', 'published', '{}', null), false, 'in the end');
select is(pg_temp.quiet('draft'), null, 'nobody asks any more');
select is(
  public.record_follow_up(tests.id('draft'), 'another', 'published', array['666'], 60), '{"news": false}',
  'an answer about another publish_id');
select is(pg_temp.now_is('draft'), array['published', '21', '22'], 'is none about this post');

-- Whose connection has ended ----------------------------------------------------------------------
select pg_temp.processing('waits', '{"ids_expected": true}');
select pg_temp.event('waits', 'published');
select private.end_connection(r, 'reconnect_required', null) from public.platform_connections r, c where r.id = c.id;
select tests.advance('1 minute');
select is_empty($$ select pg_temp.due() $$, 'without a token nobody is asked');
select is(pg_temp.quiet('waits'), '1 day', 'a reconnect is waited for, a day at a time');
select tests.advance('29 d');
select is_empty($$ select pg_temp.due() $$, 'and not for ever');
select is(pg_temp.quiet('waits'), null, 'then it rests');

select * from finish();
rollback;
