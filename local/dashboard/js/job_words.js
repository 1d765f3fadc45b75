import { bytes, dayAndTime, fromNow } from "./words.js";

/** A job in one of these moves on by itself. */
const open = new Set(["queued", "uploading", "processing"]);
const cancellable = new Set([...open, "unconfirmed"]);

export const isOpen = ({ status }) => open.has(status);
export const canCancel = ({ status }) => cancellable.has(status);

/**
 * What a job's status means to the person who posted.
 * @returns {{tone: string, words: string, detail: string,
 *   part: number | null | undefined}} `part` is 0 to 1, null while unknown, undefined for no bar
 */
export function describeJob(job, now_ms = Date.now()) {
  switch (job.status) {
    case "queued":
      return { ...describeWait(job, now_ms), tone: "info" };
    case "uploading":
      return {
        tone: "info",
        words: "Uploading",
        detail: job.bytes_total
          ? `${bytes(job.bytes_sent)} of ${bytes(job.bytes_total)} sent.${
            nextTry(job, now_ms, " ")
          }`
          : nextTry(job, now_ms),
        part: job.bytes_total ? job.bytes_sent / job.bytes_total : null,
      };
    case "processing":
      return {
        tone: "info",
        words: "Processing",
        detail: "TikTok is at work on the video. This can take a few minutes.",
        part: null,
      };
    case "published":
      return {
        tone: "ok",
        words: "Published",
        detail: job.post_ids.length > 0
          ? `TikTok post ${job.post_ids.join(", ")}`
          : "TikTok gives a link only to public posts.",
      };
    case "sent_to_inbox":
      return {
        tone: "ok",
        words: "In the inbox",
        detail: "Open the notification in the TikTok app to finish and post it.",
      };
    case "failed":
      return { tone: "bad", words: "Failed", detail: "" };
    case "cancelled":
      return { tone: "muted", words: "Cancelled", detail: "" };
    case "unconfirmed":
      return {
        tone: "warn",
        words: "Not confirmed",
        detail:
          "TikTok did not answer: the video may be posted or not. Look at the profile before " +
          "posting it again.",
      };
    default:
      return { tone: "muted", words: job.status, detail: "" };
  }
}

function describeWait(job, now_ms) {
  if (job.scheduled_at && Date.parse(job.scheduled_at) > now_ms) {
    return { words: "Scheduled", detail: `Goes out on ${dayAndTime(job.scheduled_at)}.` };
  }
  if (job.error) return { words: "Trying again", detail: nextTry(job, now_ms), part: null };
  return {
    words: "Waiting",
    detail: nextTry(job, now_ms) || "Starts with the next tick of the schedule.",
    part: null,
  };
}

function nextTry({ next_attempt_at }, now_ms, before = "") {
  if (!next_attempt_at || Date.parse(next_attempt_at) - now_ms < 5000) return "";
  return `${before}Next step ${fromNow(next_attempt_at, now_ms)}.`;
}
