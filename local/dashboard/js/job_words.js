import { bytes, dayAndTime, fromNow } from "./words.js";

/** A job in one of these moves on by itself. */
const open = new Set(["queued", "uploading", "processing"]);
const cancellable = new Set([...open, "unconfirmed"]);

export const isOpen = ({ status }) => open.has(status);
export const canCancel = ({ status }) => cancellable.has(status);

/**
 * What a job's status means to the person who posted.
 * @param {object} job
 * @param {object | undefined} connection the job's
 * @returns {{tone: string, words: string, detail: string,
 *   part: number | null | undefined}} `part` is 0 to 1, null while unknown, undefined for no bar
 */
export function describeJob(job, connection, now_ms = Date.now()) {
  if (isOpen(job) && connection?.status === "reconnect_required") {
    const detail = "Goes on by itself once the account is connected again.";
    return { tone: "warn", words: "Needs reconnecting", detail };
  }
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

/** What is asked before a post is cancelled, for `confirmFirst`. */
export function cancelQuestion({ status, scheduled_at }) {
  if (status === "unconfirmed") {
    return {
      title: "Dismiss this post?",
      text:
        "It is listed as cancelled then. It may be on the profile all the same: look there first.",
      yes: "Dismiss it",
    };
  }
  return {
    title: "Cancel this post?",
    text: status === "queued"
      ? `It is not sent to TikTok${scheduled_at ? ", now or later" : ""}. This can't be taken back.`
      : "TikTok is told to stop, if it is not too late for that. This can't be taken back.",
    yes: "Cancel the post",
  };
}

/** TikTok's limits of a minute do not hold a post back for so long: then it is the day's. */
const long_ms = 600_000;

function describeWait(job, now_ms) {
  if (job.scheduled_at && Date.parse(job.scheduled_at) > now_ms) {
    return { words: "Scheduled", detail: `Goes out on ${dayAndTime(job.scheduled_at)}.` };
  }
  if (job.error) return { words: "Trying again", detail: nextTry(job, now_ms), part: null };
  if (Date.parse(job.next_attempt_at) - now_ms > long_ms) {
    return {
      words: "Held back",
      detail: "This account's posts of 24 hours are used up. It goes out by itself, " +
        `${fromNow(job.next_attempt_at, now_ms)}.`,
    };
  }
  return {
    words: "Waiting",
    detail: nextTry(job, now_ms) || "Starts within a minute or two.",
    part: null,
  };
}

function nextTry({ next_attempt_at }, now_ms, before = "") {
  if (!next_attempt_at || Date.parse(next_attempt_at) - now_ms < 5000) return "";
  return `${before}Next step ${fromNow(next_attempt_at, now_ms)}.`;
}
