-- What a hosted project has before the first migration: the API's roles and where they may look.
-- Idempotent. A role belongs to the whole server, so another database may have made it already;
-- two hosts starting at once may both try, hence the exception.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['anon', 'authenticated', 'service_role'] loop
    begin
      execute format('create role %I nologin noinherit', role_name);
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end
$$;
alter role service_role bypassrls;

create schema if not exists extensions;
grant usage on schema public, extensions to anon, authenticated, service_role;
-- PostgreSQL 15 took this from PUBLIC by itself; a database restored from an older one still has it.
revoke create on schema public from public;
