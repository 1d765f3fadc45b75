import { byId, el } from "./dom.js";
import { problemOf, renderProblem } from "./problem.js";
import { initials } from "./words.js";

/** The demo users as cards; a click signs in. */
export function showPeople({ users, signIn }) {
  const cards = users.map(({ email, password }) => {
    const name = nameOf(email);
    const card = el(
      "button",
      { type: "button", class: "person", onClick: () => enter(card, email, password) },
      el("span", { class: "avatar large", text: initials(name), "aria-hidden": "true" }),
      el("span", {}, el("strong", { text: name }), el("small", { text: email })),
    );
    return el("li", {}, card);
  });
  byId("people").replaceChildren(...cards);

  async function enter(card, email, password) {
    card.disabled = true;
    try {
      await signIn(email, password);
    } catch (error) {
      byId("notice").replaceChildren(renderProblem(problemOf(error)));
    } finally {
      card.disabled = false;
    }
  }
}

/** `ada@example.com` is Ada. */
function nameOf(email) {
  const [first = ""] = email.split("@");
  return first.charAt(0).toUpperCase() + first.slice(1);
}
