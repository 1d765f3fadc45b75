-- A post that ends whoever works on it: seen by leases that run out, kept apart from the others, and
-- ended the fifth time, in the way that fits what may have been done.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann');
set local role service_role;
create temp table c as select tests.connect('ann') as id;

create function pg_temp.claim_all() returns table (name text, alone boolean)
language sql
as $$
  select n.name, (item ->> 'alone')::boolean
    from jsonb_array_elements(
      public.claim_due_jobs(tests.id('driver'), 60, 10, null, 1000, 1000) -> 'items') as item
    join unnest('{one,two,three,poison,other}'::text[]) as n (name) on tests.id(n.name)::text = item ->> 'id'
$$;
-- Claimed that often, with a holder each time that is never heard of again.
create function pg_temp.lose(p_name text, p_times integer) returns void
language plpgsql
as $$
begin
  for v_time in 1..p_times loop
    perform tests.claim(p_name), tests.advance('61 seconds');
  end loop;
end
$$;

-- Kept apart --------------------------------------------------------------------------------------
select tests.post(name, 'ann', id) from c, unnest('{one,two,three}'::text[]) as name;
select set_eq($$ select * from pg_temp.claim_all() $$,
  $$ values ('one', false), ('two', false), ('three', false) $$, 'three posts are driven together');
select tests.advance('61 seconds');
select set_eq($$ select * from pg_temp.claim_all() $$,
  $$ values ('one', false), ('two', false), ('three', false) $$,
  'their holder died, which may happen: they are driven together again');
select tests.advance('61 seconds');
select tests.post('other', 'ann', id) from c;
create temp table first_claim as select * from pg_temp.claim_all();
select is((select count(*) from first_claim where alone), 1::bigint,
  'it died again: one of them is handed out, to be driven alone');
select is((select count(*) from first_claim where name = 'other' and not alone), 1::bigint,
  'beside whatever else is due');
select is((select count(*) from first_claim), 2::bigint, 'the others not now');
select results_eq(
  $$ select next_attempt_at from public.publish_jobs
      where lease_owner is null order by next_attempt_at $$,
  $$ values (private.now() + interval '1 min'), (private.now() + interval '2 min') $$,
  'but one after the other, a minute apart');
select is((tests.job(name)).lapses, 2, 'what is handed out alone is counted') from first_claim where alone;
select tests.finish(name, 'queued', 'queued') from first_claim where alone;
select is((tests.job(name)).lapses, 0, 'and is as any other once a holder gave it back')
  from first_claim where alone;
delete from public.publish_jobs;

-- Ended the fifth time ----------------------------------------------------------------------------
select tests.post('poison', 'ann', id) from c;
select pg_temp.lose('poison', 4);
select is((tests.job('poison')).status, 'queued', 'four deaths end no post');
select pg_temp.lose('poison', 1);
select is(public.claim_due_jobs(tests.id('driver'), 60, 10, null, 1000, 1000),
  '{"items": [], "failed": 1}', 'the fifth does');
select is((tests.job('poison')).error ->> 'code', 'internal', 'it says so');
select is((select count(*) from private.error_log where job_id = tests.id('poison') and code = 'internal'),
  1::bigint, 'to the operator too');

select tests.post('one', 'ann', id) from c;
select tests.claim('one'), tests.accept_init('one');
select tests.advance('61 seconds'), pg_temp.lose('one', 2);
select tests.claim('one');
select public.record_upload_progress(tests.id('one'), tests.id('driver'), tests.version_of('one'), 60, 500, false);
select is((tests.job('one')).lapses, 0, 'bytes that arrived begin the count anew');
select public.record_upload_progress(tests.id('one'), tests.id('driver'), tests.version_of('one'), 60, 500, true);
select tests.advance('61 seconds'), pg_temp.lose('one', 4);
select is(tests.claim('one') ->> 'status', 'processing',
  'an upload whose last chunk may have arrived is asked about, and not failed');
select is((tests.job('one')).publish_id, 'publish id of one', 'by its id');

select tests.pull('two', 'ann', id) from c;
select tests.claim('two'), tests.begin_init('two');
select tests.advance('61 seconds'), pg_temp.lose('two', 4);
select tests.claim('two');
select is((tests.job('two')).status, 'unconfirmed', 'a pull that may have been taken is for the user to decide');
select is((tests.job('two')).error ->> 'code', 'tiktok_unavailable', 'and says why');

select tests.post('three', 'ann', id) from c;
select tests.claim('three'), tests.accept_init('three', null);
select tests.advance('61 seconds'), pg_temp.lose('three', 9);
select is((tests.job('three')).status, 'processing', 'what TikTok has is asked for, however often its holder dies');

select * from finish();
rollback;
