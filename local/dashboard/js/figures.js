import { byId, el } from "./dom.js";
import { problemOf, renderProblem } from "./problem.js";
import { dayAndTime, fromNow, handleOf } from "./words.js";

const profile_words = {
  follower_count: "Followers",
  likes_count: "Likes",
  video_count: "Videos",
  following_count: "Following",
};
const video_words = {
  view_count: "Views",
  like_count: "Likes",
  comment_count: "Comments",
  share_count: "Shares",
};
/** What has to be granted, in a user's words. */
const scope_words = {
  "user.info.stats": "the account's statistics",
  "video.list": "the list of your videos",
};

const whole = new Intl.NumberFormat("en");
const signed = new Intl.NumberFormat("en", { signDisplay: "exceptZero" });

/** The figures of one account: read when it is chosen, and when the period changes. */
export function createFigures({ api }) {
  const [account, days, csv, body] = ["account", "days", "csv", "body"]
    .map((name) => byId(`figures-${name}`));
  let [connections, turn] = [[], 0];

  const chosen = () => connections.find(({ id }) => id === account.value);

  account.addEventListener("change", load);
  days.addEventListener("change", load);
  csv.addEventListener("click", download);

  async function load() {
    const mine = ++turn;
    const connection = chosen();
    if (!connection) return body.replaceChildren();
    body.setAttribute("aria-busy", "true");
    try {
      const figures = await api.readAnalytics(connection.id, days.value);
      // Another account was chosen meanwhile.
      if (mine === turn) body.replaceChildren(...render(figures));
    } catch (error) {
      if (mine === turn) body.replaceChildren(renderProblem(problemOf(error)));
    }
    if (mine === turn) body.removeAttribute("aria-busy");
  }

  async function download() {
    const connection = chosen();
    csv.disabled = true;
    try {
      const { id } = connection;
      const url = URL.createObjectURL(await api.downloadAnalytics(id, days.value));
      el("a", { href: url, download: `${handleOf(connection).slice(1)}-analytics.csv` }).click();
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

function render({ profile, videos, missing_scopes }) {
  return [
    missing_scopes.length > 0 && el("p", {
      class: "note warn",
      text: `Some figures are missing, since Nexus may not read ${
        missing_scopes.map((scope) => scope_words[scope] ?? scope).join(" and ")
      }. “Allow more” above asks TikTok for it.`,
    }),
    profile.taken_at !== null && renderProfile(profile),
    videos.length > 0 && renderVideos(videos),
    profile.taken_at === null && videos.length === 0 && missing_scopes.length === 0 &&
    el("p", { class: "empty", text: "Nothing has been read yet. Look again in some minutes." }),
  ].filter(Boolean);
}

function renderProfile(profile) {
  return el(
    "div",
    {},
    el(
      "dl",
      { class: "totals" },
      ...Object.entries(profile_words).map(([name, words]) =>
        el(
          "div",
          {},
          el("dt", { text: words }),
          el("dd", { text: count(profile[name]) }),
          profile.series.length > 1 && el("dd", {
            class: "soft small",
            text: profile.change[name] === 0
              ? "unchanged"
              : `${change(profile.change[name])} in this time`,
          }),
        )
      ),
    ),
    el("p", { class: "soft small", text: `As of ${fromNow(profile.taken_at)}.` }),
  );
}

function renderVideos(videos) {
  const head = ["Video", ...Object.values(video_words)];
  return el(
    "div",
    { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Figures of each video" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col", text })))),
      el("tbody", {}, ...videos.map(videoRow)),
    ),
  );
}

function videoRow(video) {
  const title = video.title || "Without a title";
  return el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      video.share_url
        ? el("a", { href: video.share_url, target: "_blank", rel: "noreferrer", text: title })
        : title,
      el("small", {
        text: [
          video.create_time && dayAndTime(video.create_time),
          video.job_id && "posted from Nexus",
        ].filter(Boolean).join(" · "),
      }),
    ),
    ...Object.keys(video_words).map((name) => el("td", { text: count(video[name]) })),
  );
}

/** What TikTok did not say is not made up. */
const count = (value) => value === null ? "–" : whole.format(value);
const change = (value) => value === null ? "–" : signed.format(value);
