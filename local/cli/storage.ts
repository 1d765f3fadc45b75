/** Brings the file into Nexus's Storage, as the user who posts it. */

import { z } from "zod";
import { TransportError } from "../../supabase/functions/_shared/transport/index.ts";
import { parseJson } from "./call.ts";
import type { CheckedFile } from "./checks.ts";
import { EXIT_CODES, Failure, unreachable } from "./failure.ts";
import { quote } from "./printer.ts";
import { createProgress } from "./progress.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";

const BUCKET = "videos";

/** A slow line is given its time: 50 kB/s, and a minute for the answer. */
const SLOWEST_BYTES_PER_MS = 50;
const ANSWER_MS = 60_000;

/** Storage answers in a form of its own: `{statusCode, error, message}`. */
const storageAnswer = z.object({ message: z.string().min(1) });

const TYPES = {
  mp4: ["mp4", "video/mp4"],
  mov: ["mov", "video/quicktime"],
  webm: ["webm", "video/webm"],
  other: ["bin", "application/octet-stream"],
} as const;

/** Uploads under a name of its own; gives the path in the bucket `videos`. */
export async function storeVideo(
  runtime: Runtime,
  session: Session,
  { file, facts }: CheckedFile,
): Promise<string> {
  const [extension, content_type] = TYPES[facts.container];
  const path = `${session.user_id}/${runtime.randomUuid()}.${extension}`;
  const { size_bytes } = file;
  const progress = createProgress(runtime.stderr, runtime.now_ms, "Uploading", size_bytes);
  try {
    const response = await runtime.fetchOnce(
      `${session.place.url}/storage/v1/object/${BUCKET}/${path}`,
      {
        method: "POST",
        headers: {
          authorization: `Bearer ${await session.accessToken()}`,
          apikey: session.place.publishable_key,
          "content-type": content_type,
          "content-length": String(size_bytes),
        },
        body: counted(await file.openRange(0, size_bytes - 1), progress.update),
        timeout_ms: ANSWER_MS + Math.ceil(size_bytes / SLOWEST_BYTES_PER_MS),
      },
    );
    const text = await response.text();
    if (!response.ok) throw refusal(response.status, text);
    return path;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.code === "body") throw unreadable(error);
    throw unreachable("Storage did not take the file to its end. Nothing was posted.", error);
  } finally {
    progress.end();
  }
}

/** What was refused is not posted, so nobody needs the file; it is no failure if it stays. */
export async function removeVideo({ supabase }: Session, path: string): Promise<boolean> {
  const { error } = await supabase.storage.from(BUCKET).remove([path]);
  return error === null;
}

function counted(
  bytes: ReadableStream<Uint8Array>,
  onProgress: (done_bytes: number) => void,
): ReadableStream<Uint8Array> {
  let done_bytes = 0;
  return bytes.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        done_bytes += piece.byteLength;
        onProgress(done_bytes);
        controller.enqueue(piece);
      },
    }),
  );
}

function refusal(status: number, text: string): Failure {
  const answer = storageAnswer.safeParse(parseJson(text));
  return new Failure(EXIT_CODES.refused, {
    code: "storage_refused",
    title: "Storage refused the file",
    detail: answer.success ? quote(answer.data.message) : `Storage answered ${status}.`,
    status,
  });
}

function unreadable(cause: TransportError): Failure {
  return new Failure(
    EXIT_CODES.refused,
    {
      code: "media_rejected",
      title: "The file cannot be read",
      detail: "The file was changed while it was uploaded. Nothing was posted.",
    },
    {},
    { cause },
  );
}
