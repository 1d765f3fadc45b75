import { confirmFirst } from "./confirm.js";
import { renderConnections } from "./connections.js";
import { byId, el, setText } from "./dom.js";
import { isMoving, isOpen } from "./job_words.js";
import { createFigures } from "./figures.js";
import { createJobList } from "./jobs.js";
import { keepLive } from "./live.js";
import { createPostForm } from "./post_form.js";
import { problemOf, renderProblem } from "./problem.js";
import { handleOf } from "./words.js";

const live_every_ms = 1500;
/** While nothing is about to change: a scheduled post, a draft that waits for its user. */
const calm_every_ms = 15_000;

/** Everything that a signed-in user sees. */
export function createWorkspace({ config, api, upload }) {
  const notice = byId("notice");
  let [connections, jobs, unreachable, live] = [[], [], false, undefined];

  const post_form = createPostForm({
    api,
    upload,
    onPosted(job) {
      jobs = [job, ...jobs.filter(({ id }) => id !== job.id)];
      say("ok", job.scheduled_at ? "The post is scheduled." : "The post is on its way.");
      showJobs();
      byId("jobs-title").scrollIntoView({ block: "nearest" });
      live?.wake();
    },
  });
  const figures = createFigures({ api });
  const job_list = createJobList({
    async onCancel(job) {
      await api.cancelJob(job.id);
      await live?.wake();
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
    const asked = await attempt(() => api.initiate(redirect_to));
    button.disabled = false;
    if (asked) location.assign(asked.authorization_url);
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
    const done = await attempt(() => api.disconnect(connection.id));
    button.disabled = false;
    if (!done) return;
    say("ok", `${handleOf(connection)} is disconnected.`);
    await live?.wake();
    // Its button is gone.
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

  async function load() {
    const mine = live;
    try {
      const before = JSON.stringify(connections);
      const rows = await Promise.all([api.listConnections(), api.listJobs()]);
      // Somebody else may be signed in by now.
      if (live !== mine) return;
      [connections, jobs] = rows;
      if (JSON.stringify(connections) !== before || byId("connections").ariaBusy === "true") {
        renderConnections(connections, actions);
        post_form.setConnections(connections);
        figures.setConnections(connections);
      }
      if (unreachable) notice.replaceChildren();
      unreachable = false;
      showJobs();
    } catch (error) {
      if (live !== mine) return;
      // Shown once; what was read before stays on the page.
      if (!unreachable) notice.replaceChildren(renderProblem(problemOf(error)));
      unreachable = true;
      setText(byId("live"), "");
    }
  }

  function showJobs() {
    job_list.show(jobs, connections);
    const count = jobs.filter(isOpen).length;
    setText(byId("live"), count > 0 ? `${count} on the way` : "");
  }

  return {
    say,
    async start() {
      live = keepLive({
        load,
        waitMs: () =>
          !unreachable && jobs.some((job) => isMoving(job)) ? live_every_ms : calm_every_ms,
      });
      await live.wake();
    },
    stop() {
      live?.stop();
      [connections, jobs, unreachable, live] = [[], [], false, undefined];
      byId("connections").replaceChildren();
      byId("connections").setAttribute("aria-busy", "true");
      job_list.clear();
      post_form.setConnections([]);
      figures.setConnections([]);
      post_form.clear();
      notice.replaceChildren();
    },
    /** Finishes a connection with what TikTok sent along. */
    async complete(answer) {
      say("info", "Finishing the connection…");
      const connection = await attempt(() => api.complete(answer));
      if (connection) say("ok", `${handleOf(connection)} is connected.`);
    },
  };
}
