/** Finds an element of the page by its id. */
export const byId = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
};

/**
 * Makes an element. Text is always text, never HTML.
 * @param {string} tag
 * @param {Record<string, unknown>} props `class`, `text`, `on<Event>`, or any attribute
 * @param {...(Node | string | null | undefined | false)} children
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = String(value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child || child === ""));
  return node;
}

/** One of the drawings in index.html. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** Shows text where it is, and hides the element where it is not. */
export function setText(node, text) {
  const wanted = text ?? "";
  // Unchanged text is left alone: a live region would read it again.
  if (node.textContent !== wanted) node.textContent = wanted;
  node.hidden = wanted === "";
}

/** Takes the source from a video, which else goes on playing. */
export function empty(video) {
  video.removeAttribute("src");
  video.load();
}

/** Tells a screen reader what changed on its own. */
export function announce(text) {
  byId("announcer").textContent = text;
}
