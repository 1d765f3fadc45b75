-- What an owner gets to see. His look may take a task, if what is stored is too old and there are queries.

-- Series as columns, times in milliseconds: a chart has thousands of points, and names and quotes for
-- each would take longer to write than the rows to read.
create function private.milliseconds(p_at timestamptz) returns bigint
language sql immutable parallel safe
set search_path = ''
as $$ select floor(extract(epoch from p_at) * 1000)::bigint $$;

-- The account's own figures since `p_since`, and the newest of all: {newest, series}.
create function private.profile_json(p_connection_id uuid, p_since timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'newest', (
      select jsonb_build_object(
          'taken_at', private.milliseconds(taken_at), 'follower_count', follower_count,
          'following_count', following_count, 'likes_count', likes_count, 'video_count', video_count)
        from private.profile_days where connection_id = p_connection_id order by day desc limit 1),
    'series', (
      select jsonb_build_object(
          'taken_at', coalesce(array_agg(private.milliseconds(taken_at)), '{}'),
          'follower_count', coalesce(array_agg(follower_count), '{}'),
          'following_count', coalesce(array_agg(following_count), '{}'),
          'likes_count', coalesce(array_agg(likes_count), '{}'),
          'video_count', coalesce(array_agg(video_count), '{}'))
        from (
          select * from private.profile_days
           where connection_id = p_connection_id and day >= private.utc_day(p_since) and taken_at > p_since
           order by day
        ) as days))
$$;

-- Every video, newest first, with its figures since `p_since` and the job that posted it. One that is
-- gone is told of as long as it has figures in that time, without links that lead nowhere. A cover's
-- link is good for six hours; one that has less than half an hour left is not told.
create function private.videos_json(
  p_connection_id uuid, p_since timestamptz, p_now timestamptz
) returns jsonb
language sql stable
set search_path = ''
as $$
  with posts as (
    select distinct on (post_id) post_id, j.id as job_id
      from public.publish_jobs j, unnest(j.post_ids) as post_id
     where j.connection_id = p_connection_id
     order by post_id, j.created_at
  )
  select coalesce(jsonb_agg(jsonb_build_object(
      'id', v.video_id,
      'job_id', posts.job_id,
      'title', v.title,
      'created_at', private.milliseconds(v.created_at),
      'share_url', case when v.gone_at is null then v.share_url end,
      'cover_image_url',
        case when v.gone_at is null and v.taken_at > p_now - interval '5 hours 30 minutes' then v.cover_image_url end,
      'taken_at', private.milliseconds(v.taken_at),
      'view_count', v.view_count,
      'like_count', v.like_count,
      'comment_count', v.comment_count,
      'share_count', v.share_count,
      'series', jsonb_build_object(
        'taken_at', coalesce(s.taken_at, '{}'),
        'view_count', coalesce(s.view_count, '{}'),
        'like_count', coalesce(s.like_count, '{}'),
        'comment_count', coalesce(s.comment_count, '{}'),
        'share_count', coalesce(s.share_count, '{}'))
    ) order by v.created_at desc nulls last, length(v.video_id) desc, v.video_id desc), jsonb_build_array())
    from private.videos v
    left join posts on posts.post_id = v.video_id
    cross join lateral (
      select array_agg(private.milliseconds(taken_at)) as taken_at, array_agg(view_count) as view_count,
             array_agg(like_count) as like_count, array_agg(comment_count) as comment_count,
             array_agg(share_count) as share_count
        from (
          select * from private.video_snapshots
           where video = v.id and taken_at > p_since order by taken_at
        ) as points
    ) as s
   where v.connection_id = p_connection_id and (v.gone_at is null or s.taken_at is not null)
$$;

-- A user looks at the figures of his connection, `p_days` back. Null: no such connection of his. Else
-- {connection, refused, items, busy, analytics}: `refused` are the kinds that the platform refuses,
-- `analytics` is {profile, videos}. Where `p_refreshes` and something is too old, the caller gets the
-- lease of what he must read first (`items`, as of claim_due_snapshots), or somebody else has it
-- (`busy`), and `analytics` is null: read, or wait, and ask again.
create function public.look_at_analytics(
  p_connection_id uuid, p_user_id uuid, p_days integer, p_refreshes boolean, p_lease_owner uuid,
  p_lease_seconds double precision, p_queries_a_day integer, p_queries_a_minute integer
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz;
  v_connection public.platform_connections;
  v_account private.analytics_accounts;
  v_task private.snapshot_tasks;
  v_max_age interval;
  v_room record;
  v_items jsonb := jsonb_build_array();
  v_busy boolean := false;
begin
  select * into v_connection from public.platform_connections
   where id = p_connection_id and user_id = p_user_id;
  if not found then
    return null;
  end if;
  v_now := private.now();
  if p_refreshes and v_connection.status = 'active' then
    select * into v_account from private.analytics_accounts
     where connection_id = p_connection_id for no key update;
    -- Who looks again and again does not cost a write a time.
    if v_account.looked_at is null or v_account.looked_at < v_now - interval '1 minute' then
      update private.analytics_accounts set looked_at = v_now where connection_id = p_connection_id;
    end if;
    v_room := private.query_room(
      private.query_day(v_account.platform, v_now), 'look', p_queries_a_day, p_queries_a_minute, v_now);
    v_max_age := private.look_max_age(v_account, p_queries_a_day, v_now);
    for v_task in
      select * from private.snapshot_tasks
       where connection_id = p_connection_id and due_at is not null and refused_at is null
         and (kind = 'videos' or private.has_capability(v_connection, 'profile_stats'))
       order by kind for no key update
    loop
      if private.next_query(v_task, v_max_age, v_now) is null then
        continue;
      end if;
      if v_task.lease_expires_at > v_now then
        v_busy := true;
      -- After a failure a look waits as long as the schedule does.
      elsif v_room.room > 0 and (v_task.failures = 0 or v_task.due_at <= v_now) then
        v_items := v_items || private.lease_snapshot(
          v_task.connection_id, v_task.kind, p_lease_owner, v_now + private.seconds(p_lease_seconds));
      end if;
    end loop;
  end if;
  return jsonb_build_object(
    'connection', private.connection_json(v_connection),
    'refused', to_jsonb(array(
      select kind from private.snapshot_tasks
       where connection_id = p_connection_id and refused_at is not null order by kind)),
    'items', v_items,
    'busy', v_busy,
    'analytics', case when not v_busy and jsonb_array_length(v_items) = 0 then jsonb_build_object(
      'profile', private.profile_json(p_connection_id, v_now - make_interval(days => p_days)),
      'videos', private.videos_json(p_connection_id, v_now - make_interval(days => p_days), v_now))
    end
  );
end
$$;

revoke all on function
  private.milliseconds(timestamptz),
  private.profile_json(uuid, timestamptz),
  private.videos_json(uuid, timestamptz, timestamptz),
  public.look_at_analytics(uuid, uuid, integer, boolean, uuid, double precision, integer, integer)
  from public, anon, authenticated;
grant execute on function
  private.milliseconds(timestamptz),
  private.profile_json(uuid, timestamptz),
  private.videos_json(uuid, timestamptz, timestamptz),
  public.look_at_analytics(uuid, uuid, integer, boolean, uuid, double precision, integer, integer)
  to service_role;
