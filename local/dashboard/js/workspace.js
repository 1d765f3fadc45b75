import { confirmFirst } from "./confirm.js";
import { createConnectionList } from "./connections.js";
import { byId, el, setText } from "./dom.js";
import { cancelQuestion, isOpen } from "./job_words.js";
import { createFigures } from "./figures.js";
import { createJobList } from "./jobs.js";
import { createPostForm } from "./post_form.js";
import { createPostNames } from "./post_names.js";
import { problemOf, renderProblem } from "./problem.js";
import { handleOf } from "./words.js";

/** Times are told as "in 20 seconds": they are told anew so often. */
const redraw_ms = 5_000;

/**
 * Everything that a signed-in user sees.
 * @param {{config: object, tiktok: object, onSessionEnd: () => void}} options
 */
export function createWorkspace({ config, tiktok, onSessionEnd }) {
  const notice = byId("notice");
  let [connections, jobs] = [[], []];
  /** Ends what is being watched. */
  let watching = new AbortController();
  let redrawing;

  const names = createPostNames();
  const post_form = createPostForm({
    tiktok,
    onTry: () => notice.replaceChildren(),
    onPosted(job, name) {
      names.keep(job, name);
      jobs = [job, ...jobs.filter(({ id }) => id !== job.id)];
      say("ok", job.scheduled_at ? "The post is scheduled." : "The post is on its way.");
      showJobs();
      byId("jobs-title").scrollIntoView({ block: "nearest" });
      watch();
    },
  });
  const figures = createFigures({ tiktok });
  const job_list = createJobList({
    nameOf: names.of,
    async onCancel(job) {
      if (!await confirmFirst(cancelQuestion(job))) return;
      await tiktok.cancel(job.id);
      watch();
    },
  });

  const connection_list = createConnectionList({
    onConnect: (button) => connect(button),
    onDisconnect: (connection, button) => disconnect(connection, button),
  });

  byId("connect").addEventListener("click", ({ currentTarget }) => connect(currentTarget));

  async function connect(button) {
    button.disabled = true;
    const redirect_to = config.redirect_to ?? `${location.origin}/connected`;
    await attempt(() => tiktok.connect({ redirect_to, navigate: true }));
    button.disabled = false;
  }

  async function disconnect(connection, button) {
    const sure = await confirmFirst({
      title: `Disconnect ${handleOf(connection)}?`,
      text:
        "Nexus forgets its access and takes it back at TikTok. Posts that wait are cancelled; " +
        "what is published stays.",
      yes: "Disconnect",
    });
    if (!sure) return;
    button.disabled = true;
    const done = await attempt(() => tiktok.disconnect(connection.id));
    button.disabled = false;
    if (!done) return;
    say("ok", `${handleOf(connection)} is disconnected.`);
    watch();
    // Its button is about to go.
    byId("accounts-title").focus();
  }

  /** Does it, or shows why not; answers undefined then. */
  async function attempt(work) {
    notice.replaceChildren();
    try {
      return await work();
    } catch (error) {
      notice.replaceChildren(renderProblem(problemOf(error)));
      notice.scrollIntoView({ block: "nearest" });
    }
  }

  /** Says what went wrong, with a button for another try. */
  function tell(error, text, again) {
    notice.replaceChildren(
      renderProblem(problemOf(error)),
      el("button", {
        type: "button",
        text,
        onClick() {
          notice.replaceChildren();
          again();
        },
      }),
    );
    notice.scrollIntoView({ block: "nearest" });
  }

  function say(tone, text) {
    notice.replaceChildren(el("p", { class: `note ${tone}`, text }));
  }

  /** What is there now, and from now on whatever changes. */
  function watch() {
    watching.abort();
    watching = new AbortController();
    const { signal } = watching;
    follow(tiktok.watchConnections({ signal }), (rows) => {
      connections = rows;
      connection_list.show(connections);
      post_form.setConnections(connections);
      figures.setConnections(connections);
      showJobs();
    }, signal);
    follow(tiktok.watchJobs({ signal, limit: 30 }), (rows) => {
      jobs = rows;
      showJobs();
    }, signal);
  }

  async function follow(changes, show, signal) {
    try {
      for await (const rows of changes) show(rows);
    } catch (error) {
      if (signal.aborted) return;
      if (error.code === "unauthorized") return onSessionEnd();
      // What was read before stays on the page.
      tell(error, "Load it again", watch);
    }
  }

  function showJobs() {
    job_list.show(jobs, connections);
    const count = jobs.filter(isOpen).length;
    setText(byId("live"), count > 0 ? `${count} on the way` : "");
  }

  return {
    say,
    start() {
      watch();
      redrawing = setInterval(() => {
        if (connections.length > 0) connection_list.show(connections);
        showJobs();
      }, redraw_ms);
    },
    stop() {
      watching.abort();
      clearInterval(redrawing);
      [connections, jobs] = [[], []];
      connection_list.clear();
      job_list.clear();
      post_form.leave();
      figures.setConnections([]);
      notice.replaceChildren();
    },
    /**
     * Finishes a connection with the address that TikTok's redirect led to. `onDone` is called once it
     * was answered: until then it may be tried again.
     */
    async complete(url, onDone) {
      say("info", "Finishing the connection…");
      try {
        const connection = await tiktok.completeConnection({ url });
        say("ok", `${handleOf(connection)} is connected.`);
      } catch (error) {
        if (error.code === "network" || error.code === "unexpected_answer" && error.status >= 500) {
          return tell(error, "Finish the connection", () => this.complete(url, onDone));
        }
        notice.replaceChildren(renderProblem(problemOf(error)));
        notice.scrollIntoView({ block: "nearest" });
      }
      onDone();
    },
  };
}
