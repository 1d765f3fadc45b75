import { confirmFirst } from "./confirm.js";
import { renderConnections } from "./connections.js";
import { byId, el, setText } from "./dom.js";
import { cancelQuestion, isOpen } from "./job_words.js";
import { createFigures } from "./figures.js";
import { createJobList } from "./jobs.js";
import { createPostForm } from "./post_form.js";
import { createPostNames } from "./post_names.js";
import { problemOf, renderProblem } from "./problem.js";
import { handleOf } from "./words.js";

/** Everything that a signed-in user sees. */
export function createWorkspace({ config, tiktok }) {
  const notice = byId("notice");
  let [connections, jobs] = [[], []];
  /** Ends what is being watched. */
  let watching = new AbortController();

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

  const actions = {
    onConnect: (button) => connect(button),
    onDisconnect: (connection, button) => disconnect(connection, button),
  };

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
      renderConnections(connections, actions);
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
      // What was read before stays on the page.
      if (!signal.aborted) notice.replaceChildren(renderProblem(problemOf(error)));
    }
  }

  function showJobs() {
    job_list.show(jobs, connections);
    const count = jobs.filter(isOpen).length;
    setText(byId("live"), count > 0 ? `${count} on the way` : "");
  }

  return {
    say,
    start: watch,
    stop() {
      watching.abort();
      [connections, jobs] = [[], []];
      byId("connections").replaceChildren();
      byId("connections").setAttribute("aria-busy", "true");
      job_list.clear();
      post_form.setConnections([]);
      figures.setConnections([]);
      post_form.clear();
      notice.replaceChildren();
    },
    /** Finishes a connection with the address that TikTok's redirect led to. */
    async complete(url) {
      say("info", "Finishing the connection…");
      const connection = await attempt(() => tiktok.completeConnection({ url }));
      if (connection) say("ok", `${handleOf(connection)} is connected.`);
    },
  };
}
