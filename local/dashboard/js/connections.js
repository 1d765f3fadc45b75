import { byId, el, icon, setText } from "./dom.js";
import { fromNow, handleOf, initials } from "./words.js";

const status_words = {
  active: ["ok", "Connected"],
  reconnect_required: ["warn", "Needs reconnecting"],
  disconnected: ["muted", "Disconnected"],
};

/** The capabilities of the contract in a user's words, in the order of their use. */
const capability_words = {
  direct_post: "Post to the profile",
  draft: "Send drafts",
  profile_stats: "Profile statistics",
  video_stats: "Video statistics",
};

/**
 * The list of accounts. A card is drawn anew when its connection has changed, and keeps the keyboard's
 * place.
 * @param {{onConnect: (button: HTMLElement) => void,
 *   onDisconnect: (connection: object, button: HTMLElement) => void}} actions
 */
export function createConnectionList(actions) {
  const list = byId("connections");
  /** @type {Map<string, {text: string, node: HTMLElement}>} */
  let cards = new Map();

  function cardOf(connection) {
    const text = JSON.stringify(connection);
    const card = cards.get(connection.id);
    if (card?.text !== text) return { text, node: connectionCard(connection, actions) };
    setText(card.node.querySelector(".history"), history(connection));
    return card;
  }

  return {
    /** @param {object[]} connections rows as the contract shows them */
    show(connections) {
      list.removeAttribute("aria-busy");
      const focused = document.activeElement.closest("#connections button");
      const next = new Map(connections.map((connection) => [connection.id, cardOf(connection)]));
      const nodes = next.size > 0 ? [...next.values()].map(({ node }) => node) : [emptyCard()];
      // What stays is not moved, which would take the focus from it.
      for (const node of [...list.children]) if (!nodes.includes(node)) node.remove();
      nodes.forEach((node, index) => {
        if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
      });
      cards = next;
      if (!focused || focused.isConnected) return;
      const name = focused.getAttribute("aria-label");
      const again = [...list.querySelectorAll("button")];
      again.find((button) => button.getAttribute("aria-label") === name)?.focus();
    },
    clear() {
      cards = new Map();
      list.replaceChildren();
      list.setAttribute("aria-busy", "true");
    },
  };
}

function emptyCard() {
  return el(
    "li",
    { class: "card empty-accounts" },
    el("strong", { text: "No account yet" }),
    el("p", {
      text: "TikTok asks you what Nexus may do. You can take it back at any time, here or there.",
    }),
  );
}

/** A picture where there is one; the initials also while it loads and when its link has expired. */
export function avatar({ display_name, username, avatar_url }, size = "") {
  const text = initials(display_name ?? username ?? "");
  const node = el("span", { class: `avatar ${size}`, "aria-hidden": "true", text });
  if (avatar_url) {
    const picture = el("img", { src: avatar_url, alt: "", referrerpolicy: "no-referrer" });
    picture.addEventListener("error", () => picture.remove());
    node.append(picture);
  }
  return node;
}

function connectionCard(connection, actions) {
  const { status, display_name, capabilities, last_error } = connection;
  const [tone, words] = status_words[status] ?? ["muted", status];
  const handle = handleOf(connection);
  return el(
    "li",
    { class: `card connection ${status}` },
    el(
      "div",
      { class: "who" },
      avatar(connection),
      el(
        "div",
        { class: "names" },
        el("strong", { text: display_name ?? handle }),
        el(
          "span",
          { class: "soft" },
          el("bdi", { text: handle }),
          el("small", { text: platformName(connection.platform) }),
        ),
      ),
      el("span", { class: `chip ${tone}`, text: words }),
    ),
    status !== "active" && last_error &&
      el("p", { class: `note ${tone}`, text: last_error.detail }),
    // Of what does not work at all, nothing is said to work.
    status === "active" && capabilityList(capabilities),
    el("p", { class: "soft small history", text: history(connection) }),
    el("div", { class: "row" }, ...buttons(connection, handle, actions)),
  );
}

function capabilityList(capabilities) {
  const names = [...new Set([...Object.keys(capability_words), ...Object.keys(capabilities)])];
  const items = names.filter((name) => capabilities[name]).map((name) => {
    const { available, missing_scopes } = capabilities[name];
    const reason = missing_scopes.length > 0
      ? "Not allowed yet. “Allow more” asks TikTok for it."
      : capabilities[name].reason;
    return el(
      "li",
      { class: available ? "can" : "cannot" },
      icon(available ? "yes" : "no"),
      el(
        "div",
        {},
        el("span", { class: "visually-hidden", text: available ? "Works: " : "Does not work: " }),
        el("span", { text: capability_words[name] ?? name }),
        !available && reason && el("small", { text: reason }),
      ),
    );
  });
  return el("ul", { class: "capabilities", "aria-label": "What this account can do" }, ...items);
}

function buttons(connection, handle, { onConnect, onDisconnect }) {
  const { status, capabilities } = connection;
  const lacks_scopes = Object.values(capabilities).some((it) => it.missing_scopes.length > 0);
  const connect = (text, kind) =>
    el("button", {
      type: "button",
      class: kind,
      text,
      "aria-label": `${text}: ${handle}`,
      onClick: ({ currentTarget }) => onConnect(currentTarget),
    });
  return [
    status === "reconnect_required" && connect("Reconnect", "primary"),
    status === "disconnected" && connect("Connect again", ""),
    status === "active" && connect(lacks_scopes ? "Allow more" : "Reconnect", ""),
    status !== "disconnected" && el("button", {
      type: "button",
      class: "quiet danger-text",
      text: "Disconnect",
      "aria-label": `Disconnect: ${handle}`,
      onClick: ({ currentTarget }) => onDisconnect(connection, currentTarget),
    }),
  ].filter(Boolean);
}

function history({ connected_at, last_refreshed_at }) {
  const connected = `Connected ${fromNow(connected_at)}`;
  return last_refreshed_at
    ? `${connected} · access renewed ${fromNow(last_refreshed_at)}`
    : connected;
}

function platformName(platform) {
  return platform === "tiktok" ? "TikTok" : platform;
}
