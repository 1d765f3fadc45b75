-- Migrations add their tables to this publication. Nothing here sends the changes on.
do $$
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    -- Without wal_level = logical the server warns that nobody could subscribe; nobody will.
    set local client_min_messages = error;
    create publication supabase_realtime;
  end if;
end
$$;
