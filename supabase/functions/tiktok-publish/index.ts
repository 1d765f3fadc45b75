/** `POST`, `GET` and `DELETE tiktok-publish`: a signed-in user posts, looks at a post, cancels it. */

import { jobQuery, publishRequest } from "../_shared/contract/post.ts";
import { door, forUser } from "../_shared/http/door.ts";
import { tiktokOf } from "../_shared/platform/tiktok.ts";
import { acceptPost } from "../_shared/post/accept.ts";
import { cancelJob, readJob } from "../_shared/post/cancel.ts";

export default door("tiktok-publish", {
  POST: forUser(
    publishRequest,
    async (context, user, request) => await acceptPost(context, tiktokOf(context), user, request),
  ),
  GET: forUser(jobQuery, async (context, user, { job_id }) => ({
    body: await readJob(context, user, job_id),
  })),
  DELETE: forUser(jobQuery, async (context, user, { job_id }) => ({
    body: await cancelJob(context, tiktokOf(context), user, job_id),
  })),
});
