-- What can still be cancelled, by whom, and who must be asked.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('ann'), tests.add_user('bob');
set local role service_role;
create temp table c as select tests.connect('ann') as id;

create function pg_temp.cancel(p_name text, p_user text default 'ann') returns text
language sql
as $$ select public.cancel_publish_job(tests.id(p_name), tests.id(p_user)) ->> 'state' $$;

-- One job for each way of being on the way. Two days apart, so that the limits are out of the way.
create function pg_temp.make(p_name text) returns void
language plpgsql
as $$
begin
  perform tests.advance('2 d');
  if p_name like 'pull%' then
    perform tests.pull(p_name, 'ann', tests.id('annaccount'));
  else
    perform tests.post(p_name, 'ann', tests.id('annaccount'));
  end if;
  perform tests.claim(p_name);
end
$$;
select pg_temp.make(name) from unnest(array[
  'upload unstarted', 'upload asked for', 'upload begun', 'upload with its last chunk sent', 'upload of one chunk',
  'upload in processing', 'upload published', 'upload in the inbox', 'upload failed', 'pull unstarted',
  'pull asked for', 'pull refused', 'pull answered after the lease', 'pull in processing', 'pull unconfirmed'
]) with ordinality as names (name, nr) order by nr;

update public.publish_jobs set lease_expires_at = private.now() + interval '1 minute';
select tests.begin_init(name) from unnest(array['upload asked for', 'pull asked for']) as name;
select tests.advance('2 d');
update public.publish_jobs set lease_expires_at = private.now() + interval '1 minute';
select tests.accept_init(name, chunks) from (values
  ('upload begun', 2), ('upload with its last chunk sent', 2), ('upload of one chunk', 1),
  ('upload in processing', 2)) as inits (name, chunks);
select tests.advance('2 d');
update public.publish_jobs set lease_expires_at = private.now() + interval '1 minute' where lease_owner is not null;
select tests.accept_init(name) from unnest(array['upload published', 'upload in the inbox', 'upload failed']) as name;
select public.record_upload_progress(
  tests.id('upload with its last chunk sent'), tests.id('driver'), 1, 60, 500, true);
select tests.finish('upload in processing', 'uploading', 'processing', '{"submitted": true}');
select tests.finish('upload published', 'uploading', 'published');
select tests.finish('upload in the inbox', 'uploading', 'sent_to_inbox');
select tests.finish('upload failed', 'uploading', 'failed');
select tests.advance('2 d');
update public.publish_jobs set lease_expires_at = private.now() + interval '1 minute' where lease_owner is not null;
select tests.finish('pull refused', 'queued', 'queued', jsonb_build_object(
  'init_id', tests.begin_init('pull refused') -> 'init_id', 'init_outcome', 'rejected'));
select tests.accept_init('pull in processing', null);
select public.record_post_init(
  tests.id('pull answered after the lease'), tests.id('driver'), 0, 60,
  (tests.begin_init('pull answered after the lease') ->> 'init_id')::uuid, 'late', null, null, null, null, null);
select tests.begin_init('pull unconfirmed');
select tests.finish('pull unconfirmed', 'queued', 'unconfirmed');

select is(pg_temp.cancel(name, 'bob'), null, 'another user cannot cancel: ' || name)
from unnest(array['upload unstarted', 'pull in processing']) as name;
select is(pg_temp.cancel(name), state, name || ': ' || state)
from (values
  ('upload unstarted', 'cancelled'),
  ('upload asked for', 'cancelled'),
  ('upload begun', 'cancelled'),
  ('upload with its last chunk sent', 'ask_platform'),
  ('upload of one chunk', 'ask_platform'),
  ('upload in processing', 'ask_platform'),
  ('upload published', 'not_cancellable'),
  ('upload in the inbox', 'not_cancellable'),
  ('upload failed', 'not_cancellable'),
  ('pull unstarted', 'cancelled'),
  ('pull asked for', 'not_cancellable'),
  ('pull refused', 'cancelled'),
  ('pull answered after the lease', 'not_cancellable'),
  ('pull in processing', 'ask_platform'),
  ('pull unconfirmed', 'cancelled')
) as cases (name, state);
select is(pg_temp.cancel('none'), null, 'a job that does not exist');

-- The driver of a cancelled upload is fenced off, and what the platform holds can still be named.
select is(
  public.record_upload_progress(tests.id('upload begun'), tests.id('driver'), 1, 60, 600, false),
  '{"state": "lost"}', 'the driver of a cancelled upload can send no more');
select is((tests.job('upload begun')).publish_id, 'publish id of upload begun', 'its publish_id is kept');
select is((tests.job('upload begun')).upload_url_sealed, null, 'its upload address is not');
select is(
  public.record_post_init(tests.id('upload asked for'), tests.id('driver'), 1, 60,
    (select id from private.post_inits where job_id = tests.id('upload asked for')), 'p', 'u', 3600, 500, 2, 1000),
  '{"state": "lost"}', 'nor can one whose init was on its way begin');
select is(public.claim_due_jobs(tests.id('driver'), 60, 25, tests.id('upload unstarted'), 5, 6) -> 'items', '[]',
  'what is cancelled is not claimed');

-- After the platform was asked --------------------------------------------------------------------
create function pg_temp.confirm(p_name text, p_publish_id text, p_user text default 'ann') returns text
language sql
as $$ select public.confirm_job_cancelled(tests.id(p_name), tests.id(p_user), p_publish_id) ->> 'state' $$;
select is(pg_temp.confirm('pull in processing', 'publish id of pull in processing', 'bob'), null,
  'another user confirms nothing');
select is(pg_temp.confirm('pull in processing', 'another'), 'not_cancellable',
  'the cancel of another publish_id is none of this one');
select is(pg_temp.confirm('pull in processing', 'publish id of pull in processing'), 'cancelled',
  'the platform''s word cancels it');
select is(pg_temp.confirm('pull in processing', 'publish id of pull in processing'), 'cancelled',
  'and again');
select is(pg_temp.confirm('upload published', 'publish id of upload published'), 'not_cancellable',
  'what was published meanwhile is not cancelled');
select is((tests.job('upload published')).status, 'published', 'and stays published');

select * from finish();
rollback;
