-- What holds for every table and function of ours, those that a later migration adds included.
begin;
\ir fixtures.psql
select * from no_plan();

create temp table ours as
  select p.oid, n.nspname as schema_name, p.oid::regprocedure::text as name, p.prosecdef,
         p.proconfig, p.prosrc
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname in ('public', 'private')
     and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e');

create temp table our_tables as
  select c.oid, n.nspname as schema_name, c.oid::regclass::text as name, c.relrowsecurity, c.relkind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
     and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e');

-- Functions ---------------------------------------------------------------------------------------
select cmp_ok((select count(*) from ours where schema_name = 'public'), '>=', 20::bigint,
  'there are functions to check');

select ok(has_function_privilege('service_role', oid, 'execute'), 'service_role may execute ' || name)
from ours where schema_name = 'public' order by name;

select ok(not has_function_privilege(role, oid, 'execute'), format('%s may not execute %s', role, name))
from ours, unnest(array['anon', 'authenticated']) as role order by name, role;

select is_empty(
  $$ select name from ours join pg_proc p using (oid), aclexplode(p.proacl) acl where acl.grantee = 0 $$,
  'PUBLIC has a right on no function');
select is_empty(
  $$ select name from ours join pg_proc p using (oid) where p.proacl is null $$,
  'no function keeps the grants that Postgres gives by itself');

select ok(coalesce(proconfig @> array['search_path=""'], false), name || ' has an empty search_path')
from ours order by name;

-- One exception fires inside the deletion of a user, as whoever deletes him; the other reads what is
-- closed to `service_role`. Their comments say so.
select set_eq(
  'select name from ours where prosecdef',
  array['private.end_connections_of_deleted_user()', 'inspect_setup(text,text)'],
  'every function runs as its caller, but for the two that say why not');

-- Time --------------------------------------------------------------------------------------------
create function tests.reads_a_clock(p_source text) returns boolean
language sql immutable
as $$
  -- `private.now()` is the one that tests replace; comments may say what they like.
  select replace(regexp_replace(p_source, '--[^\n]*', '', 'g'), 'private.now()', '')
    ~* '\m(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\m(current_timestamp|current_date|current_time|localtime|localtimestamp)\M|''(now|today|tomorrow|yesterday)'''
$$;
select ok(tests.reads_a_clock(source), 'the search finds ' || source)
from unnest(array[
  'now()', 'pg_catalog.clock_timestamp()', 'select current_timestamp', '''now''::timestamptz']) as source;
select is_empty(
  $$ select name from ours where name <> 'private.now()' and tests.reads_a_clock(prosrc) $$,
  'no function reads the time but by private.now()');
select is_empty(
  $$ select a.adrelid::regclass::text from pg_attrdef a join our_tables t on t.oid = a.adrelid
      where tests.reads_a_clock(pg_get_expr(a.adbin, a.adrelid)) $$,
  'no column''s default reads the time but by private.now()');

-- Tables ------------------------------------------------------------------------------------------
select ok(relrowsecurity, 'row level security is on for ' || name)
from our_tables where schema_name = 'public' and relkind in ('r', 'p') order by name;

select ok(
  not has_table_privilege(role, oid, 'insert, update, delete, truncate, references, trigger')
    and not has_any_column_privilege(role, oid, 'insert, update, references'),
  format('%s may not write %s', role, name))
from our_tables, unnest(array['anon', 'authenticated']) as role
where relkind <> 'S' order by name, role;

select ok(not has_any_column_privilege('anon', oid, 'select'), 'anon may read no column of ' || name)
from our_tables where relkind <> 'S' order by name;

select ok(not has_any_column_privilege('authenticated', oid, 'select'),
  'authenticated may read no column of ' || name)
from our_tables where relkind <> 'S' and schema_name = 'private' order by name;

select ok(not has_sequence_privilege(role, oid, 'usage, select, update'),
  format('%s may not touch the sequence %s', role, name))
from our_tables, unnest(array['anon', 'authenticated']) as role where relkind = 'S' order by name, role;

select ok(not has_schema_privilege(role, 'private', 'usage, create'),
  role || ' is kept out of the schema private')
from unnest(array['anon', 'authenticated']) as role;

select is_empty(
  $$ select t.name from our_tables t join pg_class c using (oid), aclexplode(c.relacl) acl
      where acl.grantee = 0 $$,
  'PUBLIC has a right on no table');

-- Foreign keys ------------------------------------------------------------------------------------
select ok(
  exists (
    select 1 from pg_index i
     where i.indrelid = k.conrelid and i.indpred is null
       and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] = k.conkey
  ),
  format('the foreign key %s of %s has an index', k.conname, k.conrelid::regclass))
from pg_constraint k join our_tables t on t.oid = k.conrelid
where k.contype = 'f' order by k.conname;

-- Who writes a status -----------------------------------------------------------------------------
-- What stands between `update <table>` and its `where`, for every such statement of our functions.
create function tests.writes_status(p_table text) returns setof text
language sql
as $$
  select distinct o.name from ours o,
    regexp_matches(
      regexp_replace(o.prosrc, '--[^\n]*', '', 'g'),
      'update public\.' || p_table || '\M(.*?)\mwhere\M', 'g') as m
   where m[1] ~ '\mstatus\s*='
$$;
select set_eq(
  $$ select tests.writes_status('publish_jobs') $$,
  array['private.move_job(publish_jobs,text,timestamp with time zone,jsonb,boolean)'],
  'only move_job changes the status of a job');
select set_eq(
  $$ select tests.writes_status('platform_connections') $$,
  array['private.end_connection(platform_connections,text,jsonb)'],
  'only end_connection takes a connection out of active');

select * from finish();
rollback;
