// @ts-check
/**
 * What Nexus does with the client. Runs as it is in Deno, Node and a browser; what differs is given.
 *
 * @typedef {import("../../../client/src/index.ts")} Package
 * @typedef {import("@supabase/supabase-js").SupabaseClient} SupabaseClient
 *
 * @typedef {{
 *   tiktok: Package,
 *   supabase: SupabaseClient,
 *   clip: Blob,
 *   desk: (action: "consent" | "advance", what: object) => Promise<any>,
 * }} Given `desk` is where TikTok's user and the clock are moved
 */

/**
 * Signs up and connects an account, where there is no window that could go to TikTok.
 *
 * @param {Given} given
 * @param {{ email: string, password: string }} account
 */
export async function connectAccount({ tiktok: nexus, supabase, desk }, account) {
  const { error } = await supabase.auth.signUp(account);
  if (error) throw error;
  const tiktok = nexus.createTikTokClient(supabase);
  const { authorization_url } = await tiktok.connect();
  const { url } = await desk("consent", { authorization_url });
  const connection = await tiktok.completeConnection({ url });
  if (connection === null) throw new Error("the address brought nothing");
  return connection;
}

/**
 * All the rest, from posting to disconnecting.
 *
 * @param {Given} given
 * @param {import("../../../client/src/index.ts").Connection} connection
 */
export async function useConnection({ tiktok: nexus, supabase, clip, desk }, connection) {
  const tiktok = nexus.createTikTokClient(supabase);
  const listed = await tiktok.connections();
  const creator = await tiktok.creator(connection.id);
  /** @type {number[]} */
  const progress = [];
  const job = await tiktok.publish(
    {
      connection_id: connection.id,
      media: { type: "video", source: { kind: "file", file: clip } },
      mode: "direct",
      post: { caption: "Hello", privacy_level: "SELF_ONLY" },
    },
    { onProgress: ({ sent_bytes, total_bytes }) => progress.push(sent_bytes / total_bytes) },
  );
  const statuses = [job.status];
  for await (const now of tiktok.watch(job.id)) {
    if (now.status !== statuses.at(-1)) statuses.push(now.status);
    if (!nexus.isSettled(now)) await desk("advance", { job_id: job.id });
  }
  const jobs = await tiktok.jobs({ connection_id: connection.id });
  const refusal = await tiktok.cancel(job.id).catch((error) => error);
  const mistake = await tiktok.publish({
    connection_id: connection.id,
    media: { type: "video", source: { kind: "file", file: new Blob(["not a video"]) } },
    mode: "draft",
  }).catch((error) => error);
  const ended = await tiktok.disconnect(connection.id);
  return {
    listed,
    direct_post: connection.capabilities.direct_post.available,
    can_post: creator.can_post,
    progress: { first: progress[0], last: progress.at(-1), rises: isRising(progress) },
    first_status: statuses[0],
    last_status: statuses.at(-1),
    same_job: JSON.stringify(jobs.map(({ id }) => id)) === JSON.stringify([job.id]),
    bytes_sent: jobs[0]?.bytes_sent === clip.size,
    refusal: describe(nexus, refusal),
    mistake: describe(nexus, mistake),
    ended: ended.status,
    progress_steps: progress.length,
  };
}

/** @param {number[]} numbers */
function isRising(numbers) {
  return numbers.every((number, index) => number >= (numbers[index - 1] ?? 0));
}

/**
 * @param {Package} nexus
 * @param {any} error
 */
function describe(nexus, error) {
  return {
    is_ours: error instanceof nexus.TikTokIntegrationError,
    code: error.code,
    status: error.status,
    paths: error.errors.map((/** @type {{path: string}} */ { path }) => path),
    has_request_id: /^[0-9a-f-]{36}$/.test(error.request_id),
  };
}
