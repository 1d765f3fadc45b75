import { announce, byId, el, setText } from "./dom.js";
import { canCancel, describeJob, isOpen } from "./job_words.js";
import { avatar } from "./connections.js";
import { inWords, problemOf, renderProblem } from "./problem.js";
import { dayAndTime, fromNow, handleOf } from "./words.js";

/**
 * The list of posts. Rows are kept and changed in place: the keyboard stays where it is while a job
 * moves under it.
 * @param {{nameOf: (job: object) => string | undefined,
 *   onCancel: (job: object) => Promise<void>}} options what `onCancel` throws is shown in its row
 */
export function createJobList({ nameOf, onCancel }) {
  const list = byId("jobs");
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map();

  return {
    /** @param {object[]} jobs newest first @param {object[]} connections whose jobs they are */
    show(jobs, connections) {
      byId("jobs-none").hidden = jobs.length > 0;
      for (const [id, row] of rows) {
        if (jobs.some((job) => job.id === id)) continue;
        row.node.remove();
        rows.delete(id);
      }
      jobs.forEach((job, index) => {
        const connection = connections.find(({ id }) => id === job.connection_id);
        let row = rows.get(job.id);
        if (!row) {
          row = createRow(onCancel);
          rows.set(job.id, row);
        }
        row.update(job, connection, nameOf(job));
        if (list.children[index] !== row.node) list.insertBefore(row.node, list.children[index]);
      });
    },
    clear() {
      rows.clear();
      list.replaceChildren();
    },
  };
}

function createRow(onCancel) {
  let job;
  let is_cancelling = false;
  let shown_error;
  const face = el("span", { class: "face" });
  const title = el("strong");
  const when = el("span", { class: "soft small" });
  const chip = el("span", { class: "chip" });
  const bar = el("progress", { max: 1 });
  const detail = el("p", { class: "detail" });
  const error = el("div");
  const cancel = el("button", { type: "button", class: "quiet small-button" });
  cancel.addEventListener("click", async () => {
    // Not disabled, which would take the focus from it.
    if (is_cancelling) return;
    is_cancelling = true;
    try {
      await onCancel(job);
    } catch (failure) {
      error.replaceChildren(renderProblem(problemOf(failure)));
    } finally {
      is_cancelling = false;
    }
  });
  const node = el(
    "li",
    { class: "job", tabindex: "-1" },
    el("div", { class: "who" }, face, el("div", { class: "names" }, title, when), chip),
    bar,
    el("div", { class: "foot" }, detail, cancel),
    error,
  );

  /** @param {string | undefined} name what the user knows the post by */
  function update(next, connection, name) {
    const before = job;
    job = next;
    const { tone, words, detail: text, part } = describeJob(job, connection);
    const account = connection ? handleOf(connection) : "an account";
    if (!face.firstChild || connection?.avatar_url !== face.dataset.avatar) {
      face.dataset.avatar = connection?.avatar_url ?? "";
      face.replaceChildren(avatar(connection ?? {}, "small"));
    }
    setText(title, name ?? account);
    title.title = name ?? "";
    setText(when, name ? `${account} · ${fromNow(job.created_at)}` : dayAndTime(job.created_at));
    setText(chip, words);
    chip.className = `chip ${tone}`;
    setText(detail, text);
    showBar(bar, part, words);
    const wanted_error = JSON.stringify([isOpen(job), job.error]);
    if (wanted_error !== shown_error) {
      shown_error = wanted_error;
      const is_retried = isOpen(job);
      error.replaceChildren(
        ...(job.error ? [renderProblem(inWords(job.error), { is_retried })] : []),
      );
    }
    if (!canCancel(job) && document.activeElement === cancel) node.focus({ preventScroll: true });
    cancel.hidden = !canCancel(job);
    setText(cancel, canCancel(job) ? cancelWords(job) : "");
    cancel.setAttribute("aria-label", `${cancelWords(job)}: ${name ?? account}`);
    if (before && before.status !== job.status) {
      announce(`${name ?? `Post to ${account}`}: ${words}. ${text}`);
    }
  }
  return { node, update };
}

function cancelWords({ status }) {
  return status === "unconfirmed" ? "Dismiss" : "Cancel";
}

function showBar(bar, part, words) {
  bar.hidden = part === undefined;
  bar.setAttribute("aria-label", words);
  // Without a value the bar says "at work, no telling how long".
  if (typeof part === "number") bar.value = part;
  else bar.removeAttribute("value");
}
