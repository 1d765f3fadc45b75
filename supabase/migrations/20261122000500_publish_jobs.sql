-- The publishing queue. The table is the queue: whoever holds a job's lease drives it, one step at
-- a time; every write of a step is fenced by the lease's owner and version.

create table public.publish_jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references auth.users (id) on delete set null,
  connection_id uuid not null references public.platform_connections (id) on delete cascade,
  -- Written as one array: each statement that writes a row reads these checks anew, and a list of
  -- eight constants takes it longer than the write.
  status text not null default 'queued' check (status = any (
    '{queued,uploading,processing,published,sent_to_inbox,failed,cancelled,unconfirmed}')),
  publish_id text,
  post_ids text[] not null default '{}',
  bytes_total bigint check (bytes_total >= 0),
  bytes_sent bigint not null default 0 check (bytes_sent >= 0),
  attempts integer not null default 0,
  scheduled_at timestamptz,
  -- When the schedule moves this job on; null = nothing is left to do.
  next_attempt_at timestamptz,
  error jsonb,
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),

  -- For the functions alone.
  mode text not null check (mode = any ('{direct,draft}')),
  media jsonb not null,
  post jsonb,
  -- What was checked when the post was taken: {size_bytes, etag, content_type}.
  source jsonb,
  idempotency_key text check (char_length(idempotency_key) between 1 and 255),
  request_hash text not null,
  -- Can an init by itself lead to a post (a pull), or does nothing post before the bytes are in?
  init_posts_by_itself boolean not null,
  -- Will the platform tell ids of posts (of a public one, and of what a user makes of a draft)?
  ids_expected boolean not null default false,
  -- Queued, and put off to `next_attempt_at` for want of a slot alone.
  waits_for_slot boolean not null default false,
  upload_url_sealed text,
  upload_expires_at timestamptz,
  chunk_size_bytes bigint,
  chunk_count integer,
  -- Intent, written before the request that could be the last one needed for a post.
  last_chunk_sent_at timestamptz,
  submitted_at timestamptz,
  settled_at timestamptz,
  -- When a settled job is looked at once more, for ids that come late; null = never.
  follow_up_at timestamptz,
  failures integer not null default 0,
  -- Leases that ran out in a row: whoever held them was ended in the middle of it.
  lapses integer not null default 0,
  -- How many inits of this job the platform took; each costs one of the day's posts.
  inits_accepted integer not null default 0,
  lease_owner uuid,
  lease_version bigint not null default 0,
  lease_expires_at timestamptz,

  constraint publish_jobs_settled_rest check (
    lease_owner is null or status = any ('{queued,uploading,processing,sent_to_inbox}')
  )
) with (fillfactor = 80); -- A claim changes no indexed column, and should find room on its page.

comment on table public.publish_jobs is 'Posts on their way to a platform, and what became of them.';

-- The queue, in order.
create index publish_jobs_due_idx
  on public.publish_jobs (next_attempt_at, created_at) where next_attempt_at is not null;
create index publish_jobs_connection_due_idx
  on public.publish_jobs (connection_id, next_attempt_at) where next_attempt_at is not null;
create index publish_jobs_follow_up_idx
  on public.publish_jobs (follow_up_at) where follow_up_at is not null;
create index publish_jobs_connection_idx on public.publish_jobs (connection_id, created_at);
create index publish_jobs_user_idx on public.publish_jobs (user_id, created_at);
create index publish_jobs_publish_id_idx on public.publish_jobs (publish_id) where publish_id is not null;
create unique index publish_jobs_idempotency_key
  on public.publish_jobs (user_id, idempotency_key) where idempotency_key is not null;

alter table public.publish_jobs enable row level security;

revoke all on table public.publish_jobs from public, anon, authenticated;
grant select, insert, update, delete on table public.publish_jobs to service_role;
grant select (
  id, user_id, connection_id, status, publish_id, post_ids, bytes_total, bytes_sent, attempts,
  scheduled_at, next_attempt_at, error, created_at, updated_at
) on public.publish_jobs to authenticated;

create policy "owner reads own jobs" on public.publish_jobs
  for select to authenticated
  using ((select auth.uid()) = user_id);
create policy "service does everything" on public.publish_jobs
  for all to service_role
  using (true) with check (true);

-- Every init that was sent: the ledger that the daily limit counts, and the memory of what an
-- init that was never answered might have done.
create table private.post_inits (
  -- Chosen by the holder before he asks for leave, so that a repeat of that call is known as one.
  id uuid primary key,
  job_id uuid not null references public.publish_jobs (id) on delete cascade,
  connection_id uuid not null references public.platform_connections (id) on delete cascade,
  sent_at timestamptz not null,
  -- sent: no answer recorded (yet, or ever); unknown: no answer came; both may have been taken.
  -- rejected: surely not taken; errored: the platform answered that it failed. Neither costs a slot.
  -- failed: accepted, and the platform said later that no post came of it.
  outcome text not null default 'sent'
    check (outcome in ('sent', 'accepted', 'rejected', 'errored', 'unknown', 'failed')),
  publish_id text
);

create index post_inits_connection_idx on private.post_inits (connection_id, sent_at);
create index post_inits_job_idx on private.post_inits (job_id);
create index post_inits_publish_id_idx on private.post_inits (publish_id) where publish_id is not null;

revoke all on table private.post_inits from public, anon, authenticated;
grant select, insert, update, delete on table private.post_inits to service_role;

-- The job as the contract shows it. Like the other functions of a step in plpgsql, which keeps its
-- plans: one in SQL would be planned anew with each call.
create function private.job_json(p_row public.publish_jobs) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_row.id,
    'connection_id', p_row.connection_id,
    'status', p_row.status,
    'publish_id', p_row.publish_id,
    'post_ids', p_row.post_ids,
    'bytes_total', p_row.bytes_total,
    'bytes_sent', p_row.bytes_sent,
    'attempts', p_row.attempts,
    'scheduled_at', private.iso(p_row.scheduled_at),
    'next_attempt_at', private.iso(p_row.next_attempt_at),
    'error', p_row.error,
    'created_at', private.iso(p_row.created_at),
    'updated_at', private.iso(p_row.updated_at)
  );
end
$$;

-- Which moves a status allows. `queued -> queued` and `uploading -> queued` are retries of what
-- cannot have been posted; `sent_to_inbox -> published` is the user finishing his draft. What failed
-- here (its connection ended, or nothing was heard for a week) may be at the platform all the same:
-- its word alone, an event, makes it `published` or `sent_to_inbox` after all. What is `unconfirmed` for
-- want of an answer is `processing` should the answer come yet.
create function private.is_legal_move(p_from text, p_to text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  -- Arrays: a list of pairs is set up anew in each transaction, which takes longer than to look.
  return coalesce(p_to = any (case p_from
    when 'queued' then '{queued,uploading,processing,failed,cancelled,unconfirmed}'::text[]
    when 'uploading' then '{uploading,queued,processing,published,sent_to_inbox,failed,cancelled}'::text[]
    when 'processing' then '{processing,queued,published,sent_to_inbox,failed,cancelled}'::text[]
    when 'sent_to_inbox' then '{sent_to_inbox,published}'::text[]
    when 'published' then '{published}'::text[]
    when 'failed' then '{published,sent_to_inbox}'::text[]
    when 'unconfirmed' then '{cancelled,processing}'::text[]
  end), false);
end
$$;

-- A post leaves the queue without having become one, and its turn is another's: brings forward the
-- next one of its connection that waits for a slot.
create function private.pass_turn_on(p_job public.publish_jobs) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_at timestamptz := case when p_job.waits_for_slot then greatest(p_job.next_attempt_at, v_now) else v_now end;
begin
  update public.publish_jobs set next_attempt_at = v_at, updated_at = v_now
   where id = (
     select id from public.publish_jobs
      where connection_id = p_job.connection_id and next_attempt_at > v_at and waits_for_slot
      order by next_attempt_at, created_at
      limit 1
      for update skip locked);
end
$$;

-- The one function that changes a job's status. The caller holds the row's lock and has checked his
-- own right to move it (lease, owner, event); what else he has changed in `p_job` is written with it.
-- Releases the lease unless `p_keep_lease`. `p_next_attempt_at` is ignored where the new status
-- leaves nothing to do.
create function private.move_job(
  p_job public.publish_jobs, p_status text, p_next_attempt_at timestamptz, p_error jsonb,
  p_keep_lease boolean
) returns public.publish_jobs
language plpgsql
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_settled boolean := p_status in ('published', 'sent_to_inbox', 'failed', 'cancelled', 'unconfirmed');
  v_keeps boolean := p_keep_lease and not v_settled;
  v_job public.publish_jobs;
begin
  if not private.is_legal_move(p_job.status, p_status) then
    raise exception 'publish job % cannot move from % to %', p_job.id, p_job.status, p_status
      using errcode = 'check_violation';
  end if;
  update public.publish_jobs j set
    status = p_status,
    next_attempt_at = case when not v_settled then p_next_attempt_at end,
    error = p_error,
    publish_id = p_job.publish_id,
    post_ids = p_job.post_ids,
    bytes_total = p_job.bytes_total,
    -- What became a post was there to the last byte, whoever told so.
    bytes_sent = case
      when p_status in ('published', 'sent_to_inbox') then coalesce(p_job.bytes_total, p_job.bytes_sent)
      else p_job.bytes_sent end,
    attempts = p_job.attempts,
    failures = p_job.failures,
    -- Given back in good order.
    lapses = case when v_keeps then p_job.lapses else 0 end,
    inits_accepted = p_job.inits_accepted,
    chunk_size_bytes = p_job.chunk_size_bytes,
    chunk_count = p_job.chunk_count,
    last_chunk_sent_at = p_job.last_chunk_sent_at,
    submitted_at = p_job.submitted_at,
    -- An upload address is of no use, and a secret, once the upload is over.
    upload_url_sealed = case when p_status = 'uploading' then p_job.upload_url_sealed end,
    upload_expires_at = case when p_status = 'uploading' then p_job.upload_expires_at end,
    waits_for_slot = p_job.waits_for_slot and p_status = 'queued',
    settled_at = case when v_settled then coalesce(j.settled_at, v_now) end,
    -- A draft can be made into several posts; of any other there is one id to be known.
    follow_up_at = case
      when p_status in ('published', 'sent_to_inbox') and j.ids_expected
        and (j.mode = 'draft' or p_job.post_ids = '{}') then v_now + interval '1 minute' end,
    lease_owner = case when v_keeps then j.lease_owner end,
    lease_expires_at = case when v_keeps then p_job.lease_expires_at end,
    -- Whoever still believes that he holds the lease is fenced off.
    lease_version = j.lease_version + case when v_keeps then 0 else 1 end,
    updated_at = v_now
  where j.id = p_job.id
  returning * into v_job;
  return v_job;
end
$$;

-- A problem document (RFC 9457) as it is kept in publish_jobs.error when SQL itself ends a job.
create function private.problem(p_code text, p_status integer, p_title text, p_detail text)
returns jsonb
language sql immutable
set search_path = ''
as $$
  select jsonb_build_object(
    'type', 'about:blank', 'title', p_title, 'status', p_status, 'detail', p_detail,
    'code', p_code, 'request_id', null
  )
$$;

-- What is told of a job that is `unconfirmed`.
create function private.unanswered_init() returns jsonb
language sql immutable
set search_path = ''
as $$
  select private.problem(
    'tiktok_unavailable', 503, 'It is not known whether the post was taken',
    'The request to post was sent, but its answer never arrived. Look at the account before posting again; cancel this job to clear it.')
$$;

-- Ends the open jobs of a connection that is no more: unstarted ones are cancelled, started ones
-- fail. What TikTok already has can't be taken back here.
create function private.end_jobs_of(p_connection_id uuid) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
  v_error jsonb := private.problem(
    'reconnect_required', 409, 'The connection has ended',
    'The account was disconnected while this post was on its way. Connect it again and check the account before posting again.'
  );
begin
  for v_job in
    select * from public.publish_jobs
     where connection_id = p_connection_id and status in ('queued', 'uploading', 'processing')
     order by id for update
  loop
    -- An init that was not refused may have been taken, whatever the job knows of it.
    if v_job.status = 'queued' and not exists (
      select 1 from private.post_inits i
       where i.job_id = v_job.id and i.outcome in ('sent', 'unknown', 'accepted')
    ) then
      perform private.move_job(v_job, 'cancelled', null, null, false);
    else
      perform private.move_job(v_job, 'failed', null, v_error, false);
    end if;
  end loop;
end
$$;

-- Jobs of a connection that waits for its user to reconnect wait too, seven days at most; the claim
-- puts them off (public.claim_due_jobs), and reconnecting brings them forward again.
create function private.wake_jobs_of(p_connection_id uuid) returns void
language sql
set search_path = ''
as $$
  update public.publish_jobs
     set next_attempt_at = greatest(coalesce(scheduled_at, private.now()), private.now()),
         waits_for_slot = false,
         updated_at = private.now()
   where connection_id = p_connection_id and status in ('queued', 'uploading', 'processing')
$$;

revoke all on function
  private.job_json(public.publish_jobs),
  private.is_legal_move(text, text),
  private.pass_turn_on(public.publish_jobs),
  private.move_job(public.publish_jobs, text, timestamptz, jsonb, boolean),
  private.problem(text, integer, text, text),
  private.unanswered_init(),
  private.end_jobs_of(uuid), private.wake_jobs_of(uuid)
  from public, anon, authenticated;
grant execute on function
  private.job_json(public.publish_jobs),
  private.is_legal_move(text, text),
  private.pass_turn_on(public.publish_jobs),
  private.move_job(public.publish_jobs, text, timestamptz, jsonb, boolean),
  private.problem(text, integer, text, text),
  private.unanswered_init(),
  private.end_jobs_of(uuid), private.wake_jobs_of(uuid)
  to service_role;
