-- Every failed step, for the operator (docs/operating.md has the queries). Users see their own
-- last failure as platform_connections.last_error and publish_jobs.error.
-- Nothing secret may stand here: the functions redact before they write.

create table private.error_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default private.now(),
  function_slug text not null,
  request_id text,
  code text not null,
  detail text not null,
  user_id uuid,
  connection_id uuid,
  job_id uuid,
  platform text,
  platform_code text,
  platform_log_id text
);

comment on table private.error_log is 'Failed steps with their stable code; purged after ERROR_LOG_DAYS by the schedule.';

-- No foreign keys on purpose: an entry outlives the user and the connection that it tells of.
create index error_log_at_idx on private.error_log (at);
create index error_log_user_idx on private.error_log (user_id, at) where user_id is not null;
create index error_log_connection_idx on private.error_log (connection_id, at) where connection_id is not null;

revoke all on table private.error_log from public, anon, authenticated;
grant select, insert, delete on table private.error_log to service_role;

-- Writes one entry. `p_entry`: {function_slug, request_id, code, detail, user_id, connection_id,
-- job_id, platform, platform_code, platform_log_id}; the first, third and fourth are required.
create function public.log_error(p_entry jsonb) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
begin
  insert into private.error_log (
    function_slug, request_id, code, detail, user_id, connection_id, job_id,
    platform, platform_code, platform_log_id
  ) values (
    p_entry ->> 'function_slug', p_entry ->> 'request_id', p_entry ->> 'code',
    left(p_entry ->> 'detail', 2000),
    (p_entry ->> 'user_id')::uuid, (p_entry ->> 'connection_id')::uuid, (p_entry ->> 'job_id')::uuid,
    p_entry ->> 'platform', p_entry ->> 'platform_code', p_entry ->> 'platform_log_id'
  );
  return jsonb_build_object('logged', true);
end
$$;

revoke all on function public.log_error(jsonb) from public, anon, authenticated;
grant execute on function public.log_error(jsonb) to service_role;
