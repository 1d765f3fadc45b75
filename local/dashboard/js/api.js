import { ProblemError, readProblem } from "./problem.js";

const connection_columns = "id,platform,platform_user_id,username,display_name,avatar_url,scopes," +
  "status,capabilities,connected_at,last_refreshed_at,last_error";
const job_columns = "id,connection_id,status,publish_id,post_ids,bytes_total,bytes_sent,attempts," +
  "scheduled_at,next_attempt_at,error,created_at,updated_at";

/** The functions and the two tables, as the signed-in user may use them. */
export function createApi(config, session) {
  async function send(method, path, body, accept) {
    const headers = {
      apikey: config.publishable_key,
      authorization: `Bearer ${await session.accessToken()}`,
    };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (accept !== undefined) headers.accept = accept;
    const response = await fetch(`${config.supabase_url}${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.ok) return await (accept === undefined ? response.json() : response.blob());
    const problem = await readProblem(response);
    if (response.status === 401) session.end();
    throw new ProblemError(problem);
  }
  const call = (method, name, body) => send(method, `/functions/v1/${name}`, body);
  const rows = (table, query) => send("GET", `/rest/v1/${table}?${new URLSearchParams(query)}`);
  const analytics = (connection_id, days) =>
    `/functions/v1/tiktok-analytics?${new URLSearchParams({ connection_id, days })}`;
  const idQuery = (name, id) => new URLSearchParams({ [name]: id });

  return {
    listConnections: () =>
      rows("platform_connections", { select: connection_columns, order: "connected_at.desc" }),
    listJobs: () =>
      rows("publish_jobs", { select: job_columns, order: "created_at.desc", limit: "30" }),

    /** Answers `{authorization_url, …}`: where the browser goes next. */
    initiate: (redirect_to) => call("POST", "tiktok-initiate", { redirect_to }),
    /** `{state, code}` or `{state, error, error_description?}`, as the redirect brought it. */
    complete: (answer) => call("POST", "tiktok-callback", answer).then((it) => it.connection),
    disconnect: (connection_id) => call("POST", "tiktok-disconnect", { connection_id }),

    readAnalytics: (connection_id, days) => send("GET", analytics(connection_id, days)),
    /** The same as a file for a spreadsheet. */
    downloadAnalytics: (connection_id, days) =>
      send("GET", analytics(connection_id, days), undefined, "text/csv"),

    readCreator: (connection_id) =>
      call("GET", `tiktok-creator?${idQuery("connection_id", connection_id)}`)
        .then((it) => it.creator),
    publish: (post) => call("POST", "tiktok-publish", post).then((it) => it.job),
    cancelJob: (job_id) =>
      call("DELETE", `tiktok-publish?${idQuery("job_id", job_id)}`).then((it) => it.job),
  };
}
