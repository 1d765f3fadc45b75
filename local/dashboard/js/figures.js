import { byId, el } from "./dom.js";
import { problemOf, renderProblem } from "./problem.js";
import { renderProfile } from "./profile_figures.js";
import { renderVideos } from "./video_figures.js";
import { handleOf } from "./words.js";

/** What has to be granted, in a user's words. */
const scope_words = {
  "user.info.stats": "the account's statistics",
  "video.list": "the list of your videos",
};

/** The figures of one account: read when it is chosen, and when the period changes. */
export function createFigures({ tiktok }) {
  const [account, days, csv, body] = ["account", "days", "csv", "body"]
    .map((name) => byId(`figures-${name}`));
  let [connections, turn] = [[], 0];
  /** What was drawn and has an end. */
  let profile;

  const chosen = () => connections.find(({ id }) => id === account.value);

  account.addEventListener("change", load);
  days.addEventListener("change", load);
  csv.addEventListener("click", download);

  async function load() {
    const mine = ++turn;
    const connection = chosen();
    body.removeAttribute("aria-busy");
    if (!connection) return show();
    body.setAttribute("aria-busy", "true");
    try {
      const figures = await tiktok.analytics(connection.id, { days: days.value });
      // Another account was chosen meanwhile.
      if (mine === turn) show(...render(figures));
    } catch (error) {
      if (mine === turn) show(renderProblem(problemOf(error)));
    }
    if (mine === turn) body.removeAttribute("aria-busy");
  }

  function show(...nodes) {
    body.replaceChildren(...nodes);
  }

  function render(figures) {
    const { videos, missing_scopes } = figures;
    profile?.end();
    profile = figures.profile.taken_at === null ? undefined : renderProfile(figures.profile);
    const is_empty = !profile && videos.length === 0 && missing_scopes.length === 0;
    return [
      missing_scopes.length > 0 && el("p", { class: "note warn", text: missing(missing_scopes) }),
      profile?.node,
      videos.length > 0 && renderVideos(videos),
      is_empty &&
      el("p", { class: "empty", text: "Nothing has been read yet. Look again in some minutes." }),
    ].filter(Boolean);
  }

  async function download() {
    const connection = chosen();
    csv.disabled = true;
    try {
      const text = await tiktok.analyticsCsv(connection.id, { days: days.value });
      const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      el("a", { href: url, download: `${handleOf(connection).replace(/^@/, "")}-analytics.csv` })
        .click();
      URL.revokeObjectURL(url);
    } catch (error) {
      body.prepend(renderProblem(problemOf(error)));
    }
    csv.disabled = false;
  }

  return {
    setConnections(all) {
      const before = JSON.stringify(chosen() ?? null);
      const value = account.value;
      connections = all.filter(({ platform, status }) =>
        platform === "tiktok" && status === "active"
      );
      byId("figures").hidden = connections.length === 0;
      account.replaceChildren(...connections.map((connection) => {
        return el("option", { value: connection.id, text: handleOf(connection) });
      }));
      if (connections.some(({ id }) => id === value)) account.value = value;
      if (JSON.stringify(chosen() ?? null) !== before) load();
    },
  };
}

function missing(scopes) {
  const names = scopes.map((scope) => scope_words[scope] ?? scope).join(" and ");
  return `Some figures are missing, since Nexus may not read ${names}. “Allow more” above asks TikTok for it.`;
}
