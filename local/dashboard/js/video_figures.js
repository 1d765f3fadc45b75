import { el } from "./dom.js";
import { count, dayAndTime } from "./words.js";

const words = {
  view_count: "Views",
  like_count: "Likes",
  comment_count: "Comments",
  share_count: "Shares",
};

/** So many are shown at first. */
const at_first = 8;

/** A table of videos, newest first. */
export function renderVideos(videos) {
  const head = ["Video", ...Object.values(words)];
  const body = el("tbody", {}, ...videos.slice(0, at_first).map(videoRow));
  const table = el(
    "div",
    { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Figures of each video" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col", text })))),
      body,
    ),
  );
  if (videos.length <= at_first) return table;
  const more = el("button", {
    type: "button",
    class: "quiet",
    text: `Show all ${videos.length} videos`,
    onClick() {
      body.append(...videos.slice(at_first).map(videoRow));
      more.remove();
      // The button had the focus.
      table.focus();
    },
  });
  return el("div", {}, table, more);
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
    ...Object.keys(words).map((name) => el("td", { text: count(video[name]) })),
  );
}
