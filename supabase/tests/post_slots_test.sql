-- Posts that wait for a slot: who is handed out, who is put off and to when, and that nobody else waits.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob');
set local role service_role;
create temp table c as select tests.connect('ann', 'ann') as id, tests.connect('bob', 'bob') as bobs;

create function pg_temp.name_of(p_id text) returns text
language sql
as $$ select post ->> 'name' from public.publish_jobs where id = p_id::uuid $$;
create function pg_temp.queue(p_name text, p_user text default 'ann', p_with jsonb default '{}') returns void
language sql
as $$
  select tests.post(p_name, p_user, tests.id(p_user || p_user), jsonb_build_object('post', jsonb_build_object('name', p_name)) || p_with)
$$;
-- Claims as the schedule does, and names what was handed out, in order.
create function pg_temp.claim(p_limit integer default 25, p_daily integer default 5, p_minute integer default 6)
returns text[]
language sql
as $$
  select coalesce(array_agg(pg_temp.name_of(item ->> 'id') order by nr), '{}')
    from jsonb_array_elements(
      public.claim_due_jobs(tests.id('driver'), 60, p_limit, null, p_daily, p_minute) -> 'items')
      with ordinality as items (item, nr)
$$;
-- Begins the init of each that was handed out, as accepted uploads that are over at once.
create function pg_temp.start(p_names text[], p_daily integer default 5) returns void
language plpgsql
as $$
declare
  v_name text;
begin
  foreach v_name in array p_names loop
    perform tests.accept_init(v_name, 2, p_daily);
    perform tests.finish(v_name, 'uploading', 'published');
  end loop;
end
$$;
create function pg_temp.waits(p_name text) returns interval
language sql
as $$ select next_attempt_at - private.now() from tests.job(p_name) where waits_for_slot $$;

-- Seven posts, five slots -------------------------------------------------------------------------
-- One after the other, so that their order is told by when they were taken.
select pg_temp.queue('post ' || i), tests.advance('1 s') from generate_series(1, 7) as i;
select pg_temp.queue('of bob', 'bob');
select is(pg_temp.claim(), array['post 1', 'post 2', 'post 3', 'post 4', 'post 5', 'of bob'],
  'as many as there are slots are handed out, and everybody else''s');
select is(pg_temp.waits('post ' || i), '24 h', format('post %s is put off by a day: all five are about to start', i))
from generate_series(6, 7) as i;
select is((tests.job('post 6')).status, 'queued', 'and stays queued');
select is(pg_temp.claim(), '{}', 'nothing is left to look at');
create temp table began as select private.now() as at;
select pg_temp.start(array['post ' || i]), tests.advance('10 s') from generate_series(1, 5) as i;
select pg_temp.start(array['of bob']);

-- Six, seven, and five more the day after: each has the time of its own slot.
select tests.advance('12 h');
select pg_temp.queue('post ' || i), tests.advance('1 s') from generate_series(8, 14) as i;
select is(pg_temp.claim(), '{}', 'without a slot nothing is handed out');
select is((tests.job('post ' || i)).next_attempt_at, (select at from began) + interval '24 h' + (i - 8) * interval '10 s',
  format('post %s waits for the slot of the day before', i))
from generate_series(8, 12) as i;
select is((tests.job('post ' || i)).next_attempt_at, (select at from began) + interval '24 h 40 s',
  format('post %s, behind all slots, is looked at again with the last one', i))
from generate_series(13, 14) as i;

-- A place in the line goes to the next one -------------------------------------------------------
create function pg_temp.at(p_name text) returns timestamptz
language sql
as $$ select (tests.job(p_name)).next_attempt_at $$;
create temp table places as select pg_temp.at('post 9') as ninth;
select public.cancel_publish_job(tests.id('post 9'), tests.id('ann'));
select is(pg_temp.at('post 10'), ninth, 'who is cancelled leaves his place to the next') from places;
select isnt(pg_temp.at('post 11'), (select ninth from places), 'and to nobody else');
select pg_temp.queue('much later', p_with => jsonb_build_object('scheduled_at', private.now() + interval '3 d'));
select public.cancel_publish_job(tests.id('post 13'), tests.id('ann'));
select is(pg_temp.at('much later'), private.now() + interval '3 d', 'what waits for its time is not brought forward');

-- A slot that comes back -------------------------------------------------------------------------
delete from public.publish_jobs;
select tests.advance('3 d');
select pg_temp.queue('one'), tests.advance('1 s'), pg_temp.queue('two'), tests.advance('1 s'), pg_temp.queue('three');
select is(pg_temp.claim(p_daily => 1), array['one'], 'one slot, one post');
select is(pg_temp.waits('two'), '24 h', 'the second waits');
select tests.begin_init('one', 1);
select is(tests.finish('one', 'queued', 'failed', jsonb_build_object(
    'init_id', (select id from private.post_inits where job_id = tests.id('one')), 'init_outcome', 'rejected')) ->> 'state',
  'ok', 'the platform refuses the first');
select is(pg_temp.waits('two'), '0', 'its slot is the second''s, now');
select is(pg_temp.waits('three'), '24 h', 'and not the third''s');
select is(pg_temp.claim(p_daily => 1), array['two'], 'which is handed out');

-- Whose file is gone before its init passes his turn on as well.
select is(tests.finish('two', 'queued', 'failed') ->> 'state', 'ok', 'it comes to nothing');
select is(pg_temp.claim(p_daily => 1), array['three'], 'the third has its turn');
select is(tests.finish('three', 'queued', 'queued', '{"failed_attempt": true}', 30) ->> 'state', 'ok',
  'a try that is to be repeated');
select is((tests.job('three')).waits_for_slot, false, 'waits for its own time, not for a slot');

-- An init on its way is counted once ------------------------------------------------------------
delete from public.publish_jobs;
select tests.advance('3 d');
select pg_temp.queue('begun ' || i), tests.advance('1 s') from generate_series(1, 4) as i;
select is(cardinality(pg_temp.claim()), 4, 'four of five are handed out');
select is(tests.begin_init('begun ' || i) ->> 'state', 'go', format('init %s is on its way', i)) from generate_series(1, 4) as i;
select pg_temp.queue('fifth'), tests.advance('1 s'), pg_temp.queue('sixth');
select is(pg_temp.claim(), array['fifth'], 'the fifth has the slot that is left, and the sixth none');

-- Six a minute -----------------------------------------------------------------------------------
delete from public.publish_jobs;
select tests.advance('3 d');
select pg_temp.queue('fast ' || i), tests.advance('1 ms') from generate_series(1, 8) as i;
select is(cardinality(pg_temp.claim(p_daily => 1000)), 6, 'six of eight are handed out');
select is(pg_temp.waits(name), '61 s', format('%s waits a minute', name)) from unnest(array['fast 7', 'fast 8']) as name;
select is(pg_temp.claim(p_daily => 1000), '{}', 'those that are about to start have their turn before');
-- Their holders die. What they might still do is over with their leases.
select tests.advance('60 s');
select is(cardinality(pg_temp.claim(p_daily => 1000)), 6, 'after the lease the six are handed out again');
select pg_temp.start(array['fast ' || i], 1000) from generate_series(1, 6) as i;
select tests.advance('1 s');
select is(pg_temp.claim(p_daily => 1000), '{}', 'a minute that began later ends later');
select is(pg_temp.waits(name), '60 s', format('%s waits for it', name)) from unnest(array['fast 7', 'fast 8']) as name;

-- One named -------------------------------------------------------------------------------------
delete from public.publish_jobs;
select tests.advance('3 d');
select pg_temp.queue('named 1'), tests.advance('1 s'), pg_temp.queue('named 2');
create function pg_temp.claim_named(p_name text) returns integer
language sql
as $$
  select jsonb_array_length(public.claim_due_jobs(tests.id('driver'), 60, 1, tests.id(p_name), 1, 6) -> 'items')
$$;
select is(pg_temp.claim_named('named 2'), 1, 'one is claimed by its name');
select is(pg_temp.claim_named('named 1'), 0, 'another has no slot');
select is(pg_temp.waits('named 1'), '24 h', 'and is put off');

-- Ten thousand posts of one user -----------------------------------------------------------------
delete from public.publish_jobs;
select tests.advance('3 d');
insert into public.publish_jobs (id, user_id, connection_id, status, next_attempt_at, created_at, mode, media, post, request_hash, init_posts_by_itself)
select md5('many ' || i)::uuid, tests.id('ann'), id, 'queued', private.now() - interval '1 h', private.now() - interval '1 h' + i * interval '1 ms',
       'direct', '{}', jsonb_build_object('name', 'many ' || i), 'h', false
  from c, generate_series(1, 10000) as i;
select pg_temp.queue('the only one', 'bob');
select is(pg_temp.claim(10), array['many 1', 'many 2', 'many 3', 'many 4', 'many 5', 'the only one'],
  'keep nobody waiting: who came last is in the first ten');
select is((select count(*) from public.publish_jobs where next_attempt_at <= private.now() and lease_owner is null), 0::bigint,
  'all the others were put off at once');
select is(pg_temp.claim(100), '{}', 'and are not looked at again');

select * from finish();
rollback;
