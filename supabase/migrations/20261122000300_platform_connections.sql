-- One row a connected account, for any platform. What a platform needs beyond these columns is
-- kept by that platform's own functions, not here.

create table public.platform_connections (
  id uuid primary key default gen_random_uuid(),
  -- null once the Nexus user is deleted: the row then only holds what is needed to end the grant.
  user_id uuid references auth.users (id) on delete set null,
  platform text not null check (platform ~ '^[a-z][a-z0-9_]{0,31}$'),
  platform_user_id text not null check (platform_user_id <> ''),
  username text,
  display_name text,
  avatar_url text,
  scopes text[] not null default '{}',
  status text not null default 'active'
    check (status in ('active', 'reconnect_required', 'disconnected')),
  capabilities jsonb not null default '{}',
  connected_at timestamptz not null default private.now(),
  last_refreshed_at timestamptz,
  last_error jsonb,

  -- For the functions alone. Tokens are JWEs, each bound to this row's id and its column.
  access_token_sealed text,
  refresh_token_sealed text,
  sealing_key_id text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  -- Grows with every change of the tokens: the fence for whoever refreshes.
  token_version bigint not null default 0,
  tokens_issued_at timestamptz,
  refresh_lease_owner uuid,
  refresh_lease_expires_at timestamptz,
  refresh_failures integer not null default 0,
  -- When the schedule looks at this row next; null = never.
  refresh_due_at timestamptz,
  last_used_at timestamptz,
  status_changed_at timestamptz not null default private.now(),
  created_at timestamptz not null default private.now(),
  updated_at timestamptz not null default private.now(),

  constraint platform_connections_account_key unique (user_id, platform, platform_user_id),
  constraint platform_connections_active_has_tokens check (
    status <> 'active' or (access_token_sealed is not null and refresh_token_sealed is not null)
  ),
  constraint platform_connections_ended_has_none check (
    status <> 'disconnected' or (access_token_sealed is null and refresh_token_sealed is null)
  )
);

comment on table public.platform_connections is 'Connected social accounts, one row a user and account, any platform. Tokens are sealed.';

create index platform_connections_refresh_due_idx
  on public.platform_connections (refresh_due_at) where refresh_due_at is not null;
create index platform_connections_account_idx
  on public.platform_connections (platform, platform_user_id);

alter table public.platform_connections enable row level security;

revoke all on table public.platform_connections from public, anon, authenticated;
grant select, insert, update, delete on table public.platform_connections to service_role;
-- By column, so that `select *` is refused and a sealed token can't be read by its owner either.
grant select (
  id, user_id, platform, platform_user_id, username, display_name, avatar_url, scopes, status,
  capabilities, connected_at, last_refreshed_at, last_error
) on public.platform_connections to authenticated;

create policy "owner reads own connections" on public.platform_connections
  for select to authenticated
  using ((select auth.uid()) = user_id);

-- service_role bypasses RLS on Supabase; a plain server need not be set up so.
create policy "service does everything" on public.platform_connections
  for all to service_role
  using (true) with check (true);

-- The connection as the contract shows it.
create function private.connection_json(p_row public.platform_connections) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', p_row.id,
    'platform', p_row.platform,
    'platform_user_id', p_row.platform_user_id,
    'username', p_row.username,
    'display_name', p_row.display_name,
    'avatar_url', p_row.avatar_url,
    'scopes', to_jsonb(p_row.scopes),
    'status', p_row.status,
    'capabilities', p_row.capabilities,
    'connected_at', private.iso(p_row.connected_at),
    'last_refreshed_at', private.iso(p_row.last_refreshed_at),
    'last_error', p_row.last_error
  )
$$;

revoke all on function private.connection_json(public.platform_connections)
  from public, anon, authenticated;
grant execute on function private.connection_json(public.platform_connections) to service_role;
