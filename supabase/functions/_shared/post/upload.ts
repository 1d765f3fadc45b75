/** The upload: chunk after chunk, in order, streamed from the source, resumable at each edge. */

import type { TikTokContext } from "../platform/tiktok_door.ts";
import { Problem } from "../http/problem.ts";
import { SOURCE_FAULTS, SourceError } from "../media/source_error.ts";
import { openKnownSource, sourcePath } from "../media/open_source.ts";
import type { KnownSource, MediaSource } from "../media/source.ts";
import { problemOf } from "../platform/tiktok_problem.ts";
import {
  chunkAt,
  type ChunkOutcome,
  type ChunkPlan,
  type ChunkRange,
  resolveProgress,
} from "../tiktok/index.ts";
import { type DrivenJob, finishStep, LOST, recordProgress, type Step } from "./job.ts";
import { pollStatus, readStatus } from "./poll.ts";
import { type Budget, MAX_INITS } from "./timing.ts";

type Upload = {
  job: DrivenJob;
  known: KnownSource;
  plan: ChunkPlan;
  source: MediaSource;
  upload_url: string;
};

/** A chunk is sent again this often before the job takes a pause. */
const TRIES_PER_CHUNK = 2;

export async function uploadVideo(
  context: TikTokContext,
  job: DrivenJob,
  budget: Budget,
  isResumed: boolean,
): Promise<Step> {
  const upload = await openUpload(context, job);
  let offset = job.bytes_sent;
  // After a crash nobody here knows whether the last chunk arrived. TikTok does.
  if (isResumed && job.last_chunk_sent) {
    const progress = await askProgress(context, job);
    if (progress.kind === "elsewhere") return await pollStatus(context, job);
    offset = progress.bytes ?? offset;
  }
  let tries = 0;
  while (true) {
    const chunk = chunkAt(upload.plan, upload.known.size_bytes, offset);
    if (chunk === null) return await submit(context, job);
    if (isSpent(context, budget)) {
      return await finishStep(context, job, { status: "uploading" });
    }
    const outcome = await sendChunk(context, upload, chunk);
    budget.bytes -= chunk.last - chunk.first + 1;
    const next = await judgeChunk(context, upload, chunk, outcome, tries);
    if (next.kind === "done") return next.step;
    tries = next.offset === offset ? tries + 1 : 0;
    offset = next.offset;
  }
}

type Next = { kind: "offset"; offset: number } | { kind: "done"; step: Step };

async function judgeChunk(
  context: TikTokContext,
  upload: Upload,
  chunk: ChunkRange,
  outcome: ChunkOutcome,
  tries: number,
): Promise<Next> {
  const { job, known, plan } = upload;
  const done = (step: Step): Next => ({ kind: "done", step });
  switch (outcome.kind) {
    case "complete":
      return done(await submit(context, job));
    case "stored":
      return await keepOffset(context, upload, chunk.last + 1);
    case "out_of_step": {
      const told = outcome.progress === null
        ? null
        : resolveProgress(plan, known.size_bytes, outcome.progress);
      if (told !== null && told !== chunk.first) return await keepOffset(context, upload, told);
      const progress = await askProgress(context, job);
      if (progress.kind === "elsewhere") return done(await pollStatus(context, job));
      if (progress.bytes !== null && progress.bytes !== chunk.first) {
        return await keepOffset(context, upload, progress.bytes);
      }
      throw outcome.error;
    }
    case "retry":
      // Unless TikTok asks for a pause.
      if (tries + 1 < TRIES_PER_CHUNK && outcome.error.retry_after_seconds === null) {
        return { kind: "offset", offset: chunk.first };
      }
      throw outcome.error;
    case "expired":
    case "gone": {
      const isLast = chunk.index === plan.total_chunk_count - 1;
      if (isLast) {
        // The bytes may all be there, and a new upload could be a second post.
        const progress = await askProgress(context, job);
        if (progress.kind === "elsewhere" || progress.bytes === null) {
          return done(await pollStatus(context, job));
        }
      }
      return done(await startAnew(context, job, problemOf(outcome.error)));
    }
    case "refused":
      return done(
        await finishStep(context, job, { status: "failed", problem: problemOf(outcome.error) }),
      );
    case "source_failed": {
      const { cause, error } = outcome;
      if (!(cause instanceof SourceError) || cause.fault === "unreachable") throw error;
      const problem = new Problem("media_rejected", SOURCE_FAULTS[cause.fault], {
        errors: [{ path: sourcePath(job.media), message: SOURCE_FAULTS[cause.fault] }],
      });
      return done(await finishStep(context, job, { status: "failed", problem }));
    }
  }
}

/** Writes the offset, and before the last chunk the intent: from then on TikTok may post. */
async function keepOffset(context: TikTokContext, upload: Upload, offset: number): Promise<Next> {
  const { job, known, plan } = upload;
  const chunk = chunkAt(plan, known.size_bytes, offset);
  // TikTok has it already where no chunk is left.
  const last_chunk_next = chunk === null || chunk.index === plan.total_chunk_count - 1;
  const isOurs = await recordProgress(context, job, offset, last_chunk_next);
  return isOurs ? { kind: "offset", offset } : { kind: "done", step: LOST };
}

async function sendChunk(
  context: TikTokContext,
  upload: Upload,
  { first, last }: ChunkRange,
): Promise<ChunkOutcome> {
  return await context.tiktok.uploadChunk({
    upload_url: upload.upload_url,
    content_type: upload.known.content_type,
    first,
    last,
    total: upload.known.size_bytes,
    body: await upload.source.openRange(first, last),
  });
}

async function openUpload(context: TikTokContext, job: DrivenJob): Promise<Upload> {
  const { media, source: known } = job;
  const source = known === null ? null : openKnownSource(context, media, known);
  if (
    known === null || source === null ||
    job.upload_url_sealed === null || job.chunk_size_bytes === null || job.chunk_count === null
  ) {
    throw new Error(`job ${job.id} is uploading without what an upload needs`);
  }
  return {
    job,
    known,
    plan: { chunk_size: job.chunk_size_bytes, total_chunk_count: job.chunk_count },
    source,
    upload_url: await context.sealer.open(
      `publish_jobs.upload_url:${job.id}`,
      job.upload_url_sealed,
    ),
  };
}

/**
 * Where TikTok is with this upload: still waiting for bytes (how many it has, if it says), or
 * elsewhere, with all bytes or none needed.
 */
async function askProgress(
  context: TikTokContext,
  job: DrivenJob,
): Promise<{ kind: "waiting"; bytes: number | null } | { kind: "elsewhere" }> {
  const { status, uploaded_bytes } = await readStatus(context, job);
  if (status !== "PROCESSING_UPLOAD" || uploaded_bytes === job.bytes_total) {
    return { kind: "elsewhere" };
  }
  if (uploaded_bytes === null || job.chunk_size_bytes === null || job.chunk_count === null) {
    return { kind: "waiting", bytes: null };
  }
  const plan = { chunk_size: job.chunk_size_bytes, total_chunk_count: job.chunk_count };
  const readings = { if_count_bytes: uploaded_bytes, if_last_index_bytes: uploaded_bytes + 1 };
  return { kind: "waiting", bytes: resolveProgress(plan, job.bytes_total ?? 0, readings) };
}

async function submit(context: TikTokContext, job: DrivenJob): Promise<Step> {
  return await finishStep(context, job, {
    status: "processing",
    keep_lease: true,
    changes: { submitted: true },
  });
}

/** A new init, with a new upload address: nothing of the old one can be posted any more. */
async function startAnew(context: TikTokContext, job: DrivenJob, problem: Problem): Promise<Step> {
  return await finishStep(context, job, {
    status: job.inits_accepted < MAX_INITS ? "queued" : "failed",
    problem,
    changes: { failed_attempt: true },
  });
}

function isSpent(context: TikTokContext, budget: Budget): boolean {
  return budget.bytes <= 0 || context.now_ms() >= budget.until_ms;
}
