-- pg_cron calls the schedule's functions through pg_net. The address and the key come from Vault
-- (`project_url`, `cron_secret_key`); nothing of them is written into a job's command.

do $$
declare
  v_extension record;
begin
  for v_extension in
    select * from (values
      ('pg_cron', 'cron', 'create extension pg_cron with schema pg_catalog'),
      ('pg_net', 'net', 'create extension pg_net with schema extensions'),
      ('supabase_vault', 'vault', 'create extension supabase_vault cascade')
    ) as wanted (name, schema_name, command)
  loop
    -- A host may have put its own schema of that name there before.
    if to_regnamespace(v_extension.schema_name) is not null then
      continue;
    end if;
    begin
      execute v_extension.command;
    exception when others then
      raise notice 'extension % is passed over: %', v_extension.name, sqlerrm;
    end;
  end loop;
end
$$;

-- Calls an edge function with `p_body`, `p_times` at once, as the schedule does at every tick. Answers
-- how often; 0, after one warning, where the schedule is not set up.
create function private.invoke_function(p_slug text, p_body jsonb, p_times integer) returns integer
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_project_url text;
  v_key text;
begin
  if to_regclass('vault.decrypted_secrets') is not null then
    -- By format, since the schema need not exist when the function is checked.
    execute format($query$
      select max(decrypted_secret) filter (where name = 'project_url'),
             max(decrypted_secret) filter (where name = 'cron_secret_key')
        from %I.decrypted_secrets
       where name in ('project_url', 'cron_secret_key')
    $query$, 'vault') into v_project_url, v_key;
  end if;
  if coalesce(v_project_url, '') = '' or coalesce(v_key, '') = '' or to_regnamespace('net') is null then
    raise warning 'the schedule of % does nothing: it needs pg_net and the Vault secrets project_url and cron_secret_key', p_slug;
    return 0;
  end if;
  -- The answer is of no interest to the database, only that the function has time to work.
  execute format($query$
    select %I.http_post(url := $1, body := $2, headers := $3, timeout_milliseconds := $4)
      from generate_series(1, $5)
  $query$, 'net')
  using rtrim(v_project_url, '/') || '/functions/v1/' || p_slug,
        p_body,
        jsonb_build_object('Content-Type', 'application/json', 'apikey', v_key),
        150000,
        p_times;
  return p_times;
end
$$;

-- How many invocations a backlog is worth: one a `p_batch` of what is due, at least one, at most
-- eight. Counts no further than that.
create function private.invocations_for_due_tokens(p_platform text, p_batch integer) returns integer
language sql stable
set search_path = ''
as $$
  select greatest(1, ceil(count(*)::float8 / p_batch))::integer from (
    select from public.platform_connections
     where refresh_due_at <= private.now() and platform = p_platform and status = 'active'
     limit 8 * p_batch
  ) as due
$$;

create function private.invocations_for_due_jobs(p_batch integer) returns integer
language sql stable
set search_path = ''
as $$
  select greatest(1, ceil(count(*)::float8 / p_batch))::integer from (
    select from public.publish_jobs where next_attempt_at <= private.now() limit 8 * p_batch
  ) as due
$$;

comment on function private.invoke_function(text, jsonb, integer) is 'Called by pg_cron: posts to an edge function with the key named cron.';

-- pg_cron keeps a row a run for ever.
create function private.purge_schedule_history() returns void
language plpgsql security invoker
set search_path = ''
as $$
begin
  if to_regclass('cron.job_run_details') is not null then
    execute 'delete from cron.job_run_details where end_time < $1'
      using private.now() - interval '3 days';
  end if;
end
$$;

revoke all on function
  private.invoke_function(text, jsonb, integer),
  private.invocations_for_due_tokens(text, integer), private.invocations_for_due_jobs(integer),
  private.purge_schedule_history()
  from public, anon, authenticated;

-- Schedules in seconds need pg_cron 1.5; older ones tick by the minute.
create function private.schedule(p_name text, p_schedules text[], p_command text) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_schedule text;
begin
  if to_regnamespace('cron') is null then
    raise notice 'no pg_cron here: % is not scheduled', p_name;
    return;
  end if;
  foreach v_schedule in array p_schedules loop
    begin
      execute 'select cron.schedule($1, $2, $3)' using p_name, v_schedule, p_command;
      return;
    exception when others then
      raise notice 'pg_cron does not take the schedule % for %: %', v_schedule, p_name, sqlerrm;
    end;
  end loop;
end
$$;

revoke all on function private.schedule(text, text[], text) from public, anon, authenticated;

select private.schedule('tiktok-refresh', array['* * * * *'],
  $$select private.invoke_function('tiktok-refresh', '{"limit": 100}', private.invocations_for_due_tokens('tiktok', 100))$$);
select private.schedule('tiktok-status-poll', array['30 seconds', '* * * * *'],
  $$select private.invoke_function('tiktok-status-poll', '{"limit": 25}', private.invocations_for_due_jobs(25))$$);
select private.schedule('tiktok-analytics', array['*/5 * * * *'],
  $$select private.invoke_function('tiktok-analytics', '{"limit": 100}', 1)$$);
select private.schedule('purge-schedule-history', array['17 3 * * *'],
  $$select private.purge_schedule_history()$$);
