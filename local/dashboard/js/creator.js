import { avatar } from "./connections.js";
import { byId, el } from "./dom.js";
import { duration } from "./words.js";
import { problemOf, renderProblem } from "./problem.js";

/**
 * The creator as TikTok describes him right now: whose nickname is shown, and what the post may be.
 * TikTok wants it asked each time a post is begun
 * (https://developers.tiktok.com/doc/content-sharing-guidelines).
 * @param {{read: (connection_id: string) => Promise<object>, onChange: () => void}} options
 */
export function createCreator({ read, onChange }) {
  const place = byId("creator");
  /** @type {object | undefined} */
  let current;
  /** Answers that come in after another account was chosen are dropped. */
  let asked = 0;

  function show(...nodes) {
    place.replaceChildren(...nodes.filter(Boolean));
    onChange();
  }

  async function load(connection) {
    const ticket = ++asked;
    current = undefined;
    if (!connection) return show();
    if (connection.status === "reconnect_required") {
      const text = "This account has to be connected again before it can post: “Reconnect” above.";
      return show(el("p", { class: "note warn", text }));
    }
    if (!connection.scopes.includes("video.publish")) {
      return show(
        el("p", {
          class: "hint",
          text: "This account allows drafts only. Use “Allow more” above to post directly.",
        }),
      );
    }
    show(el("p", { class: "hint", text: "Asking TikTok what this account may post…" }));
    try {
      const creator = await read(connection.id);
      if (ticket !== asked) return;
      current = creator;
      show(introduce(creator), refusal(creator));
    } catch (error) {
      if (ticket === asked) show(renderProblem(problemOf(error)), retry(connection));
    }
  }

  function retry(connection) {
    return el("button", {
      type: "button",
      class: "quiet",
      text: "Ask again",
      onClick: () => load(connection),
    });
  }

  return {
    load,
    /** Undefined while unknown. */
    current: () => current,
  };
}

function introduce({ nickname, username, avatar_url, max_video_duration_seconds }) {
  const longest = max_video_duration_seconds &&
    `Videos up to ${duration(max_video_duration_seconds)}`;
  return el(
    "div",
    { class: "who" },
    avatar({ display_name: nickname, username, avatar_url }, "small"),
    el(
      "div",
      { class: "names" },
      el("span", {}, "Posting as ", el("strong", { text: nickname ?? username })),
      longest && el("span", { class: "soft small", text: longest }),
    ),
  );
}

function refusal({ can_post, reason }) {
  if (can_post) return undefined;
  const text = reason ?? "TikTok does not let this account post right now. Try again later.";
  return el("p", { class: "note warn", text });
}
