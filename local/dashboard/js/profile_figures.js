import { createChart } from "./chart.js";
import { el } from "./dom.js";
import { count, fromNow, signedCount } from "./words.js";

const words = {
  follower_count: "Followers",
  likes_count: "Likes",
  video_count: "Videos",
  following_count: "Following",
};

/**
 * The account's totals. Where there is a history, each is a button that shows its own.
 * @returns {{node: HTMLElement, end: () => void}}
 */
export function renderProfile(profile) {
  const is_first = profile.series.length < 2;
  const later = is_first ? " From the second day on, a chart shows how they change." : "";
  const text = `As of ${fromNow(profile.taken_at)}.${later}`;
  const as_of = el("p", { class: "soft small", text });
  if (is_first) {
    const totals = Object.keys(words).map((name) => el("div", { class: "total" }, ...total(name)));
    return { node: el("div", {}, el("div", { class: "totals" }, ...totals), as_of), end() {} };
  }
  const chart = createChart();
  const buttons = Object.keys(words).map((name) =>
    el("button", {
      type: "button",
      class: "total",
      "data-name": name,
      onClick: () => choose(name),
    }, ...total(name))
  );
  const node = el(
    "div",
    {},
    el("div", { class: "totals", role: "group", "aria-label": "What the chart shows" }, ...buttons),
    chart.node,
    as_of,
  );

  function total(name) {
    return [
      el("span", { class: "soft", text: words[name] }),
      el("strong", { text: count(profile[name]) }),
      profile.series.length > 1 &&
      el("small", { class: "soft", text: inThisTime(profile.change[name]) }),
    ];
  }

  function choose(name) {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.name === name));
    }
    const points = profile.series.map((reading) => ({
      at: reading.taken_at,
      count: reading[name],
    }));
    chart.show(words[name], points);
  }
  choose("follower_count");
  return { node, end: chart.end };
}

function inThisTime(change) {
  if (change === null) return "";
  return change === 0 ? "unchanged" : `${signedCount(change)} in this time`;
}
