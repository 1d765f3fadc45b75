-- Posts out of the queue to a driver: what is due, has a slot, and does not end its holders.

-- A job as its driver needs it.
create function private.driven_job_json(p_row public.publish_jobs, p_now timestamptz)
returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_row.id,
    'user_id', p_row.user_id,
    'connection_id', p_row.connection_id,
    'status', p_row.status,
    'publish_id', p_row.publish_id,
    'mode', p_row.mode,
    'media', p_row.media,
    'post', p_row.post,
    'source', p_row.source,
    'bytes_total', p_row.bytes_total,
    'bytes_sent', p_row.bytes_sent,
    'failures', p_row.failures,
    'inits_accepted', p_row.inits_accepted,
    'upload_url_sealed', p_row.upload_url_sealed,
    'chunk_size_bytes', p_row.chunk_size_bytes,
    'chunk_count', p_row.chunk_count,
    'last_chunk_sent', p_row.last_chunk_sent_at is not null,
    'submitted_seconds_ago', extract(epoch from p_now - p_row.submitted_at),
    'lease_owner', p_row.lease_owner,
    'lease_version', p_row.lease_version,
    'alone', p_row.lapses >= 2
  );
end
$$;

-- When a connection has a slot for one more post, for `p_turn` - 1 others go before it; null: now.
-- Counts accepted inits of the connection in any 24 hours (one that was never answered may have been
-- accepted), and all inits of the account in a minute. Who has his turn after all slots of a day is
-- told when the last of them is free, and is looked at again then.
create function private.post_slot_at(
  p_connection_id uuid, p_platform text, p_platform_user_id text, p_turn integer,
  p_posts_a_day integer, p_inits_a_minute integer, p_now timestamptz
) returns timestamptz
language plpgsql stable
set search_path = ''
as $$
declare
  v_day_at timestamptz;
  v_minute_at timestamptz;
begin
  -- The p_posts_a_day youngest fill the day: the oldest of these makes room first.
  select sent_at + interval '24 hours' into v_day_at from private.post_inits
   where connection_id = p_connection_id and outcome not in ('rejected', 'errored')
     and sent_at > p_now - interval '24 hours'
   order by sent_at desc offset greatest(p_posts_a_day - p_turn, 0) limit 1;
  if p_turn > p_posts_a_day then
    v_day_at := coalesce(v_day_at, p_now + interval '24 hours');
  end if;
  v_minute_at := private.call_free_at(
    (select taken_at from private.call_windows
      where platform = p_platform and platform_user_id = p_platform_user_id and call = 'init'),
    p_inits_a_minute, p_turn, p_now);
  return greatest(v_day_at, v_minute_at);
end
$$;

-- How many posts of a connection are about to start: handed out, and their init not begun. Once it
-- has, the ledger counts it.
create function private.count_starting(p_connection_id uuid, p_now timestamptz) returns integer
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select count(*) from public.publish_jobs j
     where j.connection_id = p_connection_id and j.next_attempt_at <= p_now and j.status = 'queued'
       and j.lease_expires_at > p_now
       and not exists (
         select 1 from private.post_inits i where i.job_id = j.id and i.outcome = 'sent'));
end
$$;

-- Puts off what is due of these connections and has no slot, each post to the time of its own turn,
-- so that a long line is looked at once a day and not with every tick. What is leased has its turn
-- before.
create function private.put_off_posts(
  p_connection_ids uuid[], p_posts_a_day integer, p_inits_a_minute integer, p_now timestamptz
) returns void
language plpgsql
set search_path = ''
as $$
begin
  with line as materialized (
    select id, connection_id, next_attempt_at, created_at from public.publish_jobs
     where connection_id = any (p_connection_ids) and next_attempt_at <= p_now and status = 'queued'
       and (lease_expires_at is null or lease_expires_at <= p_now)
     order by connection_id, next_attempt_at, created_at
     limit 2000
     for update skip locked
  ), places as (
    select id, connection_id,
           row_number() over (partition by connection_id order by next_attempt_at, created_at) as place
      from line
  ), busy as materialized (
    select id as connection_id, private.count_starting(id, p_now) as starting
      from unnest(p_connection_ids) as id
  ), slots as (
    select p.id, private.post_slot_at(
             c.id, c.platform, c.platform_user_id, (p.place + s.starting)::integer,
             p_posts_a_day, p_inits_a_minute, p_now) as slot_at
      from places p
      join public.platform_connections c on c.id = p.connection_id
      join busy s on s.connection_id = p.connection_id
  )
  update public.publish_jobs j set
    next_attempt_at = s.slot_at, waits_for_slot = true, updated_at = p_now
    from slots s
   where j.id = s.id and s.slot_at is not null;
end
$$;

-- Ends what five holders in a row did not survive, and where nobody can say any more what was done, asks
-- the platform or the user. Answers how many failed.
create function private.end_lapsed_jobs(p_ids uuid[], p_now timestamptz) returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_detail constant text :=
    'Working on this post ended the function five times in the middle of it. Nothing was posted. Check the file, or send it in another form; the operator finds more in the function''s log.';
  v_job public.publish_jobs;
  v_publish_id text;
  v_failed integer := 0;
begin
  for v_job in select j.* from public.publish_jobs j where j.id = any (p_ids) loop
    select publish_id into v_publish_id from private.post_inits
     where job_id = v_job.id and outcome = 'accepted' order by sent_at desc limit 1;
    if v_job.last_chunk_sent_at is not null or v_job.init_posts_by_itself and v_publish_id is not null then
      v_job.publish_id := coalesce(v_job.publish_id, v_publish_id);
      v_job.submitted_at := p_now;
      perform private.move_job(v_job, 'processing', p_now, v_job.error, false);
    elsif v_job.init_posts_by_itself and exists (
      select 1 from private.post_inits where job_id = v_job.id and outcome in ('sent', 'unknown', 'errored')
    ) then
      perform private.move_job(v_job, 'unconfirmed', null, private.unanswered_init(), false);
    else
      perform private.move_job(
        v_job, 'failed', null,
        private.problem('internal', 500, 'The post could not be worked on', v_detail), false);
      perform public.log_error(jsonb_build_object(
        'function_slug', 'tiktok-status-poll', 'code', 'internal', 'detail', v_detail,
        'user_id', v_job.user_id, 'connection_id', v_job.connection_id, 'job_id', v_job.id));
      if v_job.status = 'queued' then
        perform private.pass_turn_on(v_job);
      end if;
      v_failed := v_failed + 1;
    end if;
  end loop;
  return v_failed;
end
$$;

-- Leases up to `p_limit` due jobs, or the one named: {items: [driven jobs], failed}. `failed` counts
-- those that waited seven days for a reconnect that did not come, and those that no holder survived. A
-- queued job is handed out only if its connection has a slot for it; those that have none are put off,
-- all at once, and not looked at before their time.
--
-- A job whose lease ran out twice in a row may be what ends its holders (by the memory it takes, say), and
-- with them the work on others: of these, one at most is handed out, to be driven alone after the
-- rest; the others follow a minute later each. The fifth time ends it.
create function public.claim_due_jobs(
  p_lease_owner uuid, p_lease_seconds double precision, p_limit integer, p_job_id uuid,
  p_posts_a_day integer, p_inits_a_minute integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
-- The plans depend on no value, and to make one takes longer than to claim.
set plan_cache_mode = force_generic_plan
-- Along the queue's index, whatever the statistics say: those of a queue that was empty a moment ago make
-- the planner gather all that is due and sort it, for one job, and keep that plan.
set enable_bitmapscan = off
set enable_seqscan = off
as $$
declare
  v_now timestamptz := private.now();
  v_jobs refcursor;
  v_due record;
  v_job public.publish_jobs;
  v_items jsonb[] := array[]::jsonb[];
  v_failed integer := 0;
  v_full uuid[];
  v_ended uuid[];
  v_lapsed uuid[];
  v_later uuid[];
  v_has_suspect boolean := false;
begin
  -- What can't be handed out makes room for others that are due, but not without end.
  for v_round in 1..100 loop
    if p_job_id is null then
      open v_jobs for
        select j.id, j.connection_id, j.status, c.status as connection_status, c.platform, c.platform_user_id,
               j.lapses
          from (
            select id, connection_id, status, next_attempt_at, created_at,
                   lapses + (lease_owner is not null)::integer as lapses
              from public.publish_jobs
             where next_attempt_at <= v_now and (lease_expires_at is null or lease_expires_at <= v_now)
             order by next_attempt_at, created_at
             limit p_limit - v_failed - cardinality(v_items)
             for update skip locked
          ) as j
          join public.platform_connections c on c.id = j.connection_id
         order by j.next_attempt_at, j.created_at;
    else
      open v_jobs for
        select j.id, j.connection_id, j.status, c.status as connection_status, c.platform, c.platform_user_id,
               j.lapses
          from (
            select id, connection_id, status, lapses + (lease_owner is not null)::integer as lapses
              from public.publish_jobs
             where id = p_job_id and next_attempt_at <= v_now
               and (lease_expires_at is null or lease_expires_at <= v_now)
             for update skip locked
          ) as j
          join public.platform_connections c on c.id = j.connection_id;
    end if;
    v_full := array[]::uuid[];
    v_ended := array[]::uuid[];
    v_lapsed := array[]::uuid[];
    v_later := array[]::uuid[];
    loop
      fetch v_jobs into v_due;
      exit when not found;
      if v_due.connection_status <> 'active' then
        v_ended := v_ended || v_due.id;
        continue;
      end if;
      if v_due.lapses >= 5 and v_due.status <> 'processing' then
        v_lapsed := v_lapsed || v_due.id;
        continue;
      end if;
      if v_due.status = 'queued' then
        continue when v_due.connection_id = any (v_full);
        if private.post_slot_at(
          v_due.connection_id, v_due.platform, v_due.platform_user_id,
          private.count_starting(v_due.connection_id, v_now) + 1, p_posts_a_day, p_inits_a_minute, v_now
        ) is not null then
          v_full := v_full || v_due.connection_id;
          continue;
        end if;
      end if;
      if v_due.lapses >= 2 then
        if v_has_suspect then
          v_later := v_later || v_due.id;
          continue;
        end if;
        v_has_suspect := true;
      end if;
      update public.publish_jobs j set
        lapses = v_due.lapses,
        lease_owner = p_lease_owner,
        lease_version = j.lease_version + 1,
        lease_expires_at = v_now + make_interval(secs => p_lease_seconds),
        waits_for_slot = false
      where j.id = v_due.id
      returning * into v_job;
      v_items := v_items || private.driven_job_json(v_job, v_now);
    end loop;
    close v_jobs;
    exit when v_full = '{}' and v_ended = '{}' and v_lapsed = '{}' and v_later = '{}';
    perform private.put_off_posts(v_full, p_posts_a_day, p_inits_a_minute, v_now);
    v_failed := v_failed + private.let_wait_for_reconnect(v_ended, v_now)
      + private.end_lapsed_jobs(v_lapsed, v_now);
    update public.publish_jobs j set
      next_attempt_at = v_now + interval '1 minute' * l.place,
      lapses = j.lapses + (j.lease_owner is not null)::integer, lease_owner = null, lease_expires_at = null,
      updated_at = v_now
      from unnest(v_later) with ordinality as l (id, place)
     where j.id = l.id;
    exit when v_failed + cardinality(v_items) >= p_limit;
  end loop;
  return jsonb_build_object('items', to_jsonb(v_items), 'failed', v_failed);
end
$$;

-- Due jobs of connections that are no longer active: they wait seven days for the reconnect, then
-- fail. Answers how many failed.
create function private.let_wait_for_reconnect(p_ids uuid[], p_now timestamptz) returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
  v_failed integer := 0;
begin
  update public.publish_jobs j set
    next_attempt_at = c.status_changed_at + interval '7 days', updated_at = p_now
    from public.platform_connections c
   where j.id = any (p_ids) and c.id = j.connection_id and c.status_changed_at + interval '7 days' > p_now;
  for v_job in
    select j.* from public.publish_jobs j where j.id = any (p_ids) and j.next_attempt_at <= p_now
  loop
    perform private.move_job(v_job, 'failed', null, private.problem(
      'reconnect_required', 409, 'The connection was not renewed',
      'The account had to be connected again, and was not within seven days. Connect it and post again.'
    ), false);
    v_failed := v_failed + 1;
  end loop;
  return v_failed;
end
$$;

revoke all on function
  private.driven_job_json(public.publish_jobs, timestamptz),
  private.post_slot_at(uuid, text, text, integer, integer, integer, timestamptz),
  private.count_starting(uuid, timestamptz),
  private.put_off_posts(uuid[], integer, integer, timestamptz),
  private.let_wait_for_reconnect(uuid[], timestamptz),
  private.end_lapsed_jobs(uuid[], timestamptz),
  public.claim_due_jobs(uuid, double precision, integer, uuid, integer, integer)
  from public, anon, authenticated;
grant execute on function
  private.driven_job_json(public.publish_jobs, timestamptz),
  private.post_slot_at(uuid, text, text, integer, integer, integer, timestamptz),
  private.count_starting(uuid, timestamptz),
  private.put_off_posts(uuid[], integer, integer, timestamptz),
  private.let_wait_for_reconnect(uuid[], timestamptz),
  private.end_lapsed_jobs(uuid[], timestamptz),
  public.claim_due_jobs(uuid, double precision, integer, uuid, integer, integer)
  to service_role;
