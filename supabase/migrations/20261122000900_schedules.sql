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

-- Calls an edge function, as the schedule does at every tick. Answers pg_net's request id; null,
-- after one warning, where the schedule is not set up.
create function private.invoke_function(p_slug text) returns bigint
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_project_url text;
  v_key text;
  v_request_id bigint;
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
    return null;
  end if;
  -- The answer is of no interest to the database, only that the function has time to work.
  execute format($query$
    select %I.http_post(url := $1, body := '{}'::jsonb, headers := $2, timeout_milliseconds := $3)
  $query$, 'net')
  into v_request_id
  using rtrim(v_project_url, '/') || '/functions/v1/' || p_slug,
        jsonb_build_object('Content-Type', 'application/json', 'apikey', v_key),
        150000;
  return v_request_id;
end
$$;

comment on function private.invoke_function(text) is 'Called by pg_cron: posts to an edge function with the key named cron.';

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

revoke all on function private.invoke_function(text), private.purge_schedule_history()
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
  $$select private.invoke_function('tiktok-refresh')$$);
select private.schedule('tiktok-status-poll', array['30 seconds', '* * * * *'],
  $$select private.invoke_function('tiktok-status-poll')$$);
select private.schedule('purge-schedule-history', array['17 3 * * *'],
  $$select private.purge_schedule_history()$$);
