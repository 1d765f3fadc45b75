-- What becomes known of a post once it is settled: ids come when moderation is over, which can take
-- hours, and a draft is a post, or several, whenever its user likes. Events tell most of it; where
-- none comes, the platform is asked, ever more rarely the longer nothing new was learnt (updated_at
-- of a settled job is the last time when something was).
--
-- No lease is needed: asking twice does no harm, and what is learnt is only ever added.

-- Takes up to `p_limit` settled jobs that are due to be asked about: {items: [{id, connection_id,
-- publish_id, status, mode, post_ids, quiet_seconds}]}. Should nothing be recorded, they come again
-- in `p_again_in_seconds`. While a connection has no token nobody can be asked; those are looked at
-- again in a day, until `p_give_up_after_seconds` without news are over.
create function public.claim_follow_ups(
  p_limit integer, p_again_in_seconds double precision, p_give_up_after_seconds double precision
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_now timestamptz := private.now();
  v_ids uuid[] := array(
    select id from public.publish_jobs
     where follow_up_at <= v_now
     order by follow_up_at
     limit p_limit
     for update skip locked);
  v_items jsonb;
begin
  with taken as (
    update public.publish_jobs j set
      follow_up_at = case c.status
        when 'active' then v_now + private.seconds(p_again_in_seconds)
        else case
          when v_now < j.updated_at + private.seconds(p_give_up_after_seconds) then v_now + interval '1 day'
        end
      end
      from public.platform_connections c
     where j.id = any (v_ids) and c.id = j.connection_id
    returning j.id, j.connection_id, j.publish_id, j.status, j.mode, j.post_ids, j.updated_at,
              c.status = 'active' as lives
  )
  select jsonb_agg(jsonb_build_object(
      'id', id,
      'connection_id', connection_id,
      'publish_id', publish_id,
      'status', status,
      'mode', mode,
      'post_ids', post_ids,
      'quiet_seconds', extract(epoch from v_now - updated_at)
    )) into v_items
    from taken where lives;
  return jsonb_build_object('items', coalesce(v_items, jsonb_build_array()));
end
$$;

-- Records an answer about the post with that publish_id: {news}, whether it said anything new. The
-- job is due again in `p_again_in_seconds` (null: never), or as when it was settled if there was news.
create function public.record_follow_up(
  p_job_id uuid, p_publish_id text, p_status text, p_post_ids text[],
  p_again_in_seconds double precision
) returns jsonb
language plpgsql security invoker
set search_path = ''
as $$
declare
  v_job public.publish_jobs;
  v_ids text[];
begin
  select * into v_job from public.publish_jobs where id = p_job_id for update;
  if not found or v_job.publish_id is distinct from p_publish_id then
    return jsonb_build_object('news', false);
  end if;
  v_ids := private.add_post_ids(v_job.post_ids, p_post_ids);
  if (v_ids, p_status) is distinct from (v_job.post_ids, v_job.status)
     and private.is_legal_move(v_job.status, p_status) then
    v_job.post_ids := v_ids;
    perform private.move_job(v_job, p_status, null, null, false);
    return jsonb_build_object('news', true);
  end if;
  update public.publish_jobs set
    follow_up_at = private.now() + private.seconds(p_again_in_seconds)
  where id = p_job_id;
  return jsonb_build_object('news', false);
end
$$;

revoke all on function
  public.claim_follow_ups(integer, double precision, double precision),
  public.record_follow_up(uuid, text, text, text[], double precision)
  from public, anon, authenticated;
grant execute on function
  public.claim_follow_ups(integer, double precision, double precision),
  public.record_follow_up(uuid, text, text, text[], double precision)
  to service_role;
