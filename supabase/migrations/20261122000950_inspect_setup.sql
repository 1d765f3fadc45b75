-- What `deno task doctor` asks of a project's database: facts about its set-up, none of them secret.

-- The one row of `p_query`, as JSON; null where the relation that it reads is not there. Another
-- program's table may be closed to us: then {error}, so that one closed door hides no other fact.
create function private.look_into(p_relation text, p_query text, p_parameter text default null)
returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_found jsonb;
begin
  if to_regclass(p_relation) is null then
    return null;
  end if;
  execute p_query into v_found using p_parameter;
  return v_found;
exception when others then
  return jsonb_build_object('error', sqlerrm);
end
$$;

-- Every way in which `anon` or `authenticated` could see or do more than docs/security.md says: one
-- line of text each, none where all is well.
create function private.list_exposures() returns setof text
language sql stable
set search_path = ''
as $$
  with tables as (
    select c.oid, n.nspname as schema_name, c.oid::regclass::text as name, c.relrowsecurity
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p')
       and (n.nspname = 'private' or n.nspname = 'public' and c.relname in ('platform_connections', 'publish_jobs'))
  ), actors as (
    select r.rolname::text as role from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated')
  ), functions as (
    -- Ours, among those that a project may have besides: they all use the schema `private`.
    select p.oid, p.oid::regprocedure::text as name
      from pg_catalog.pg_proc p
     where p.pronamespace = 'public'::regnamespace and p.prosrc like '%private.%'
  )
  select format('row level security is off for %s', name)
    from tables where schema_name = 'public' and not relrowsecurity
  union all
  select format('%s may read %s', role, name) from tables, actors
   where has_any_column_privilege(role, oid, 'select') and (role = 'anon' or schema_name = 'private')
  union all
  select format('%s may read %s.%s', role, name, a.attname)
    from actors, tables join pg_catalog.pg_attribute a on a.attrelid = tables.oid
   where role = 'authenticated' and schema_name = 'public' and a.attname like '%\_sealed'
     and has_column_privilege(role, tables.oid, a.attnum, 'select')
  union all
  select format('%s may write %s', role, name) from tables, actors
   where has_table_privilege(role, oid, 'insert, update, delete, truncate')
      or has_any_column_privilege(role, oid, 'insert, update')
  union all
  select format('%s may execute %s', role, name) from functions, actors
   where has_function_privilege(role, oid, 'execute')
  union all
  select format('%s may use the schema private', role) from actors
   where has_schema_privilege(role, 'private', 'usage')
$$;

-- A definer: the schedule's tables, Vault and the list of migrations are closed to `service_role`.
-- It takes what they should say and answers whether they do, never what they say: the address and
-- the key in Vault are compared here, the key by its SHA-256 in hex.
create function public.inspect_setup(p_project_url text, p_cron_key_sha256 text) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
begin
  return jsonb_build_object(
    'database_time', private.iso(v_now),
    'migrations', private.look_into('supabase_migrations.schema_migrations',
      'select jsonb_agg(version order by version) from supabase_migrations.schema_migrations'),
    'exposures', to_jsonb(array(select private.list_exposures())),
    'sealing_key_ids', to_jsonb(array(select private.sealing_key_ids())),
    'has_pg_net', to_regnamespace('net') is not null,
    'vault', private.look_into('vault.decrypted_secrets', $query$
      select jsonb_build_object(
          'project_url', max(case when rtrim(decrypted_secret, '/') = $1::jsonb ->> 'project_url'
            then 'as expected' else 'another' end) filter (where name = 'project_url'),
          'cron_secret_key', max(case
            when encode(sha256(convert_to(decrypted_secret, 'UTF8')), 'hex') = $1::jsonb ->> 'cron_key_sha256'
            then 'as expected' else 'another' end) filter (where name = 'cron_secret_key'))
        from vault.decrypted_secrets
       where name in ('project_url', 'cron_secret_key') and decrypted_secret <> ''
      $query$, jsonb_build_object('project_url', p_project_url, 'cron_key_sha256', p_cron_key_sha256)::text),
    'jobs', private.look_into('cron.job', $query$
      select coalesce(jsonb_agg(jsonb_build_object(
          'name', j.jobname, 'schedule', j.schedule, 'active', j.active,
          'last_run_at', private.iso(d.start_time), 'last_status', d.status,
          'last_message', left(d.return_message, 300)) order by j.jobname), '[]')
        from cron.job j left join lateral (
          select d.start_time, d.status, d.return_message from cron.job_run_details d
           where d.jobid = j.jobid and d.status in ('succeeded', 'failed')
           order by d.runid desc limit 1) d on true
       where j.command like '%private.%'
      $query$),
    'responses', private.look_into('net._http_response', $query$
      select coalesce(jsonb_agg(jsonb_build_object(
          'at', private.iso(created), 'status_code', status_code, 'timed_out', coalesce(timed_out, false),
          'error', left(error_msg, 300)) order by created desc), '[]')
        from (select * from net._http_response order by created desc limit 10) as newest
      $query$),
    'bucket', private.look_into('storage.buckets', $query$
      select jsonb_build_object(
          'public', (select b.public from storage.buckets b where b.id = 'videos'),
          'policies', (select count(*) from pg_catalog.pg_policies
            where schemaname = 'storage' and tablename = 'objects' and policyname like 'videos: owner %'))
      $query$),
    'realtime_tables', to_jsonb(array(
      select tablename::text from pg_catalog.pg_publication_tables
       where pubname = 'supabase_realtime' and schemaname = 'public'
         and tablename in ('platform_connections', 'publish_jobs') order by 1)),
    -- Counted no further than is worth telling.
    'overdue_refreshes', (select count(*) from (
      select from public.platform_connections
       where refresh_due_at < v_now - interval '15 minutes' and status = 'active' limit 1000) as overdue),
    'overdue_jobs', (select count(*) from (
      select from public.publish_jobs where next_attempt_at < v_now - interval '15 minutes' limit 1000) as overdue),
    'misconfigured_errors', (select count(*) from private.error_log
      where at > v_now - interval '15 minutes' and code = 'misconfigured'),
    'misconfigured_at', (select private.iso(max(at)) from private.error_log
      where at > v_now - interval '15 minutes' and code = 'misconfigured')
  );
end
$$;

comment on function public.inspect_setup(text, text) is 'Facts about this project''s set-up, for deno task doctor. Nothing secret.';

revoke all on function
  private.look_into(text, text, text),
  private.list_exposures(),
  public.inspect_setup(text, text)
  from public, anon, authenticated;
grant execute on function public.inspect_setup(text, text) to service_role;
