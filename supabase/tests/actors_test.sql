-- Every table and every function of ours, tried out by everybody who is not the service: nobody, an
-- anonymous sign-in, a stranger, the owner of the rows. What a later migration adds is tried out too;
-- whatever it lets them read must be added to the list below, on purpose.
begin;
\ir fixtures.psql
select * from no_plan();

select tests.add_user('owner'), tests.add_user('stranger'), tests.add_user('anonymous');
select tests.connect('owner');
select tests.post('post', 'owner', tests.id('owneraccount'));

create temp table our_tables as
  select c.oid, n.nspname as schema_name, c.relname as name, c.relkind,
         format('%I.%I', n.nspname, c.relname) as ident,
         (select quote_ident(a.attname) from pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum limit 1
         ) as first_column
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v', 'm', 'f')
     and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e');

-- A call with nulls for all arguments: whether it may be made is decided before what it does.
create temp table our_calls as
  select format('%I.%I(%s)', n.nspname, p.proname, (
           select string_agg('null::' || format_type(t, null), ', ' order by i)
             from unnest(p.proargtypes) with ordinality as args (t, i))) as call
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname in ('public', 'private')
     and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e');

create temp table actors (actor text, role text, claims jsonb);
insert into actors values
  ('nobody', 'anon', '{"role": "anon"}'),
  ('an anonymous sign-in', 'authenticated', jsonb_build_object(
    'sub', tests.id('anonymous'), 'role', 'authenticated', 'is_anonymous', true)),
  ('a stranger', 'authenticated', jsonb_build_object(
    'sub', tests.id('stranger'), 'role', 'authenticated')),
  ('the owner', 'authenticated', jsonb_build_object('sub', tests.id('owner'), 'role', 'authenticated')),
  ('a session without a user', 'authenticated', '{"role": "authenticated"}');

-- Who reads what: all that anybody but the service may read, column by column.
create temp table readable (ident text, column_name text);
insert into readable
  select 'public.platform_connections', unnest(array[
    'id', 'user_id', 'platform', 'platform_user_id', 'username', 'display_name', 'avatar_url',
    'scopes', 'status', 'capabilities', 'connected_at', 'last_refreshed_at', 'last_error'])
  union all
  select 'public.publish_jobs', unnest(array[
    'id', 'user_id', 'connection_id', 'status', 'publish_id', 'post_ids', 'bytes_total',
    'bytes_sent', 'attempts', 'scheduled_at', 'next_attempt_at', 'error', 'created_at', 'updated_at']);

select cmp_ok((select count(*) from our_tables), '>=', 7::bigint, 'there are tables to try');
select cmp_ok((select count(*) from our_calls), '>=', 50::bigint, 'there are functions to try');
select set_eq(
  $$ select t.ident, a.attname::text
       from our_tables t join pg_attribute a on a.attrelid = t.oid
      where a.attnum > 0 and not a.attisdropped
        and has_column_privilege('authenticated', t.oid, a.attnum, 'select') $$,
  'select ident, column_name from readable',
  'signed-in users may read these columns and no other');

-- Runs one statement as somebody else, and undoes it: the SQLSTATE that refused it, or how many rows it
-- gave or changed.
create function tests.attempt(p_role text, p_claims jsonb, p_statement text) returns text
language plpgsql
as $$
declare
  v_count bigint;
  v_outcome text;
begin
  begin
    perform set_config('role', p_role, true),
            set_config('request.jwt.claims', p_claims::text, true);
    execute p_statement;
    get diagnostics v_count = row_count;
    raise exception '% rows', v_count using errcode = 'TT000';
  exception
    when sqlstate 'TT000' then v_outcome := sqlerrm;
    when others then v_outcome := sqlstate;
  end;
  perform set_config('role', 'none', true);
  return v_outcome;
end
$$;

-- Writing ------------------------------------------------------------------------------------------
select is(tests.attempt(role, claims, statement), '42501', format('%s cannot %s', actor, what))
from actors, our_tables, lateral (values
  ('insert into ' || ident, format('insert into %s default values', ident)),
  ('update ' || ident, format('update %s set %s = %s', ident, first_column, first_column)),
  ('delete from ' || ident, format('delete from %s', ident)),
  ('truncate ' || ident, format('truncate %s', ident)),
  ('lock ' || ident, format('lock table %s in exclusive mode', ident)),
  ('hang a trigger on ' || ident, format(
    'create trigger t after insert on %s for each row execute function suppress_redundant_updates_trigger()',
    ident))
) as writing (what, statement)
where relkind in ('r', 'p')
order by ident, what, actor;

-- Reading ------------------------------------------------------------------------------------------
select is(tests.attempt(role, claims, format('select 1 from %s', ident)), '42501',
  format('%s cannot read %s', actor, ident))
from actors, our_tables t
where role = 'anon' or not exists (select 1 from readable r where r.ident = t.ident)
order by ident, actor;

select is(
  tests.attempt(role, claims, format('select %s from %s', columns, ident)),
  case actor when 'the owner' then '1 rows' else '0 rows' end,
  format('%s sees %s of %s', actor, case actor when 'the owner' then 'his row' else 'nothing' end, ident))
from actors, (
  select ident, string_agg(quote_ident(column_name), ', ') as columns from readable group by ident
) as tables
where role = 'authenticated'
order by ident, actor;

select is(tests.attempt(role, claims, format('select %I from %s', a.attname, ident)), '42501',
  format('%s cannot read %s.%s', actor, ident, a.attname))
from actors, our_tables t join pg_attribute a on a.attrelid = t.oid
where role = 'authenticated' and a.attnum > 0 and not a.attisdropped
  and exists (select 1 from readable r where r.ident = t.ident)
  and not exists (select 1 from readable r where r.ident = t.ident and r.column_name = a.attname)
order by ident, attname, actor;

-- Calling ------------------------------------------------------------------------------------------
select is(tests.attempt(role, claims, format('select %s', call)), '42501',
  format('%s cannot call %s', actor, call))
from actors, our_calls order by call, actor;

-- The service --------------------------------------------------------------------------------------
-- That it may call every function of `public` is in privileges_test.sql.
select isnt(tests.attempt('service_role', '{"role": "service_role"}', format('select 1 from %s', ident)),
  '42501', 'the service reads ' || ident)
from our_tables order by ident;

-- What would let the rules above be passed by --------------------------------------------------------
select is_empty(
  $$ select t.ident from our_tables t join pg_class c using (oid)
      where t.relkind = 'v' and not coalesce(c.reloptions @> array['security_invoker=true'], false) $$,
  'no view reads with its owner''s rights');
select is_empty($$ select ident from our_tables where relkind in ('m', 'f') $$,
  'there is nothing that row level security does not reach');
select is_empty(
  $$ select polname from pg_policy p join our_tables t on t.oid = p.polrelid where 0 = any (p.polroles) $$,
  'no policy is for everybody');
select is_empty(
  $$ select p.polname from pg_policy p join our_tables t on t.oid = p.polrelid, unnest(p.polroles) as r
      where r::regrole::text <> 'service_role' and p.polcmd <> 'r' $$,
  'no policy lets anybody but the service write');

select * from finish();
rollback;
