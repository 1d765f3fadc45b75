import { el } from "./dom.js";

/** A failure that can be shown: carries a problem document (RFC 9457). */
export class ProblemError extends Error {
  constructor(problem) {
    super(`${problem.title}: ${problem.detail ?? ""}`);
    this.problem = problem;
  }
}

/** Reads a refusal: a problem document, or what sign-in, Data API and Storage say in their own form. */
export async function readProblem(response) {
  const text = await response.text();
  return problemFrom(response.status, text);
}

/** @param {number} status @param {string} text the answer's body */
export function problemFrom(status, text) {
  const body = parse(text);
  if (typeof body?.title === "string") return { status, ...body };
  const detail = body?.message ?? body?.msg ?? body?.error_description ?? text.slice(0, 200);
  return { status, code: body?.code, title: `The host answered ${status}`, detail };
}

/** What to show for anything that was thrown. */
export function problemOf(error) {
  if (error instanceof ProblemError) return error.problem;
  // fetch throws a TypeError for every failure of the network.
  if (error instanceof TypeError && /fetch|network/i.test(error.message)) {
    return {
      title: "The host cannot be reached",
      detail: "Is `deno task start` still running? Nothing was lost; try again.",
    };
  }
  return { title: "Something went wrong on this page", detail: String(error?.message ?? error) };
}

/**
 * @param {object} problem
 * @param {{errors?: {path: string, message: string}[]}} options errors to list here; all if left out
 */
export function renderProblem(problem, { errors = problem.errors ?? [] } = {}) {
  const notes = [
    problem.retry_after && `Try again in ${waitingTime(problem.retry_after)}.`,
    problem.tiktok_code && `TikTok's code: ${problem.tiktok_code}`,
    problem.log_id && `TikTok's log id: ${problem.log_id}`,
    problem.request_id && `Request id: ${problem.request_id}`,
  ].filter(Boolean);
  return el(
    "div",
    { class: "problem", role: "alert" },
    el("strong", { text: problem.title }),
    problem.detail && problem.detail !== problem.title && el("p", { text: problem.detail }),
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

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
