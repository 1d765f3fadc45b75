/** `upload` and `post`: checked here, brought to Storage, and handed to `tiktok-publish`. */

import {
  type Check,
  type Job,
  jobAnswer,
  type PublishRequest,
} from "../../../supabase/functions/_shared/contract/post.ts";
import { rejectionOf } from "../../../supabase/functions/_shared/post/preflight.ts";
import type { Values } from "../arguments.ts";
import { callFunction } from "../call.ts";
import { type Checked, checkLocally, passes } from "../checks.ts";
import { chooseConnection } from "../connections.ts";
import { EXIT_CODES, Failure, refusedBy } from "../failure.ts";
import { DEFAULT_WAIT_SECONDS, describeJob, follow, isDone, readJob } from "../follow.ts";
import type { Command, Outcome } from "../outcome.ts";
import { findPlace } from "../place.ts";
import { type PostForm, readDraftForm, readPostForm, storedVideo } from "../post_form.ts";
import type { Notes } from "../printer.ts";
import type { Runtime } from "../runtime.ts";
import { type Session, signIn } from "../session.ts";
import { readSettings } from "../settings.ts";
import { showJob } from "../show_job.ts";
import { removeVideo, storeVideo } from "../storage.ts";

export const upload: Command = (values, runtime, notes) =>
  run(readDraftForm(values), values, runtime, notes);

export const post: Command = (values, runtime, notes) =>
  run(readPostForm(values), values, runtime, notes);

async function run(
  form: PostForm,
  values: Values,
  runtime: Runtime,
  notes: Notes,
): Promise<Outcome> {
  const wait_seconds = values.number("timeout", 1) ?? DEFAULT_WAIT_SECONDS;
  const checked = await checkBeforehand(form, runtime);
  const session = await signIn(runtime, await findPlace(runtime));
  const connection_id = await chooseConnection(session, values.text("connection"));
  const accepted = await send(form, checked, connection_id, runtime, session, notes);
  // Told at once, and on stderr: the post is under way, whatever becomes of this command.
  if (!values.on("wait")) notes.note(describeJob(accepted));
  const job = values.on("wait")
    ? await follow(
      runtime,
      notes,
      accepted,
      wait_seconds,
      () => readJob(runtime, session, accepted.id),
    )
    : accepted;
  return {
    ok: values.on("wait") ? isDone(job) : true,
    document: { job },
    show: (printer) => showJob(printer, job),
  };
}

/**
 * What Nexus would refuse after a long upload is refused before it. Which profile Nexus has is not
 * known here: unless it is told, only what no profile takes is refused.
 */
async function checkBeforehand(form: PostForm, { env }: Runtime): Promise<Checked> {
  const { config } = readSettings(env, ["MEDIA_PROFILE", "MEDIA_ALLOWED_HOSTS"]);
  const MEDIA_PROFILE = env("MEDIA_PROFILE") === undefined ? "tiktok" : config.MEDIA_PROFILE;
  // An address's rules are Nexus's too: the hosts that it allows are not known here either.
  if (form.file === null) return { checks: [], video: null };
  const checked = await checkLocally(form, { ...config, MEDIA_PROFILE });
  const unread = checked.checks.find(({ name, ok }) => name === "source" && !ok);
  if (unread !== undefined) throw fileUnread(unread.message, checked.checks);
  const rejection = passes(checked.checks) ? null : rejectionOf(checked.checks);
  if (rejection !== null) throw refusedBy(rejection, { checks: checked.checks });
  return checked;
}

/** No answer of Nexus's: it was never asked. */
function fileUnread(detail: string, checks: Check[]): Failure {
  const document = { code: "file_unreadable", title: "The video cannot be read", detail };
  return new Failure(EXIT_CODES.refused, document, { checks });
}

async function send(
  { request }: PostForm,
  { video }: Checked,
  connection_id: string,
  runtime: Runtime,
  session: Session,
  notes: Notes,
): Promise<Job> {
  // Made here, so that the same request can be sent again without posting twice.
  const idempotency_key = runtime.randomUuid();
  if (video === null) {
    return await publish(runtime, session, { ...request, connection_id, idempotency_key });
  }
  notes.note(`Uploading ${video.file.path}, ${video.file.size_bytes} bytes, to Storage`);
  const path = await storeVideo(runtime, session, video);
  try {
    const media = storedVideo(path);
    return await publish(runtime, session, { ...request, connection_id, media, idempotency_key });
  } catch (error) {
    if (error instanceof Failure && error.exit_code === EXIT_CODES.refused) {
      const removed = await removeVideo(session, path);
      if (!removed) notes.note(`${path} stays in the bucket videos: it could not be removed.`);
    }
    throw error;
  }
}

/** An answer that was lost is asked for once more; the key makes it the same post. */
async function publish(runtime: Runtime, session: Session, body: PublishRequest): Promise<Job> {
  const request = { method: "POST" as const, path: "tiktok-publish", body };
  try {
    return (await callFunction(runtime, session, request, jobAnswer)).job;
  } catch (error) {
    if (!(error instanceof Failure) || error.exit_code !== EXIT_CODES.unreachable) throw error;
    return (await callFunction(runtime, session, request, jobAnswer)).job;
  }
}
