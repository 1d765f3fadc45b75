-- What every later migration stands on: the schema for internals, the one clock, the one way to
-- print a time.
--
-- Postgres gives EXECUTE on a new function to PUBLIC, and older Supabase projects give anon and
-- authenticated rights on whatever appears in `public`. Every migration here therefore revokes
-- first and then grants, object by object, and touches nobody else's defaults.

create schema if not exists private;
revoke all on schema private from public, anon, authenticated;
grant usage on schema private to service_role;

comment on schema private is 'Internals of the connections and the publishing queue. Not served by the Data API.';

-- The only place where SQL reads the time; tests replace it. STABLE although the clock moves, so
-- that `due_at <= private.now()` can use an index; functions that compare several times read it
-- once, after their locks are held. In plpgsql, which takes half the time of SQL for as little as this,
-- and every step asks for it.
create function private.now() returns timestamptz
language plpgsql stable parallel safe
set search_path = ''
as $$
begin
  return pg_catalog.clock_timestamp();
end
$$;

comment on function private.now() is 'The database''s clock. All SQL reads the time here.';

-- ISO 8601 in UTC with milliseconds, whatever the session's time zone is. In plpgsql, which keeps its
-- plan: rows are written with four of these.
create function private.iso(p_at timestamptz) returns text
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
end
$$;

create function private.seconds(p_seconds double precision) returns interval
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  return pg_catalog.make_interval(secs => p_seconds);
end
$$;

revoke all on function private.now(), private.iso(timestamptz), private.seconds(double precision)
  from public, anon, authenticated;
grant execute on function private.now(), private.iso(timestamptz), private.seconds(double precision)
  to service_role;
