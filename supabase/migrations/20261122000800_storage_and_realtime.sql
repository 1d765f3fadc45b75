-- What needs the schema `storage` is made where that schema exists: the private bucket `videos`,
-- where a user owns what lies below `<user id>/`; an anonymous sign-in can post nothing, and adds
-- nothing. Realtime likewise, where its publication exists.

do $$
begin
  if to_regclass('storage.buckets') is null or to_regclass('storage.objects') is null then
    raise notice 'no schema storage here: the bucket `videos` is not made';
    return;
  end if;
  insert into storage.buckets (id, name, public)
  values ('videos', 'videos', false)
  on conflict (id) do nothing;
  if not exists (
    select 1 from pg_policies
     where schemaname = 'storage' and tablename = 'objects' and policyname = 'videos: owner reads'
  ) then
    execute $policy$
      create policy "videos: owner reads" on storage.objects for select to authenticated
        using (bucket_id = 'videos' and split_part(name, '/', 1) = (select auth.uid())::text)
    $policy$;
    execute $policy$
      create policy "videos: owner adds" on storage.objects for insert to authenticated
        with check (
          bucket_id = 'videos' and split_part(name, '/', 1) = (select auth.uid())::text
          and (select auth.jwt() ->> 'is_anonymous') is distinct from 'true')
    $policy$;
    execute $policy$
      create policy "videos: owner replaces" on storage.objects for update to authenticated
        using (bucket_id = 'videos' and split_part(name, '/', 1) = (select auth.uid())::text)
        with check (bucket_id = 'videos' and split_part(name, '/', 1) = (select auth.uid())::text)
    $policy$;
    execute $policy$
      create policy "videos: owner removes" on storage.objects for delete to authenticated
        using (bucket_id = 'videos' and split_part(name, '/', 1) = (select auth.uid())::text)
    $policy$;
  end if;
end
$$;

do $$
declare
  v_table text;
begin
  if not exists (select 1 from pg_publication where pubname = 'supabase_realtime' and not puballtables) then
    raise notice 'no publication supabase_realtime here: no changes are sent over Realtime';
    return;
  end if;
  foreach v_table in array array['platform_connections', 'publish_jobs'] loop
    if not exists (
      select 1 from pg_publication_tables
       where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = v_table
    ) then
      execute format('alter publication supabase_realtime add table public.%I', v_table);
    end if;
  end loop;
end
$$;
