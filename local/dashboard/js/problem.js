import { TikTokIntegrationError } from "./client.js";
import { el } from "./dom.js";

const unreachable = {
  title: "Nexus can't be reached",
  detail: "Check your connection, then try again. Nothing was lost.",
};

const unanswered = "It may have arrived or not. Try again: the same post is never made twice.";

/** The codes that a page can meet, as headings; the detail says the rest. */
const titles = {
  access_denied: "Not connected",
  account_not_eligible: "This account may not post",
  idempotency_conflict: "Already posted",
  media_rejected: "The post needs a change",
  not_cancellable: "Too late to cancel",
  rate_limited: "A little too fast",
  reconnect_required: "Connect the account again",
  scope_missing: "Not allowed by the account",
  state_invalid: "This connection can't be finished",
  tiktok_rejected: "TikTok said no",
  tiktok_unavailable: "TikTok does not answer",
  unauthorized: "Sign in again",
  unexpected_answer: "No proper answer came",
  upload_failed: "The video was not uploaded",
};

/** Where what the function says is about the user, not to him. */
const details = {
  access_denied:
    "TikTok was not allowed to connect the account, so nothing was stored. Connect it whenever you want.",
  unauthorized: "Your session has ended.",
  unexpected_answer: unanswered,
};

/** A problem of a function or a job in a user's words. */
export function inWords(problem) {
  const { code, title, detail } = problem;
  return { ...problem, title: titles[code] ?? title, detail: details[code] ?? detail };
}

/** What to show for anything that was thrown. */
export function problemOf(error) {
  if (error instanceof TikTokIntegrationError) {
    if (error.code === "network") return unreachable;
    return inWords({ ...error, title: "This did not work", detail: error.message });
  }
  // fetch throws a TypeError for every failure of the network; supabase-js names its own.
  if (error instanceof TypeError && /fetch|network/i.test(error.message)) return unreachable;
  if (error?.name === "AuthRetryableFetchError") return unreachable;
  return { title: "Something went wrong on this page", detail: String(error?.message ?? error) };
}

/**
 * @param {object} problem
 * @param {{errors?: {path: string, message: string}[], is_retried?: boolean}} options errors to list
 *   here, all if left out; `is_retried`: Nexus does that by itself
 */
export function renderProblem(problem, options = {}) {
  const { errors = problem.errors ?? [], is_retried = false } = options;
  const notes = [
    !is_retried && problem.retry_after && `Try again in ${waitingTime(problem.retry_after)}.`,
    problem.tiktok_code && `TikTok's code: ${problem.tiktok_code}`,
    problem.log_id && `TikTok's log id: ${problem.log_id}`,
    problem.request_id && `Request id: ${problem.request_id}`,
  ].filter(Boolean);
  // What is wrong is told where it is.
  const is_told = problem.errors?.length > 0 || !is_retried && problem.detail === problem.title;
  return el(
    "div",
    is_retried ? { class: "problem retried" } : { class: "problem", role: "alert" },
    el("strong", { text: is_retried ? "Not yet" : problem.title }),
    !is_told && el("p", { text: problem.detail }),
    is_retried && el("p", { text: "Nexus tries again by itself: do not post it again." }),
    errors.length > 0 &&
      el(
        "ul",
        {},
        ...errors.map(({ path, message }) => {
          return el("li", {}, path && el("code", { text: path }), path && " ", message);
        }),
      ),
    notes.length > 0 && el("p", { class: "trace", text: notes.join(" · ") }),
  );
}

function waitingTime(seconds) {
  if (seconds < 90) return `${seconds} seconds`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 3600)} hours`;
}
