-- What a hosted project has before the first migration: the API's roles and where they may look.
-- Idempotent. A role belongs to the whole server, so another database may have made it already;
-- two hosts starting at once may both try, hence the exception. Of two that alter one role at once,
-- PostgreSQL refuses one ("tuple concurrently updated"), so it is altered only where it must be.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['anon', 'authenticated', 'service_role'] loop
    begin
      execute format(
        'create role %I nologin noinherit %s', role_name,
        case when role_name = 'service_role' then 'bypassrls' else 'nobypassrls' end);
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
  if exists (select from pg_roles where rolname = 'service_role' and not rolbypassrls) then
    alter role service_role bypassrls;
  end if;
end
$$;

create schema if not exists extensions;
grant usage on schema public, extensions to anon, authenticated, service_role;
-- PostgreSQL 15 took this from PUBLIC by itself; a database restored from an older one still has it.
revoke create on schema public from public;
