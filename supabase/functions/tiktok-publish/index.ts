/** `POST`, `GET` and `DELETE tiktok-publish`: a signed-in user posts, looks at a post, cancels it. */

import { jobQuery, publishRequest } from "../_shared/contract/post.ts";
import { forUser } from "../_shared/http/door.ts";
import { tiktokDoor } from "../_shared/platform/tiktok_door.ts";
import { acceptPost } from "../_shared/post/accept.ts";
import { cancelJob, readJob } from "../_shared/post/cancel.ts";

export default tiktokDoor("tiktok-publish", {
  POST: forUser(
    publishRequest,
    async (context, user, request) => await acceptPost(context, user, request),
  ),
  GET: forUser(jobQuery, async (context, user, { job_id }) => ({
    body: await readJob(context, user, job_id),
  })),
  DELETE: forUser(jobQuery, async (context, user, { job_id }) => ({
    body: await cancelJob(context, user, job_id),
  })),
});
