-- The status of a job: which moves there are, and what a move leaves behind.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann');
select tests.connect('ann');

-- A leased job in the middle of an upload, but for its status.
create function tests.job_in(p_status text) returns public.publish_jobs
language sql
as $$
  insert into public.publish_jobs (
    user_id, connection_id, status, mode, media, request_hash, init_posts_by_itself,
    next_attempt_at, upload_url_sealed, upload_expires_at,
    lease_owner, lease_version, lease_expires_at, settled_at
  ) select
    tests.id('ann'), tests.id('annaccount'), p_status, 'direct', '{}', 'hash', false,
    case when not settled then private.now() end, 'sealed address', private.now() + interval '1 hour',
    case when not settled then tests.id('driver') end, 7,
    case when not settled then private.now() + interval '1 minute' end,
    case when settled then private.now() - interval '1 day' end
  from (select p_status not in ('queued', 'uploading', 'processing') as settled) as s
  returning *
$$;

create function tests.try_move(p_from text, p_to text) returns text
language plpgsql
as $$
declare
  v_job public.publish_jobs;
begin
  v_job := private.move_job(tests.job_in(p_from), p_to, private.now(), null, false);
  return 'moved to ' || v_job.status;
exception when check_violation then
  return 'refused';
end
$$;

create temp table statuses (status) as values
  ('queued'), ('uploading'), ('processing'), ('published'), ('sent_to_inbox'), ('failed'),
  ('cancelled'), ('unconfirmed');
create temp table legal (from_status, to_status) as values
  ('queued', 'queued'), ('queued', 'uploading'), ('queued', 'processing'), ('queued', 'failed'),
  ('queued', 'cancelled'), ('queued', 'unconfirmed'),
  ('uploading', 'uploading'), ('uploading', 'queued'), ('uploading', 'processing'),
  ('uploading', 'published'), ('uploading', 'sent_to_inbox'), ('uploading', 'failed'),
  ('uploading', 'cancelled'),
  ('processing', 'processing'), ('processing', 'queued'), ('processing', 'published'),
  ('processing', 'sent_to_inbox'), ('processing', 'failed'), ('processing', 'cancelled'),
  ('sent_to_inbox', 'sent_to_inbox'), ('sent_to_inbox', 'published'),
  ('published', 'published'), ('failed', 'published'), ('failed', 'sent_to_inbox'),
  ('unconfirmed', 'cancelled'), ('unconfirmed', 'processing');
grant select on statuses, legal to service_role;

create function tests.moved(p_from text, p_to text, p_keep boolean) returns public.publish_jobs
language sql
as $$
  select private.move_job(
    tests.job_in(p_from), p_to, private.now() + interval '10 seconds', '{"code": "internal"}', p_keep)
$$;

set local role service_role;

select is(
  tests.try_move(a.status, b.status),
  case when exists (select 1 from legal where (from_status, to_status) = (a.status, b.status))
    then 'moved to ' || b.status else 'refused' end,
  format('%s -> %s', a.status, b.status))
from statuses a, statuses b;

select set_eq(
  $$ select status from statuses $$,
  $$ select unnest((regexp_match(pg_get_constraintdef(k.oid), '''(.*)'''))[1]::text[])
       from pg_constraint k
      where k.conrelid = 'public.publish_jobs'::regclass and k.conname = 'publish_jobs_status_check' $$,
  'these are the statuses that the table allows');

-- What a move leaves behind -----------------------------------------------------------------------
select is((tests.moved('queued', to_status, true)).next_attempt_at, null::timestamptz,
  format('nothing is left to do for what is %s', to_status))
from legal where from_status = 'queued' and to_status not in ('queued', 'uploading', 'processing');
select is((tests.moved('uploading', 'processing', false)).next_attempt_at,
  private.now() + interval '10 seconds', 'what goes on is due when the caller said');
select is((tests.moved('uploading', to_status, true)).lease_owner,
  case when to_status in ('queued', 'uploading', 'processing') then tests.id('driver') end,
  format('the lease asked for is %s with %s',
    case when to_status in ('queued', 'uploading', 'processing') then 'kept' else 'not kept' end, to_status))
from legal where from_status = 'uploading';
select is((tests.moved('uploading', 'uploading', true)).lease_version, 7::bigint,
  'a kept lease keeps its version');
select is((tests.moved('uploading', 'uploading', false)).lease_version, 8::bigint,
  'a lease given back fences its holder off');
select is((tests.moved('uploading', 'published', true)).lease_version, 8::bigint,
  'a settled job fences its holder off');
select is((tests.moved('uploading', to_status, true)).upload_url_sealed,
  case to_status when 'uploading' then 'sealed address' end,
  format('the upload address is %s with %s',
    case to_status when 'uploading' then 'kept' else 'erased' end, to_status))
from legal where from_status = 'uploading';
select is((tests.moved('processing', 'sent_to_inbox', false)).settled_at, private.now(),
  'settling is timed');
select is((tests.moved('sent_to_inbox', 'published', false)).settled_at,
  private.now() - interval '1 day', 'and timed once');
select is((tests.moved('queued', 'queued', false)).settled_at, null::timestamptz,
  'what goes on is not settled');
select is((tests.moved('uploading', 'failed', false)).error ->> 'code', 'internal',
  'the error is kept with the job');
select is(
  (private.move_job(tests.moved('queued', 'queued', false), 'uploading', private.now(), null, true)).error,
  null, 'and goes with the next success');

select throws_ok(
  $$ update public.publish_jobs set lease_owner = tests.id('driver') where status = 'cancelled' $$,
  '23514', null, 'a settled job has no holder');

select * from finish();
rollback;
