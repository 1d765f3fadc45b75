-- Who may see and do what on the two tables a user has rows in.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('owner'), tests.add_user('stranger');
select tests.connect('owner');
select tests.post('post', 'owner', tests.id('owneraccount'));

-- The owner ---------------------------------------------------------------------------------------
select tests.sign_in('owner');

select is(
  (select array_agg(id) from public.platform_connections), array[tests.id('owneraccount')],
  'the owner sees his connection');
select is(
  (select array_agg(id) from public.publish_jobs), array[tests.id('post')],
  'the owner sees his job');
select lives_ok(
  'select id, user_id, platform, platform_user_id, username, display_name, avatar_url, scopes, status,
     capabilities, connected_at, last_refreshed_at, last_error from public.platform_connections',
  'the owner selects each column of the connection that the contract shows');
select lives_ok(
  'select id, user_id, connection_id, status, publish_id, post_ids, bytes_total, bytes_sent, attempts,
     scheduled_at, next_attempt_at, error, created_at, updated_at from public.publish_jobs',
  'the owner selects each column of the job that the contract shows');
select throws_ok(
  format('select * from public.%I', name), '42501', null, format('select * from %s is refused', name))
from unnest(array['platform_connections', 'publish_jobs']) as name;

reset role;
create temp table hidden_columns as
  select c.table_name, c.column_name
    from information_schema.columns c
   where c.table_schema = 'public' and c.table_name in ('platform_connections', 'publish_jobs')
     and c.column_name <> all (array[
       'id', 'user_id', 'platform', 'platform_user_id', 'username', 'display_name', 'avatar_url',
       'scopes', 'status', 'capabilities', 'connected_at', 'last_refreshed_at', 'last_error'])
     and (c.table_name <> 'publish_jobs' or c.column_name <> all (array[
       'connection_id', 'publish_id', 'post_ids', 'bytes_total', 'bytes_sent', 'attempts',
       'scheduled_at', 'next_attempt_at', 'error', 'created_at', 'updated_at']));
grant select on hidden_columns to authenticated;
select tests.sign_in('owner');

select cmp_ok((select count(*) from hidden_columns), '>=', 20::bigint, 'there are columns to hide');
select throws_ok(
  format('select %I from public.%I', column_name, table_name), '42501', null,
  format('the owner cannot read %s.%s', table_name, column_name))
from hidden_columns;
-- A column that cannot be selected must not be guessable by a condition or an order either.
select throws_ok(
  'select id from public.platform_connections where access_token_sealed like ''s%''', '42501', null,
  'a hidden column is no condition');
select throws_ok(
  'select id from public.platform_connections order by refresh_token_sealed', '42501', null,
  'a hidden column is no order');

select throws_ok(statement, '42501', null, 'the owner cannot ' || name)
from (values
  ('insert a connection', 'insert into public.platform_connections (user_id, platform, platform_user_id) values (tests.id(''owner''), ''x'', ''y'')'),
  ('update his connection', 'update public.platform_connections set username = ''other'''),
  ('delete his connection', 'delete from public.platform_connections'),
  ('truncate the connections', 'truncate public.platform_connections cascade'),
  ('insert a job', 'insert into public.publish_jobs (user_id, connection_id, mode, media, request_hash, init_posts_by_itself) values (tests.id(''owner''), tests.id(''owneraccount''), ''draft'', ''{}'', ''h'', false)'),
  ('update his job', 'update public.publish_jobs set status = ''cancelled'''),
  ('delete his job', 'delete from public.publish_jobs'),
  ('truncate the jobs', 'truncate public.publish_jobs cascade')
) as refused (name, statement);

-- Anybody else ------------------------------------------------------------------------------------
select tests.sign_in('stranger');
select is((select count(*) from (select id from public.platform_connections) as r), 0::bigint,
  'a stranger sees no connection');
select is((select count(*) from (select id from public.publish_jobs) as r), 0::bigint,
  'a stranger sees no job');

select set_config('request.jwt.claims', '', true);
select is((select count(*) from (select id from public.platform_connections) as r), 0::bigint,
  'authenticated without claims sees no connection');

select set_config('role', 'anon', true);
select throws_ok(
  format('select id from public.%I', name), '42501', null, format('anon cannot read %s', name))
from unnest(array['platform_connections', 'publish_jobs']) as name;

-- A row whose user is gone belongs to nobody, also not to a caller whose id is null.
reset role;
delete from auth.users where id = tests.id('owner');
select tests.sign_in('owner');
select is((select count(*) from (select id from public.platform_connections) as r), 0::bigint,
  'what a deleted user had is seen by nobody');

-- The service -------------------------------------------------------------------------------------
select set_config('role', 'service_role', true);
select is((select count(*) from public.platform_connections), 1::bigint,
  'the service sees every connection, all columns');
select is((select count(*) from public.publish_jobs), 1::bigint,
  'the service sees every job, all columns');

select * from finish();
rollback;
