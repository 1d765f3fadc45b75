-- What `deno task doctor` is told of a database. Vault, pg_net and Storage are not on a plain server:
-- tests/doctor has them, on the embedded host.
begin;
\ir fixtures.psql
select * from no_plan();

create function pg_temp.facts(p_project_url text default 'https://project.example.com', p_digest text default '')
returns jsonb
language sql
as $$ select public.inspect_setup(p_project_url, p_digest) $$;

-- Exposures ---------------------------------------------------------------------------------------
select is(array(select private.list_exposures()), '{}', 'nobody sees more than he should');

-- What `p_command` would open up, as the inspection tells it. The command is undone.
create function pg_temp.exposures_after(p_command text) returns text[]
language plpgsql
as $$
declare
  v_found text[];
begin
  begin
    execute p_command;
    v_found := array(select jsonb_array_elements_text(pg_temp.facts() -> 'exposures') order by 1);
    raise exception using errcode = 'PT001';
  exception when sqlstate 'PT001' then
    return v_found;
  end;
end
$$;
select is(pg_temp.exposures_after(command), lines, command)
from (values
  ('alter table public.publish_jobs disable row level security',
   array['row level security is off for public.publish_jobs']),
  ('grant select (id) on public.platform_connections to anon',
   array['anon may read public.platform_connections']),
  ('grant select on public.platform_connections to authenticated', array[
     'authenticated may read public.platform_connections.access_token_sealed',
     'authenticated may read public.platform_connections.refresh_token_sealed']),
  ('grant update (status) on public.publish_jobs to authenticated',
   array['authenticated may write public.publish_jobs']),
  ('grant select on private.error_log to authenticated',
   array['authenticated may read private.error_log']),
  ('grant usage on schema private to anon', array['anon may use the schema private']),
  ('grant execute on function public.log_error(jsonb) to public', array[
     'anon may execute public.log_error(jsonb)', 'authenticated may execute public.log_error(jsonb)'])
) as given (command, lines);

-- Facts -------------------------------------------------------------------------------------------
set local role service_role;
select is(pg_temp.facts() ->> 'database_time', '2026-12-01T12:00:00.000Z', 'the time is that of private.now()');
select is(pg_temp.facts() -> 'sealing_key_ids', '[]', 'no key is in use yet');
reset role;
select tests.add_user('ann'), tests.connect('ann');
set local role service_role;
select is(pg_temp.facts() -> 'sealing_key_ids', '["key-1"]', 'the keys in use are named');
select is(pg_temp.facts() -> 'overdue_refreshes', '0', 'nothing is overdue');
select tests.advance('3 hours');
select is(pg_temp.facts() -> 'overdue_refreshes', '1', 'a refresh that is long due is counted');
select public.log_error('{"function_slug": "tiktok-refresh", "code": "misconfigured", "detail": "x"}');
select is(pg_temp.facts() -> 'misconfigured_errors', '1', 'a recent misconfiguration is counted');
select is(pg_temp.facts() -> 'misconfigured_at', pg_temp.facts() -> 'database_time', 'with its time');
select tests.advance('1 hour');
select is(pg_temp.facts() -> 'misconfigured_errors', '0', 'an old one is not');
reset role;

-- Other programs' tables --------------------------------------------------------------------------
select is(private.look_into('no.such_table', 'select 1'), null, 'what is not there is null');
create table tests.closed (secret text);
create role stranger;
grant usage on schema private, public to stranger;
grant execute on function private.look_into(text, text, text) to stranger;
set local role stranger;
select set_config('tests.looked',
  private.look_into('tests.closed', 'select to_jsonb(secret) from tests.closed')::text, true);
reset role;
select is(current_setting('tests.looked')::jsonb, '{"error": "permission denied for table closed"}',
  'what may not be read says so, and nothing else fails');

select * from finish();
rollback;
